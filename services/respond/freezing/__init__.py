"""The freeze: everything of a brand that would go out by itself stops, and waits for a person."""
