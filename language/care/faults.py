"""Turns a reading into faults: each a strength of 0 to 1 and where it stands. Costs are learned, see model.py."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from language.care.lexicon import Span
from language.care.reading import Reading

Q, E, P, T = "quick", "empathetic", "proactive", "transparent"


@dataclass(frozen=True, slots=True)
class Kind:
    """A fault: the dimensions it may cost and why, in one sentence."""

    dimensions: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault found: its strength and its phrases; no phrase where something is missing."""

    kind: str
    strength: float
    spans: tuple[Span, ...] = ()


KINDS: Mapping[str, Kind] = {
    "stock": Kind((E, T), "Stock sympathy fits any message, so it reads as none."),
    "boiler": Kind((Q, E, T), "This is a set phrase that says nothing about this message."),
    "blame": Kind((E, P), "This puts the fault or the work on the author."),
    "policy": Kind((E, P, T), "Rules are quoted where a person hoped for help."),
    "dismiss": Kind((E, T), "This makes what happened look small."),
    "promo": Kind((E, P), "Advertising has no place in an answer."),
    "pingpong": Kind((Q, P), "The author is sent elsewhere instead of being helped here."),
    "soon": Kind((Q, P, T), "A promise without a time cannot be kept or checked."),
    "evasive": Kind((T, P), "Nobody is named who did or will do something."),
    "passing": Kind((Q, P, T), "The matter is passed on, without who answers and when."),
    "waiting": Kind((Q, E), "This explains the wait instead of ending it."),
    "vague": Kind((T, P), "This stays general where the author needs to know."),
    "demand": Kind((P, E), "The author has to bring papers before anything happens."),
    "overclaim": Kind((T,), "This claims more than anybody can hold."),
    "defensive": Kind((E, T), "This defends the brand instead of listening."),
    "conditional": Kind((E, T), "An apology with an if doubts what the author said."),
    "jargon": Kind((T,), "Office words; say it plainly."),
    "cheer": Kind((E,), "Cheerful marks or words do not suit somebody who is upset."),
    "apology_praise": Kind((E,), "Praise needs no apology."),
    "no_overlap": Kind((Q, E, P, T), "What the author wrote about is not taken up."),
    "no_when": Kind((Q, P, T), "No day, time, amount or number is given."),
    "no_action": Kind((Q, P, T), "It is not said what has been done."),
    "no_next": Kind((P,), "No next step is offered."),
    "no_owner": Kind((T, E), "It is not said who answers."),
    "no_feeling": Kind((E,), "What this is like for the author is not named."),
    "no_reason": Kind((T,), "The reason is not given."),
    "generic": Kind((E, P, T), "Most words here could stand in any reply."),
    "late_point": Kind((Q,), "The answer comes late."),
    "long_sentences": Kind((T,), "This sentence is long."),
    "too_long": Kind((Q,), "The reply is long for what it says."),
    "too_short": Kind((E, P, T), "The reply is too short to help."),
    "no_answer": Kind((Q, P), "The question is not answered."),
    "impersonal": Kind((E,), "Nobody speaks and nobody is spoken to."),
    "cold_praise": Kind((E,), "Praise is answered without warmth."),
    "stale": Kind((Q, E, P, T), "Whole sentences fit any message."),
    "aside": Kind((Q, E, P, T), "These facts do not help with what was written."),
    "asked_again": Kind((Q, E, P), "This asks for what the author has already written."),
    "wrong_name": Kind((E,), "The author is called by somebody else's name."),
    "danger": Kind((Q, E, P, T), "Somebody may be in danger: what to do now comes first."),
}
_PHRASES = (
    "stock", "boiler", "blame", "policy", "dismiss", "promo", "pingpong", "soon", "evasive", "passing", "waiting",
    "vague", "demand", "overclaim", "defensive", "conditional", "jargon",
)  # fmt: skip


def find(reading: Reading) -> list[Fault]:
    """Return the faults of a reading with a strength above 0."""
    found = [_phrased(reading, kind) for kind in _PHRASES]
    found += [Fault(kind, rule(reading)) for kind, rule in _MISSING.items()]
    found += [_cheer(reading), _apology(reading), _generic(reading), _long_sentence(reading)]
    found += [_stale(reading), _aside(reading), _asked_again(reading), _misnamed(reading)]
    return [fault for fault in found if fault.strength > 0]


def _phrased(reading: Reading, kind: str) -> Fault:
    spans = reading.spans.get(kind, [])
    return Fault(kind, 1 - 0.45 ** len(spans), tuple(spans))


def _cheer(reading: Reading) -> Fault:
    if not reading.is_upset:
        return Fault("cheer", 0)
    spans = [*reading.spans.get("cheer", []), *reading.exclaimed[2:]]
    return Fault("cheer", 1 - 0.6 ** len(spans), tuple(spans))


def _apology(reading: Reading) -> Fault:
    spans = reading.spans.get("apology", []) if reading.is_praise else []
    return Fault("apology_praise", 1.0 if spans else 0, tuple(spans[:1]))


def _generic(reading: Reading) -> Fault:
    spans = reading.spans["generic"]
    content = sum(word not in reading.lexicon.small for word in reading.words)
    share = len(spans) / max(8, content)
    return Fault("generic", min(1.0, share * 2.5), tuple(spans[:6]))


