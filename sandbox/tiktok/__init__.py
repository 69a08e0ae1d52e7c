"""TikTok's Accounts API as the sandbox speaks it: videos, comments, answers, webhooks, consent. Errors come with HTTP 200."""
