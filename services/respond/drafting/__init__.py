"""Composes answers out of a brand's voice and facts. Pure: no I/O after the phrase book is read."""
