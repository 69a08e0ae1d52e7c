"""Training of the accurate tier with torch. Nothing here runs in a service."""
