"""Is this stretch of text the term, or ordinary text that happens to look like it? The judgement, rule by rule."""

import itertools
import re
from dataclasses import dataclass
from functools import cached_property

import regex

from language.wording.folding import Folded
from language.wording.lookalikes import EITHER_I_OR_L, READINGS
from language.wording.patterns import MASKS, Pattern
from language.wording.vocabulary import accented_words, is_function_word, is_word

_EDGE_SIGNS = frozenset("!|¡#([{<+†^°×§√")
_SENTENCE_ENDS = re.compile(r"[.!?…;:,]+\s+")
_JOINERS = frozenset("-_·•*~|")
_SINGLE = re.compile(r"(?<![^\W_])[^\W_](?![^\W_])")


@dataclass(frozen=True)
class Evidence:
    """A proposed match: how each letter of the term is written, and what stands between them."""

    pattern: Pattern
    folded: Folded
    match: "regex.Match[str]"

    @cached_property
    def spans(self) -> list[tuple[int, int]]:
        """Where each letter of the term stands, in folded places."""
        return [self.match.span(group + 1) for group in range(len(self.pattern.letters))]

    @cached_property
    def written(self) -> list[str]:
        """What stands for each letter."""
        return [self.folded.chars[start:end] for start, end in self.spans]

    @cached_property
    def gaps(self) -> list[str]:
        """What stands before each letter since the one before it."""
        before = [self.spans[0][0], *(end for _, end in self.spans[:-1])]
        return [
            self.folded.chars[end:start] for end, (start, _) in zip(before, self.spans, strict=True)
        ]

    @cached_property
    def words(self) -> list[range]:
        """Letters of each word of the term, as ranges of their numbers."""
        opens = [*sorted(self.pattern.opens), len(self.spans)]
        return [range(first, last) for first, last in itertools.pairwise(opens)]

    @cached_property
    def is_split(self) -> bool:
        """Whether something stands between letters of one word."""
        return any(self.gaps[place] for word in self.words for place in word[1:])

    @cached_property
    def end(self) -> int:
        """Where it ends, with its ending; a lone letter after a gap belongs to it only in spaced-out writing."""
        last = self.spans[-1][1]
        ending = self.folded.chars[last : self.match.end()]
        return self.match.end() if not ending or ending[0].isalnum() or self.is_split else last

    def signs(self, kind: str) -> list[int]:
        """Numbers of the letters written as a digit (kind d), a sign (s) or several letters (p)."""
        return [place for place in range(len(self.written)) if self._kind(place) == kind]

    def _kind(self, place: int) -> str:
        letter, written = self.pattern.letters[place], self.written[place]
        first = written[0]
        if not letter.isalpha() or first in (letter, EITHER_I_OR_L) or first in READINGS:
            return ""
        if first.isdigit():
            return "d"
        if not first.isalpha():
            return "s"
        return "p" if len(written) > 1 and len(set(written)) > 1 else ""

    def surface(self, word: range) -> str:
        """The letters of a word of the term as they are written, without gaps."""
        return "".join(self.written[place] for place in word)


def is_meant(found: Evidence, reply: str) -> bool:
    """Whether the match is the term."""
    if not boundaries_hold(found) or not _hangs_together(found):
        return False
    rules = (
        _is_no_other_accent(found, reply),
        _digits_fit(found),
        _signs_fit(found),
        _stretch_fits(found),
    )
    return all(rules) and all(_split_fits(found, word) for word in found.words)


