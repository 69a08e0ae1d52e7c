"""The Graph API (Facebook Pages) as the sandbox speaks it: REST and signed webhooks."""
