"""LinkedIn's Community Management API as the sandbox speaks it: notifications, comments, likes, webhooks, consent."""
