"""What Rapport knows about wording: care of a reply, promises, forbidden words, retrieval. No I/O but its own files."""
