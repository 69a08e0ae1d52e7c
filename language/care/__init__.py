"""The care score of a reply to a message: four values, and what cost points. It judges the text, never who wrote it."""

from language.care.scoring import Care, score
from language.care.verdict import DIMENSIONS, CareScore, Finding

__all__ = ["DIMENSIONS", "Care", "CareScore", "Finding", "score"]
