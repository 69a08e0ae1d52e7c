"""The stand-ins there are, beside Graph and Mastodon, found by their folders."""

from importlib import import_module
from importlib.util import find_spec
from typing import cast

from sandbox.family import Common, Family

FAMILIES: tuple[str, ...] = (
    "bluesky",
    "feeds",
    "wordpress",
    "whatsapp",
    "telegram",
    "hooks",
    "mail",
    "x",
    "youtube",
    "reddit",
    "threads",
    "linkedin",
    "tiktok",
    "google_business",
    "discord",
)


def families(common: Common) -> list[Family]:
    """Build every family that is there."""
    there = (name for name in FAMILIES if _is_there(name))
    return [cast(Family, import_module(f"sandbox.{name}.family").build(common)) for name in there]


def _is_there(name: str) -> bool:
    return bool(find_spec(f"sandbox.{name}") and find_spec(f"sandbox.{name}.family"))
