"""Discord as the sandbox speaks it: channels of a server, messages, reactions, bans, and the gateway with its sessions."""
