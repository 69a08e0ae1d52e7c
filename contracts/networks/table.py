"""Every network there is, and its rules. A network's module is imported when it is asked for."""

from functools import cache
from importlib import import_module
from typing import cast

from contracts.networks.protocol import Rules

NETWORKS: tuple[str, ...] = (
    "facebook",
    "messenger",
    "instagram",
    "whatsapp",
    "threads",
    "x",
    "mastodon",
    "bluesky",
    "feed",
    "wordpress",
    "telegram",
    "youtube",
    "reddit",
    "linkedin",
    "tiktok",
    "google_business",
    "discord",
    "email",
    "webhook",
)


@cache
def rules(network: str) -> Rules:
    """Return a network's rules. Raises KeyError for a network that is not in the table."""
    if network not in NETWORKS:
        raise KeyError(network)
    return cast(Rules, import_module(f"contracts.networks.{network}").RULES)
