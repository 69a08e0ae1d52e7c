"""Writing on Mastodon: statuses in answer to a status, and acts on one. Counting is in contracts."""

from services.respond.networks.mastodon.answers import classify
from services.respond.networks.mastodon.writer import Mastodon, build, visibility_of

__all__ = ["Mastodon", "build", "classify", "visibility_of"]
