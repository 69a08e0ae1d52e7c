"""How a service runs. No word of the domain in here."""
