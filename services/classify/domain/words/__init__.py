"""Cue words by language: readable lists, no logic."""
