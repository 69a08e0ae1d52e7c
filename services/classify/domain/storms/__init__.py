"""Storms of one brand: what is usual, what is hostile, how it grows, and what state it is in. Pure."""

from services.classify.domain.storms.detector import Storm
from services.classify.domain.storms.volume import Volume

__all__ = ["Storm", "Volume"]
