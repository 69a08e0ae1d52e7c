"""The Threads API as the sandbox speaks it: containers and publishing, conversations, mentions, hiding, webhooks, consent."""
