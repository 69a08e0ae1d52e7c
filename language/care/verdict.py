"""What a care score says: four values and the findings behind them. How they come about is in scoring.py."""

from dataclasses import dataclass

DIMENSIONS = ("quick", "empathetic", "proactive", "transparent")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that cost points.

    `start` and `end` are offsets in code points of the reply as it was handed in; both 0 with an empty `phrase` where
    something is missing. `why` is one English sentence, `suggestion` one change in the reply's language. `cost` is in
    points of its dimension: the costs of a dimension add up to exactly what it lacks of 100.
    """

    dimension: str
    start: int
    end: int
    phrase: str
    why: str
    suggestion: str
    cost: int
    rule: str = ""


@dataclass(frozen=True, slots=True)
class CareScore:
    """Four values of 0 to 100, and their rounded mean as `overall`.

    `findings` come dearest first. `language` is the reply's, "und" when it is none of the six; `notes` say in plain
    sentences what could not be judged. `model` names the weights used.
    """

    quick: int
    empathetic: int
    proactive: int
    transparent: int
    overall: int
    findings: list[Finding]
    language: str
    model: str
    notes: tuple[str, ...] = ()
