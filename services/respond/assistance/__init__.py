"""A language model that may help to draft: what it is told, what it may answer, and what it costs. Off by default."""
