"""Finds cue words and shapes in a message: what a reader would notice first. The words are in `words/`.

A cue means the same in every language, so what is learned from one language helps the others.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from services.classify.domain.words import english, french, german, italian, portuguese, spanish

LANGUAGES = ("en", "es", "pt", "fr", "de", "it")
EVERY = (1 << len(LANGUAGES)) - 1
_LISTS = (english.CUES, spanish.CUES, portuguese.CUES, french.CUES, german.CUES, italian.CUES)

EMOJI = {
    "emoji_love": "❤♥😍🥰😘💕💖💗💛💚💙💜🖤🤍🧡💞💓🫶😻",
    "emoji_happy": "😊☺🙂😄😃😀😁🤗🤩🥳🎉👏👍💯🙌✨😋🤤🔥💪⭐🌟👌😎🫡🤌",
    "emoji_angry": "😡🤬😠👎🤮🤢💩🖕😤👿🚮",
    "emoji_sad": "😢😭😞😔😟🙁☹😩😫💔😕🥺😣😖😿",
    "emoji_laugh": "😂🤣😆😅😹💀",
    "emoji_sneer": "🙄😒🤡🤦🤷😑🙃😏😬🫠🤨",
    "emoji_think": "🤔👀❓❔🧐",
    "emoji_plead": "🙏",
    "emoji_alarm": "🚨⚠🆘‼❗🔴",
}
_EMOJI_OF = {sign: name for name, signs in EMOJI.items() for sign in signs}
WORD_CUES = tuple(english.CUES)
SHAPES = (
    "question_mark", "exclaims", "shout", "only_emoji", "mention", "mention_mostly", "link", "hashtags",
    "one_word", "short", "long", "number", "wh_first", "ask_first", "not_praise", "not_negative",
    "calm", "calm_question", "ends_asking",
)  # fmt: skip
TROUBLE = ("negative", "broken", "late", "no_answer", "money", "scam", "anger", "not_praise")
ROUGH = frozenset((*TROUBLE, "swear", "repeated", "leave", "irony", "emoji_angry", "emoji_sneer", "injury", "fire",
                   "poison", "allergy", "crisis", "legal", "security"))  # fmt: skip
"""Where none of these shows, nobody complains in words that a reader would notice."""
SAFETY = ("injury", "allergy", "fire", "poison")
PAIRS = {
    "question_about_trouble": (
        ("question_mark",),
        ("broken", "late", "no_answer", "money", "scam"),
    ),
    "question_and_praise": (("question_mark",), ("praise", "emoji_love")),
    "trouble_twice": (
        ("negative", "anger", "emoji_angry"),
        ("broken", "late", "no_answer", "money", "scam"),
    ),
    "irony_and_trouble": (("irony", "emoji_sneer"), TROUBLE),
    "praise_but": (("praise", "thanks"), ("but",)),
    "trouble_and_thanks": (TROUBLE, ("thanks", "praise")),
    "safety_question": (SAFETY, ("question_mark",)),
    "safety_and_anger": (SAFETY, ("anger", "negative", "legal", "exclaims")),
    "trouble_and_deadline": (("broken", "late", "no_answer", "money", "request"), ("deadline",)),
    "trouble_and_repeat": (TROUBLE, ("repeated",)),
    "request_and_question": (("request",), ("question_mark",)),
    "spam_and_link": (("spam",), ("link", "mention")),
    "link_and_praise": (("link",), ("praise",)),
    "spam_and_praise": (("spam",), ("praise",)),
    "request_and_trouble": (("request",), TROUBLE),
    "mention_and_friend": (("mention",), ("friend", "laugh", "emoji_laugh")),
}
_PAIRED = [(name, frozenset(left), frozenset(right)) for name, (left, right) in PAIRS.items()]
NAMES = (*WORD_CUES, *EMOJI, *SHAPES, *PAIRS)
INDEX = {name: place for place, name in enumerate(NAMES)}
_NEGATABLE = {"praise": "not_praise", "negative": "not_negative"}
_NEGATION_REACH = 3


class TokenLike(Protocol):
    """What a cue needs to know of a token."""

    @property
    def folded(self) -> str: ...
    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...
    @property
    def is_word(self) -> bool: ...


class Cue(NamedTuple):
    """A cue and the first place that shows it, in characters of the original text."""

    name: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    languages: int
    rest: tuple[str, ...]


@functools.cache
def _entries() -> tuple[dict[str, list[_Entry]], dict[str, list[_Entry]]]:
    """(whole words, stems) -> what they may begin. Built at the first use, from the word lists."""
    whole: dict[str, dict[tuple[str, tuple[str, ...]], int]] = {}
    stems: dict[str, dict[tuple[str, tuple[str, ...]], int]] = {}
    for place, cues in enumerate(_LISTS):
        for name, words in cues.items():
            for phrase in words.split(","):
                first, *rest = phrase.split()
                table = stems if first.endswith("*") else whole
                known = table.setdefault(first.rstrip("*"), {})
                key = (name, tuple(rest))
                known[key] = known.get(key, 0) | 1 << place
    freeze = [
        {
            word: [_Entry(name, mask, rest) for (name, rest), mask in known.items()]
            for word, known in table.items()
        }
        for table in (whole, stems)
    ]
    return freeze[0], freeze[1]


@dataclass(frozen=True, slots=True)
class _Begun:
    """What a word may begin: cues of one word, phrases by their second word, phrases whose second word is a stem."""

    alone: tuple[_Entry, ...]
    phrases: Mapping[str, tuple[_Entry, ...]]
    open_phrases: tuple[_Entry, ...]


@functools.lru_cache(maxsize=50_000)
def _begins(word: str) -> _Begun | None:
    whole, stems = _entries()
    found = list(whole.get(word, ()))
    for size in range(2, min(len(word), 16) + 1):
        found += stems.get(word[:size], ())
    if not found:
        return None
    phrases: dict[str, tuple[_Entry, ...]] = {}
    for entry in found:
        if entry.rest and not entry.rest[0].endswith("*"):
            phrases[entry.rest[0]] = (*phrases.get(entry.rest[0], ()), entry)
    return _Begun(
        tuple(entry for entry in found if not entry.rest),
        phrases,
        tuple(entry for entry in found if entry.rest and entry.rest[0].endswith("*")),
    )


def _continues(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _follows(tokens: Sequence[TokenLike], place: int, rest: tuple[str, ...]) -> bool:
    if place + len(rest) >= len(tokens):
        return False
    return all(_continues(pattern, tokens[place + 1 + k].folded) for k, pattern in enumerate(rest))


def _heard(begun: _Begun, tokens: Sequence[TokenLike], place: int, languages: int) -> list[_Entry]:
    """What does begin at a word."""
    here = [entry for entry in begun.alone if entry.languages & languages]
    if (begun.phrases or begun.open_phrases) and place + 1 < len(tokens):
        phrases = begun.phrases.get(tokens[place + 1].folded, ()) + begun.open_phrases
        here += [e for e in phrases if e.languages & languages and _follows(tokens, place, e.rest)]
    return here


def find(tokens: Sequence[TokenLike], text: str, languages: int = EVERY) -> dict[str, Cue]:
    """The cues of a text by name. `languages` is a bit mask over LANGUAGES: whose word lists count."""
    found: dict[str, Cue] = {}
    negated_at = -_NEGATION_REACH - 1
    for place, token in enumerate(tokens):
        if not token.is_word:
            _mark(found, token)
            continue
        begun = _begins(token.folded)
        here = _heard(begun, tokens, place, languages) if begun else None
        if here:
            is_negated = place - negated_at <= _NEGATION_REACH
            if _note(found, tokens, place, here, is_negated=is_negated):
                negated_at = place
    _shapes(found, tokens, text)
    _calm(found, tokens)
    _pairs(found)
    return found


def _note(
    found: dict[str, Cue], tokens: Sequence[TokenLike], place: int, here: Sequence[_Entry], *, is_negated: bool
) -> bool:  # fmt: skip
    """Add the cues that begin here; says whether one of them negates what follows."""
    start, negates = tokens[place].start, False
    for entry in here:
        name = _NEGATABLE.get(entry.name, entry.name) if is_negated else entry.name
        end = tokens[place + len(entry.rest)].end
        _add(found, name, start, end)
        if place <= 2 and entry.name in ("wh", "ask"):
            _add(found, entry.name + "_first", start, end)
        negates = negates or entry.name == "negation"
    return negates


def _add(found: dict[str, Cue], name: str, start: int, end: int) -> None:
    if name not in found:
        found[name] = Cue(name, start, end)


def _mark(found: dict[str, Cue], token: TokenLike) -> None:
    form = token.folded
    if form in _EMOJI_OF:
        _add(found, _EMOJI_OF[form], token.start, token.end)
    elif "?" in form or "¿" in form or "؟" in form:
        _add(found, "question_mark", token.start, token.end)
    elif form.startswith("!!"):
        _add(found, "exclaims", token.start, token.end)
    elif form == "@user":
        _add(found, "mention", token.start, token.end)
    elif form == "http":
        _add(found, "link", token.start, token.end)


def _shapes(found: dict[str, Cue], tokens: Sequence[TokenLike], text: str) -> None:
    if not tokens:
        return
    start, end = tokens[0].start, tokens[-1].end
    words = sum(token.is_word for token in tokens)
    capitals = sum(map(str.isupper, text))
    shapes = {
        "shout": capitals >= 5 and _is_shouted(capitals, sum(map(str.isalpha, text))),
        "only_emoji": words == 0 and any(name.startswith("emoji") for name in found),
        "mention_mostly": "mention" in found and words <= 3,
        "hashtags": text.count("#") >= 3,
        "one_word": words == 1,
        "short": 2 <= words <= 4,
        "long": words >= 25,
        "number": any(token.folded.isdigit() for token in tokens),
    }
    for name, holds in shapes.items():
        if holds:
            _add(found, name, start, end)


def _is_shouted(capitals: int, letters: int) -> bool:
    return letters >= 8 and capitals > 0.6 * letters


def _calm(found: dict[str, Cue], tokens: Sequence[TokenLike]) -> None:
    """Marks messages in which nothing sounds like trouble, and those that end by asking."""
    if not tokens:
        return
    start, end = tokens[0].start, tokens[-1].end
    if any("?" in token.folded for token in tokens[-2:]):
        _add(found, "ends_asking", start, end)
    if ROUGH.isdisjoint(found):
        _add(found, "calm", start, end)
        if "question_mark" in found:
            _add(found, "calm_question", start, end)


def _pairs(found: dict[str, Cue]) -> None:
    for name, either, other in _PAIRED:
        if not (either.isdisjoint(found) or other.isdisjoint(found)):
            first = next(found[cue] for cue in PAIRS[name][0] if cue in found)
            _add(found, name, first.start, first.end)
