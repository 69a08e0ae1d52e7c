"""Scores a reply: reads it, finds faults, adds up their costs. Rules are in faults.py, words in words/, costs in model.json."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Self

from language.care.faults import KINDS, Fault, find
from language.care.lexicon import LANGUAGES, UNDECIDED, Lexicon, Span, detect, lexicon
from language.care.model import Costs, deduction
from language.care.reading import MOST_CHARACTERS, Reading
from language.care.text import fold
from language.care.verdict import DIMENSIONS, CareScore, Finding

_LATE = "late"
_LATE_MOST = 60.0
_LATE_EACH = 20.0  # points for every time the promise has passed
_UNREAD = (f"Only the first {MOST_CHARACTERS} characters were judged.",)
_UNTIMED = ("How long the author waited is not known: quick is judged from the text only.",)
_UNSPOKEN = ("The language is none of en, es, pt, fr, de, it: only rules that need no language were used.",)  # fmt: skip
_WORDLESS = frozenset({"no_overlap", "no_when", "too_short", "too_long", "long_sentences", "cheer"})


@dataclass(frozen=True, slots=True)
class Care:
    """Scores replies; holds the costs, so one object serves for a process and all its threads."""

    costs: Costs

    @property
    def model(self) -> str:
        """Name and hash of the costs."""
        return self.costs.name

    @classmethod
    def load(cls) -> Self:
        """Read the costs that come with the package; ModelError when they are broken."""
        return cls(Costs.load())

    def warm(self) -> None:
        """Compile the phrases of all six languages now (half a second in all), not at the first reply in each."""
        for language in LANGUAGES:
            lexicon(language)

    def score(
        self,
        message: str,
        reply: str,
        *,
        language: str | None = None,
        waited_s: float | None = None,
        answer_within_s: float = 3600,
        author_name: str | None = None,
    ) -> CareScore:
        """Score `reply` as an answer to `message`; see `language.care.score`."""
        spoken = _spoken(language, message, reply)
        known = lexicon(spoken)
        reading = Reading.of(message, reply, known, author_name)
        if not reading.words:
            return self._silent(spoken)
        faults = [f for f in find(reading) if known.patterns or f.kind in _WORDLESS]
        late = _lateness(waited_s, answer_within_s)
        findings = [
            finding
            for dimension in DIMENSIONS
            for finding in self._findings(dimension, faults, late, (reading, reply))
        ]
        return self._summed(findings, spoken, _notes(reply, known, waited_s))

    def _findings(
        self, dimension: str, faults: Sequence[Fault], late: float, texts: tuple[Reading, str]
    ) -> list[Finding]:
        reading, reply = texts
        priced = list(zip(faults, self.costs.of(dimension, faults), strict=True))
        if dimension == "quick" and late:
            priced.append((Fault(_LATE, 1.0), late))
        priced = [(fault, cost) for fault, cost in priced if cost >= 0.05]
        total = sum(cost for _, cost in priced)
        shares = _whole([cost for _, cost in priced], round(deduction(total)))
        found = []
        for (fault, _), points in zip(priced, shares, strict=True):
            if points:
                found += _told(dimension, (fault, points), reading, reply)
        return found

    def _summed(self, findings: list[Finding], spoken: str, notes: tuple[str, ...]) -> CareScore:
        left = {d: 100 - sum(f.cost for f in findings if f.dimension == d) for d in DIMENSIONS}
        return CareScore(
            **left,
            overall=round(sum(left.values()) / len(left)),
            findings=sorted(findings, key=lambda finding: -finding.cost),
            language=spoken,
            model=self.model,
            notes=notes,
        )

    def _silent(self, spoken: str) -> CareScore:
        why = "The reply has no words."
        findings = [Finding(d, 0, 0, "", why, "", 100, "empty") for d in DIMENSIONS]
        return CareScore(0, 0, 0, 0, 0, findings, spoken, self.model)


def _spoken(language: str | None, message: str, reply: str) -> str:
    if language:
        code = language.lower().replace("_", "-").split("-")[0]
        return code if code in LANGUAGES else UNDECIDED
    texts = (reply[:MOST_CHARACTERS], message[:MOST_CHARACTERS])
    return detect([fold(text) for text in texts])


def _notes(reply: str, known: Lexicon, waited_s: float | None) -> tuple[str, ...]:
    notes: tuple[str, ...] = () if known.patterns else _UNSPOKEN
    notes += _UNTIMED if waited_s is None else ()
    return notes + (_UNREAD if len(reply) > MOST_CHARACTERS else ())


def _lateness(waited_s: float | None, answer_within_s: float) -> float:
    """Return the points an answer loses for the time the author waited."""
    if waited_s is None or waited_s <= answer_within_s or answer_within_s <= 0:
        return 0.0
    return min(_LATE_MOST, _LATE_EACH * (waited_s / answer_within_s - 1))


def _whole(costs: Sequence[float], total: int) -> list[int]:
    """Share whole points out so that they add up to the total, largest remainders first."""
    scale = total / sum(costs) if costs else 0.0
    exact = [cost * scale for cost in costs]
    shares = [int(value) for value in exact]
    rest = sorted(range(len(exact)), key=lambda i: shares[i] - exact[i])
    for i in rest[: total - sum(shares)]:
        shares[i] += 1
    return shares


def _told(dimension: str, priced: tuple[Fault, int], reading: Reading, reply: str) -> list[Finding]:
    """Return one finding for each phrase of a fault, its points shared out among them."""
    fault, points = priced
    spans = [_trimmed(span, reading.reply) for span in fault.spans[:points]] or [Span(0, 0)]
    why = (
        KINDS[fault.kind].why if fault.kind in KINDS else "The author waited longer than promised."
    )
    change = _suggestion(fault.kind, reading)
    each = _whole([1.0] * len(spans), points)
    return [
        Finding(dimension, s.start, s.end, reply[s.start : s.end], why, change, cost, fault.kind)
        for s, cost in zip(spans, each, strict=True)
    ]


def _trimmed(span: Span, folded: str) -> Span:
    text = folded[span.start : span.end]
    return Span(span.start + len(text) - len(text.lstrip()), span.start + len(text.rstrip()))


def _suggestion(kind: str, reading: Reading) -> str:
    alias = "boiler" if kind == "stale" else kind
    text = reading.lexicon.suggestions.get(alias, "")
    if "{topic}" not in text:
        return text
    missed = [word for part, word in reading.topics.items() if part not in reading.taken_up]
    return text.replace("{topic}", max(missed, key=len, default="…"))


@cache
def _loaded() -> Care:
    return Care.load()


def score(
    message: str,
    reply: str,
    *,
    language: str | None = None,
    waited_s: float | None = None,
    answer_within_s: float = 3600,
    author_name: str | None = None,
) -> CareScore:
    """Say how quick, empathetic, proactive and transparent a reply to a message is.

    `language` is the reply's, one of en, es, pt, fr, de, it; found from the text when None, and rules that need no
    language are used for any other. `waited_s` is how long the author has waited, in seconds, against the brand's
    promise `answer_within_s`; without it "quick" is scored from the text only, and `notes` says so. `author_name` is
    how the author is called, when known: greeting somebody else then costs. Any text is scored, an empty one with 0; nothing is raised.
    """
    return _loaded().score(
        message,
        reply,
        language=language,
        waited_s=waited_s,
        answer_within_s=answer_within_s,
        author_name=author_name,
    )
