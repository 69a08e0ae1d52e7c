"""A stand-in for WordPress sites: their comments by REST, with application passwords."""
