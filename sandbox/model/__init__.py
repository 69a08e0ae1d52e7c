"""A stand-in for a language model's endpoint: speaks the chat format, and can play the attacker's fool."""
