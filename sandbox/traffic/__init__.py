"""Invented people who write, edit, delete and answer; formats and wire belong elsewhere."""
