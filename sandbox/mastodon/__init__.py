"""A Mastodon server as the sandbox speaks it: REST, server-sent events and websocket."""
