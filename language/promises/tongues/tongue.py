"""What a language has to say for promises and moments to be found in it. Expressions are over folded text:
lower case, no accents, straight apostrophes."""

from dataclasses import dataclass

Table = dict[str, str]
"""Expression to value; the first that fits counts."""


@dataclass(frozen=True, slots=True, eq=False)
class Tongue:
    """One language.

    Moments: `weekdays` and `months` in their order; `days` to a number of days from today; `parts` to an hour
    or `end` (the end of the working day); `units` to minute, hour, day, workday, week, month; `periods` to names
    that moments.py knows; `within`, `by`, `before` and `on` are what stands before; `joins` between day and time.
    `at` stands before a bare hour.
    Promises: `commits` are commitments by themselves, `acts` only where the sentence also says when; `voids` in the
    same clause undo both, `pasts` only the latter; `conditions` open a clause, unless `whether` stands before them.
    `reader` are words that make an act this reader's matter.
    """

    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    days: Table
    parts: Table
    units: Table
    numbers: Table
    periods: Table
    within: str
    by: str
    before: str
    on: str
    next_: str
    latest: str
    joins: str
    at: str
    clock: str
    date: str
    commits: tuple[str, ...]
    acts: tuple[str, ...]
    voids: tuple[str, ...]
    pasts: tuple[str, ...]
    conditions: str
    whether: str
    answers: str
    reader: str
    doubles: str | None = None
    """Verbs whose present tense is their past tense too."""
    markers: str = ""
    """Small words that tell the language."""
