"""Some other system that is attached by signed webhooks: sends events, receives answers."""
