"""The YouTube Data API as the sandbox speaks it: threads, comments, moderation, units, consent."""
