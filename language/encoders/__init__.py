"""Encoders that turn texts into vectors without a network: their files, their pieces, their sessions."""
