"""The Bot API of Telegram as the sandbox speaks it: updates by long polling or webhook, messages, reactions."""
