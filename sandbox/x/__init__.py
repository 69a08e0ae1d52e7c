"""X as the sandbox speaks it: API v2, its Activity webhook, its consent page."""
