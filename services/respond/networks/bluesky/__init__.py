"""Writing on Bluesky: posts in answer to a post, and acts on one. Counting and record keys are in contracts."""

from services.respond.networks.bluesky.answers import classify
from services.respond.networks.bluesky.writer import Bluesky, build

__all__ = ["Bluesky", "build", "classify"]
