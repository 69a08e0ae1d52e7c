"""Finds cue words and shapes in a message: what a reader would notice first. The words are in `words/`.

A cue means the same in every language, so what is learned from one language helps the others.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

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


@dataclass(frozen=True, slots=True)
class Cue:
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


@functools.lru_cache(maxsize=50_000)
def _begins(word: str) -> tuple[_Entry, ...]:
    whole, stems = _entries()
    found = list(whole.get(word, ()))
    for size in range(2, min(len(word), 16) + 1):
        found += stems.get(word[:size], ())
    return tuple(found)


def _continues(pattern: str, word: str) -> bool:
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _follows(tokens: Sequence[TokenLike], place: int, rest: tuple[str, ...]) -> bool:
    if place + len(rest) >= len(tokens):
        return False
    return all(_continues(pattern, tokens[place + 1 + k].folded) for k, pattern in enumerate(rest))


def find(tokens: Sequence[TokenLike], text: str, languages: int = EVERY) -> dict[str, Cue]:
    """The cues of a text by name. `languages` is a bit mask over LANGUAGES: whose word lists count."""
    found: dict[str, Cue] = {}
    negated_at = -_NEGATION_REACH - 1
    for place, token in enumerate(tokens):
        entries = _begins(token.folded) if token.is_word else ()
        here = [
            e
            for e in entries
            if e.languages & languages and (not e.rest or _follows(tokens, place, e.rest))
        ]
        is_negated = place - negated_at <= _NEGATION_REACH
        for entry in here:
            name = _NEGATABLE.get(entry.name, entry.name) if is_negated else entry.name
            _add(found, name, token.start, tokens[place + len(entry.rest)].end)
            if place <= 2 and entry.name in ("wh", "ask"):
                _add(found, entry.name + "_first", token.start, tokens[place + len(entry.rest)].end)
        if any(entry.name == "negation" for entry in here):
            negated_at = place
        if not token.is_word:
            _mark(found, token)
    _shapes(found, tokens, text)
    _calm(found, tokens)
    _pairs(found)
    return found


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
    letters = [character for character in text if character.isalpha()]
    shapes = {
        "shout": len(letters) >= 8 and sum(map(str.isupper, letters)) > 0.6 * len(letters),
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
    for name, (left, right) in PAIRS.items():
        first = next((found[cue] for cue in left if cue in found), None)
        if first and any(cue in found for cue in right):
            _add(found, name, first.start, first.end)
