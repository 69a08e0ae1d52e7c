"""Stand-ins for the networks' live APIs, for demos and tests. Imports nothing of services/."""
