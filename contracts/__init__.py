"""What the services say to each other: events, topics, payloads, ids, scopes. No I/O."""
