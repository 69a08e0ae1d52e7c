"""What a test or a person tells the sandbox to do; no network ever has these paths."""
