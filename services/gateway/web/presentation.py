"""How values are drawn: times, initials, marked text, bars. Pure, the templates' filters."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from markupsafe import Markup, escape

from contracts.messages import Head, Labels, Reason

PREVIEW_LENGTH = 240
UNFOLDED_LENGTH = 1200
MOST_MARKS = 3


def relative_time(at: datetime, now: datetime) -> str:
    """Return `now`, `4 min`, `3 h`, `2 d` or the date, as the queue shows it."""
    seconds = max(0.0, (now - at).total_seconds())
    if seconds < 45:
        return "now"
    if seconds < 3570:
        return f"{max(1, round(seconds / 60))} min"
    if seconds < 86_000:
        return f"{max(1, round(seconds / 3600))} h"
    if seconds < 7 * 86_400:
        return f"{max(1, round(seconds / 86_400))} d"
    shape = "%-d %b" if at.year == now.year else "%-d %b %Y"
    return at.strftime(shape)


def exact_time(at: datetime) -> str:
    """Return the moment as a tooltip shows it until the browser puts it in local time."""
    return at.astimezone(UTC).strftime("%a %-d %b %Y, %H:%M:%S UTC")


def calendar_day(at: datetime) -> str:
    """Return the day in UTC."""
    return at.astimezone(UTC).strftime("%-d %b %Y")


def clock_time(at: datetime) -> str:
    """Return hours and minutes in UTC."""
    return at.astimezone(UTC).strftime("%H:%M")


def iso(at: datetime) -> str:
    """Return the moment for a `datetime` attribute."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def clean_line(text: str | None, limit: int = 80) -> str:
    """Return a name in one line: no control or format characters, at most three marks a letter."""
    kept: list[str] = []
    marks = 0
    for letter in text or "":
        category = unicodedata.category(letter)
        is_unseen = category in {"Cc", "Cf", "Zl", "Zp"} and letter != "\u200d"
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        if marks <= MOST_MARKS:
            kept.append(" " if is_unseen else letter)
        if len(kept) >= limit:
            break
    return " ".join("".join(kept).split())


def author_of(name: str | None, handle: str | None) -> str:
    """Return what an author is called: the name, else the handle, else a plain word."""
    return clean_line(name) or clean_line(handle) or "Someone"


def initials(name: str) -> str:
    """Return one or two letters for an avatar."""
    words = [word for word in clean_line(name).split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def preview(text: str | None) -> str:
    """Return the start of a text for the queue, in one line."""
    flat = " ".join((text or "").split())
    return flat if len(flat) <= PREVIEW_LENGTH else flat[:PREVIEW_LENGTH].rstrip() + "…"


def marked(text: str, labels: Labels | None, start: int = 0, end: int | None = None) -> Markup:
    """Return the text between two offsets with the words behind its labels in `<mark>`."""
    stop = len(text) if end is None else min(end, len(text))
    parts: list[Markup] = []
    at = start
    for reason in _apart(labels.reasons if labels else []):
        first, last = max(reason.start, at), min(reason.end, stop)
        if first >= last:
            continue
        title = f"{reason.head}: {reason.weight:+.2f}"
        parts += [
            escape(text[at:first]),
            Markup('<mark data-head="{}" title="{}">{}</mark>').format(
                reason.head, title, text[first:last]
            ),
        ]
        at = last
    return Markup("").join([*parts, escape(text[at:stop])])


def unfolded(text: str) -> int:
    """Return how many characters of a text are shown before it must be unfolded."""
    if len(text) <= UNFOLDED_LENGTH * 1.25:
        return len(text)
    space = text.rfind(" ", UNFOLDED_LENGTH - 120, UNFOLDED_LENGTH)
    return space if space > 0 else UNFOLDED_LENGTH


def ranked(head: Head, most: int = 4) -> list[tuple[str, float]]:
    """Return the likeliest labels of a head, the greatest probability first."""
    return sorted(head.p.items(), key=lambda pair: -pair[1])[:most]


def percent(share: float) -> str:
    """Return a share of 1 as whole percent; never 0 % or 100 % for what is not exactly so."""
    value = round(share * 100)
    if value == 100 and share < 1:
        return "> 99 %"
    if value == 0 and share > 0:
        return "< 1 %"
    return f"{value} %"


@dataclass(frozen=True, slots=True)
class WeightyWord:
    """A word of the message and what it spoke for, the strongest first.

    `heads` pairs a head with whether the word spoke for its label (True) or against it.
    """

    text: str
    heads: list[tuple[str, bool]]


def top_words(labels: Labels, most: int = 6) -> list[WeightyWord]:
    """Return the words that weighed most, each once, however often and for however many heads."""
    words: dict[str, WeightyWord] = {}
    for reason in sorted(labels.reasons, key=lambda reason: -abs(reason.weight)):
        text = " ".join(reason.text.split())
        word = words.setdefault(text.casefold(), WeightyWord(text, []))
        if reason.head not in {head for head, _ in word.heads}:
            word.heads.append((reason.head, reason.weight >= 0))
    return list(words.values())[:most]


def web_link(url: str | None) -> str | None:
    """Return an address that may be linked to: http or https only, nothing else."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and parts.netloc else None


def _apart(reasons: Sequence[Reason]) -> list[Reason]:
    """Reasons in text order; of two that overlap, the weightier stays."""
    kept: list[Reason] = []
    for reason in sorted(reasons, key=lambda reason: -abs(reason.weight)):
        if all(reason.end <= other.start or reason.start >= other.end for other in kept):
            kept.append(reason)
    return sorted(kept, key=lambda reason: reason.start)
