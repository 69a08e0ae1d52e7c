"""What a brand knows, searched: the entries that answer a question, or none when the brand does not know it."""