def _stale(reading: Reading) -> Fault:
    lines, stale = reading.sentences, reading.stale
    total = sum(line.end - line.start for line in lines)
    empty = [
        line
        for line, is_stale in zip(lines, stale, strict=True)
        if is_stale and not reading.is_telling(line)
    ]
    share = sum(line.end - line.start for line in empty) / max(1, total)
    return Fault("stale", share, tuple(Span(line.start, line.end) for line in empty[:3]))


def _aside(reading: Reading) -> Fault:
    lines = [] if reading.is_measured else reading.asides
    share = len(lines) / max(1, len(reading.sentences))
    return Fault("aside", min(1.0, share * 1.5), tuple(Span(s.start, s.end) for s in lines[:3]))


def _asked_again(reading: Reading) -> Fault:
    lines = reading.asked_again
    return Fault("asked_again", 1.0 if lines else 0, tuple(Span(s.start, s.end) for s in lines[:2]))


def _misnamed(reading: Reading) -> Fault:
    span = reading.misnamed
    return Fault("wrong_name", 1.0, (span,)) if span else Fault("wrong_name", 0)


def _long_sentence(reading: Reading) -> Fault:
    longest = max(reading.sentences, key=lambda line: line.end - line.start, default=None)
    if longest is None or longest.end - longest.start < 150:
        return Fault("long_sentences", 0)
    length = longest.end - longest.start
    return Fault(
        "long_sentences", min(1.0, (length - 150) / 150), (Span(longest.start, longest.end),)
    )


def _no_overlap(reading: Reading) -> float:
    aim = min(3, max(1, len(reading.topics)))
    owned = reading.count("apology") + reading.count("honest") > reading.count("stock")
    answered = reading.is_question and reading.is_direct
    return max(0.0, 1 - (len(reading.taken_up) + owned + answered) / aim)


def _no_when(reading: Reading) -> float:
    told = min(2, reading.count("time")) + min(2, reading.numbers_told)
    return _weight(reading) * max(0.0, 1 - told / 3)


def _no_action(reading: Reading) -> float:
    said = min(2, reading.count("done")) * 0.5 + min(1, reading.count("will")) * 0.3
    said += min(2, reading.dated) * 0.3
    return _weight(reading) * max(0.0, 1 - said)


def _weight(reading: Reading) -> float:
    """How much an answer owes deeds and dates: a mere question less than trouble, praise nothing."""
    if reading.is_praise:
        return 0.0
    if reading.is_question and reading.is_direct and not reading.is_measured:
        return 0.3
    return 1.0 if reading.is_upset or not reading.is_question else 0.5


def _no_next(reading: Reading) -> float:
    offered = reading.count("will") + ("?" in reading.reply and not reading.count("demand"))
    return max(0.0, 1 - 0.5 * min(2, offered))


def _no_owner(reading: Reading) -> float:
    return max(0.0, 1 - 0.5 * min(2, reading.count("owner")))


def _no_feeling(reading: Reading) -> float:
    if not reading.is_upset:
        return 0.0
    named = reading.count("feeling") - min(1, reading.count("stock"))
    said = 0.6 * (named > 0) + 0.4 * (len(reading.taken_up & _first_stems(reading)) > 0)
    return 1 - said


def _first_stems(reading: Reading) -> set[str]:
    return {word[:5] for word in reading.words[:18]}


def _no_reason(reading: Reading) -> float:
    told = reading.count("reason") + reading.count("honest")
    return 0.0 if told else _weight(reading)


def _late_point(reading: Reading) -> float:
    total = 0
    for line in reading.sentences:
        if reading.is_telling(line):
            return min(1.0, total / 200)
        total += line.end - line.start
    return 1.0


def _too_long(reading: Reading) -> float:
    return min(1.0, max(0, len(reading.words) - 90) / 90)


def _too_short(reading: Reading) -> float:
    is_brief = reading.is_praise or (reading.is_question and reading.is_direct)
    return max(0.0, 1 - len(reading.words) / (14 if is_brief else 22))


def _no_answer(reading: Reading) -> float:
    if not reading.is_question or reading.is_praise or not reading.sentences:
        return 0.0
    start = reading.reply[: reading.sentences[min(1, len(reading.sentences) - 1)].end]
    measured = reading.is_measured and any(char.isdigit() for char in start)
    if measured or reading.is_direct or reading.lexicon.has("honest", start):
        return 0.0
    return 0.4 if reading.lexicon.has("done", start) or reading.dated else 1.0


def _danger(reading: Reading) -> float:
    if not reading.is_danger:
        return 0.0
    return 0.0 if reading.lexicon.has("safe", reading.reply) else 1.0


def _impersonal(reading: Reading) -> float:
    return 1 - 0.5 * (reading.count("we") > 0) - 0.5 * (reading.count("you") > 0)


def _cold_praise(reading: Reading) -> float:
    if not reading.is_praise:
        return 0.0
    return max(0.0, 1 - 0.4 * min(2, reading.count("warm")))


_MISSING: Mapping[str, Callable[[Reading], float]] = {
    "no_overlap": _no_overlap,
    "no_when": _no_when,
    "no_action": _no_action,
    "no_next": _no_next,
    "no_owner": _no_owner,
    "no_feeling": _no_feeling,
    "no_reason": _no_reason,
    "late_point": _late_point,
    "too_long": _too_long,
    "too_short": _too_short,
    "no_answer": _no_answer,
    "impersonal": _impersonal,
    "cold_praise": _cold_praise,
    "danger": _danger,
}
