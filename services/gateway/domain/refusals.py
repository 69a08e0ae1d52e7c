"""What a person is told when something cannot be done. When that is so, is decided elsewhere."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something cannot be done: a stable code and a sentence for the person."""

    code: str
    why: str