def is_meant_masked(found: Evidence) -> bool:
    """Whether a word with masked letters can only be the term."""
    masked = [place for place, written in enumerate(found.written) if written[0] in MASKS]
    shown = len(found.written) - len(masked)
    if not masked or shown < max(2, (len(found.written) + 1) // 2):
        return False
    return masked[-1] < len(found.written) - 1 or not is_word("".join(found.written[: masked[0]]))


def boundaries_hold(found: Evidence) -> bool:
    """Whether it begins and ends where words do."""
    chars, upper = found.folded.chars, found.folded.is_upper
    start, end = found.match.start(), found.end
    return _opens(found, chars, upper, start) and _closes(found, chars, upper, end)


def _opens(found: Evidence, chars: str, upper: tuple[bool, ...], start: int) -> bool:
    if start == 0 or not found.pattern.letters[0].isalnum():
        return True
    before = chars[start - 1]
    if found.pattern.letters[0].isdigit():
        return not before.isalnum() and not (
            before in ".,'" and start > 1 and chars[start - 2].isdigit()
        )
    if not before.isalnum():
        return True
    is_hump = upper[start] and not upper[start - 1] and before.isalpha()
    return (
        found.pattern.length >= 4
        and not found.is_split
        and (is_hump or _is_free_digit(found, before, 0))
    )


def _closes(found: Evidence, chars: str, upper: tuple[bool, ...], end: int) -> bool:
    if end >= len(chars) or not found.pattern.letters[-1].isalnum():
        return True
    after = chars[end]
    if found.pattern.letters[-1].isdigit():
        return not after.isalnum() and not (after in ".,'" and chars[end + 1 : end + 2].isdigit())
    if not after.isalnum():
        return True
    is_hump = upper[end] and not upper[end - 1] and after.isalpha()
    return (
        found.pattern.length >= 4
        and not found.is_split
        and (is_hump or _is_free_digit(found, after, -1))
    )


def _is_free_digit(found: Evidence, neighbour: str, place: int) -> bool:
    """A digit next to a plainly written end is no part of the word."""
    return neighbour.isdigit() and found.written[place].isalpha()


def _hangs_together(found: Evidence) -> bool:
    """Words of the term stand together: no sentence ends between them, and what is joined is long enough."""
    openings = [
        (found.gaps[place], found.pattern.letters[place - 1 : place + 1])
        for place in sorted(found.pattern.opens)[1:]
    ]
    if found.pattern.length < 7 and any(
        not gap and "".join(ends).isalnum() for gap, ends in openings
    ):
        return False
    return found.is_split or not any(_SENTENCE_ENDS.match(gap) for gap, _ in openings)


def _is_no_other_accent(found: Evidence, reply: str) -> bool:
    """A short word with an accent is another word than the term without: más is not mas."""
    if found.pattern.length > 4 or not found.pattern.term.isascii():
        return True
    slice_ = reply[found.folded.starts[found.match.start()] : found.folded.ends[found.end - 1]]
    return slice_.casefold() not in accented_words()


def _digits_fit(found: Evidence) -> bool:
    """Digits stand for letters only among letters, and in a short word only inside it."""
    places, length = found.signs("d"), found.pattern.length
    if not places:
        return True
    letters = sum(written[0].isalpha() for written in found.written)
    if length <= 3:
        return letters > len(places) and not {0, length - 1} & set(places)
    return letters >= (2 if length == 4 else 1)


def _signs_fit(found: Evidence) -> bool:
    """Punctuation at an end is punctuation, unless what remains is no word."""
    places, length = found.signs("s"), found.pattern.length
    if len(places) + len(found.signs("d")) >= length:
        return length >= 5
    for place in places:
        is_edge = place in {0, len(found.written) - 1}
        if is_edge and length < 4:
            return False
        if is_edge and found.written[place][0] in _EDGE_SIGNS:
            rest = "".join(
                found.written[other] for other in range(len(found.written)) if other != place
            )
            if length < 5 or is_word(rest):
                return False
    pairs = set(found.signs("p"))
    return not pairs or (
        length >= 5
        and not any(is_word(found.surface(word)) for word in found.words if pairs & set(word))
    )


def _stretch_fits(found: Evidence) -> bool:
    """A letter written twice makes another word more often than three times."""
    extra = max((len(text) for text in found.written if len(set(text)) == 1), default=1) - 1
    if extra == 0:
        return True
    if any(is_word(found.surface(word)) for word in found.words if _is_stretched(found, word)):
        return False
    return found.pattern.length >= (3 if extra >= 2 else 4)


def _is_stretched(found: Evidence, word: range) -> bool:
    return any(
        len(found.written[place]) > 1 and len(set(found.written[place])) == 1 for place in word
    )


def _split_fits(found: Evidence, word: range) -> bool:
    """Letters of one word may stand apart when what stands there is no row of ordinary words."""
    gaps = [found.gaps[place] for place in word[1:]]
    if not any(gaps):
        return True
    pieces = _pieces(found, word)
    if all(piece.isdigit() for piece in pieces):
        return any(other != word and _is_taken_apart(found, other) for other in found.words)
    if len(word) < 3:
        return any(other != word and _is_taken_apart(found, other) for other in found.words)
    if all(len(piece) == 1 for piece in pieces):
        return _is_spaced_alone(found)
    if len(word) == 3 or _is_sentence_end(found, gaps):
        return False
    if not all(is_word(piece) for piece in pieces):
        return not _is_contraction(gaps, pieces)
    if any(is_function_word(piece) for piece in pieces) and not _is_hyphenated(gaps):
        return False
    return len(word) >= 6


def _is_taken_apart(found: Evidence, word: range) -> bool:
    return any(found.gaps[place] for place in word[1:])


def _is_hyphenated(gaps: list[str]) -> bool:
    """Pieces joined by hyphens or the like, as at the end of a line."""
    return all(gap.strip() and set(gap.strip()) <= _JOINERS for gap in gaps if gap)


def _pieces(found: Evidence, word: range) -> list[str]:
    pieces = [""]
    for place in word:
        if place != word[0] and found.gaps[place]:
            pieces.append("")
        pieces[-1] += found.written[place]
    return pieces


def _is_sentence_end(found: Evidence, gaps: list[str]) -> bool:
    """One gap, a full stop and a capital: two sentences."""
    filled = [place for place, gap in enumerate(gaps, 1) if gap]
    if len(filled) != 1 or not _SENTENCE_ENDS.fullmatch(gaps[filled[0] - 1]):
        return False
    return found.folded.is_upper[found.spans[filled[0]][0]]


def _is_contraction(gaps: list[str], pieces: list[str]) -> bool:
    """it's, l'ami, don't: an apostrophe next to a single letter."""
    filled = [gap for gap in gaps if gap]
    return filled == ["'"] and any(len(piece) == 1 for piece in pieces)


def _is_spaced_alone(found: Evidence) -> bool:
    """Single letters before and after it in the same row must be words of their own."""
    chars, row = found.folded.chars, "".join({gap[0] for gap in found.gaps if gap})
    between = f"[{re.escape(row)}]{{1,2}}"
    before = re.search(rf"(?:(?<![^\W_])[^\W_]{between})+$", chars[: found.match.start()])
    after = re.match(rf"(?:{between}[^\W_](?![^\W_]))+", chars[found.end :])
    rests = ("".join(_SINGLE.findall(row.group())) if row else "" for row in (before, after))
    return all(not rest or is_word(rest) for rest in rests)
