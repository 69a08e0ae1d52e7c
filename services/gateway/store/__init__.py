"""Everything the gateway keeps in MongoDB. What it means is in domain/."""
