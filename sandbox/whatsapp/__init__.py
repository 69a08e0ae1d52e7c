"""The WhatsApp Cloud API as the sandbox speaks it: messages, delivery states, signed webhooks."""
