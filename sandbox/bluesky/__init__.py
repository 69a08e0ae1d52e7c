"""A stand-in for an AT Protocol server with the app.bsky views, and for Jetstream."""
