"""Reddit as the sandbox speaks it: listings, comments, messages, moderation, consent."""
