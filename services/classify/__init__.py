"""Classify: from a message to its labels. Wired in app.py."""
