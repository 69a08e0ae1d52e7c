"""Groups of alike hostile messages, found as they come: one pass, bounded memory, a name people can read.

A message joins the group it shares most telling words with, else begins one. What is stored lives elsewhere.
"""

import functools
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from services.classify.domain.signals import Topic
from services.classify.domain.words import english, french, german, italian, portuguese, spanish
from services.classify.domain.words.function import WORDS

FORMED = 3
"""Alike messages that make a group worth a name."""
MOST_GROUPS = 48
MOST_TERMS = 12
FORGET_AFTER_S = 7_200
STEM = 6
_LEAST_LETTERS = 4
_CORE = 0.4
_NAMED, _KEYED = 3, 2
_MOST_STEMS = 40
_SAY_NOTHING = ("wh", "ask", "negation", "but", "thanks", "praise", "negative", "anger", "swear",
                "laugh", "irony", "repeated", "request", "deadline", "friend", "chat")  # fmt: skip
_LISTS = (english, spanish, portuguese, french, german, italian)


class WordLike(Protocol):
    """What a topic needs to know of a token."""

    @property
    def form(self) -> str: ...
    @property
    def folded(self) -> str: ...
    @property
    def is_word(self) -> bool: ...


Terms = dict[str, str]
"""Stem -> the word as it was written (lower case), in the order of the message."""


@functools.cache
def _common() -> frozenset[str]:
    """Words that say nothing of what it is about: small words, politeness, outcry."""
    words = {word.strip() for line in WORDS.values() for word in line.split(",")}
    for module in _LISTS:
        for cue in _SAY_NOTHING:
            for phrase in module.CUES[cue].split(","):
                word = phrase.strip().rstrip("*")
                words.update((word, stem_of(word)))
    return frozenset(words)


def stem_of(word: str) -> str:
    """Return the beginning of a folded word, without a plural's ending: enough to tell topics apart."""
    if word.endswith("ies"):
        word = word[:-3] + "y"
    return word.removesuffix("s")[:STEM]


@functools.lru_cache(maxsize=100_000)
def _telling(word: str) -> str | None:
    """Return the stem of a word that says what it is about, or None."""
    if len(word) < _LEAST_LETTERS or word.isdigit():
        return None
    stem, common = stem_of(word), _common()
    return None if word in common or stem in common else stem


def terms_of(tokens: Iterable[WordLike], names: frozenset[str] = frozenset()) -> Terms:
    """Return the telling words of a message by stem. `names` are the brand's own name, folded."""
    found = Terms()
    for token in tokens:
        stem = _telling(token.folded) if token.is_word else None
        if stem is None or stem in found or token.folded in names:
            continue
        found[stem] = token.form
        if len(found) == MOST_TERMS:
            break
    return found


class Group:
    """Alike messages: how many, who was first, and how often which stem."""

    __slots__ = ("count", "key", "keys", "message_id", "name", "seen_at", "stems", "words")

    def __init__(self, terms: Terms, message_id: str, at: int) -> None:
        self.count = 0
        self.key = ""
        self.keys: list[str] = []
        self.name = ""
        self.message_id = message_id
        self.seen_at = at
        self.stems: dict[str, int] = {}
        self.words: Terms = {}
        self.add(terms, at)

    def add(self, terms: Terms, at: int) -> None:
        """Count a message in."""
        self.count += 1
        self.seen_at = max(self.seen_at, at)
        for stem, word in terms.items():
            if stem in self.stems or len(self.stems) < _MOST_STEMS:
                self.stems[stem] = self.stems.get(stem, 0) + 1
                self.words.setdefault(stem, word)

    def likeness(self, terms: Terms) -> float:
        """Return how much of the group's core a message shares; 0 for less than two words of it."""
        least = _CORE * self.count
        shared = [self.stems[stem] for stem in terms if self.stems.get(stem, 0) >= least]
        if len(shared) < 2:
            return 0.0
        core = sum(n for n in self.stems.values() if n >= least)
        size = max(min(len(terms), len(self.stems)), 2)
        return sum(shared) / core + len(shared) / size

    def form(self) -> None:
        """Give the group its name and its key, which stay."""
        ranked = sorted(self.stems, key=lambda stem: (-self.stems[stem], -len(stem), stem))
        most = {stem for stem in ranked if 2 * self.stems[stem] > self.count}
        named = set(ranked[:_KEYED]) | most.intersection(ranked[:_NAMED])
        self.name = " ".join(word for stem, word in self.words.items() if stem in named)
        self.keys = ranked[:_KEYED]
        self.key = topic_hash(self.keys)


class TopicBook:
    """The groups of one brand."""

    def __init__(self, groups: Sequence[Group] = ()) -> None:
        self.groups = list(groups)
        self.is_changed = False
        self._by_stem: dict[str, list[Group]] = {}
        self._by_key: dict[str, list[Group]] = {}
        self._index_all()

    @property
    def has_formed(self) -> bool:
        """Whether there is a group with a name."""
        return bool(self._by_key)

    def assign(self, terms: Terms, message_id: str, at: int, *, is_hostile: bool) -> Topic | None:
        """Return the formed group this message belongs to, if any. Only hostile messages form groups."""
        if not is_hostile:
            named = self._mentioned(terms)
            return _joined(named, 1, 0) if named else None
        best = self._nearest(terms)
        self.is_changed = True
        if best is None:
            if len(terms) >= 2:
                self._begin(terms, message_id, at)
            return None
        best.add(terms, at)
        self._index(best, [stem for stem in terms if best.stems.get(stem) == 1])
        if best.key:
            return _joined(best, 1, 1)
        if best.count < FORMED:
            return None
        best.form()
        self._by_key.setdefault(best.keys[0], []).append(best)
        return _joined(best, best.count, best.count)

    def forget(self, now: int) -> None:
        """Let go of groups that nobody adds to."""
        kept = [group for group in self.groups if now - group.seen_at <= FORGET_AFTER_S]
        if len(kept) != len(self.groups):
            self._keep(kept)

    def _mentioned(self, terms: Terms) -> Group | None:
        """Return the formed group whose key words are all in a message."""
        for stem in terms:
            for group in self._by_key.get(stem, ()):
                if all(key in terms for key in group.keys):
                    return group
        return None

    def _nearest(self, terms: Terms) -> Group | None:
        near: dict[int, Group] = {}
        for stem in terms:
            for group in self._by_stem.get(stem, ()):
                near[id(group)] = group
        scored = [(group.likeness(terms), group.count, group) for group in near.values()]
        best = max(scored, key=lambda one: one[:2], default=None)
        return best[2] if best is not None and best[0] >= 0.7 else None

    def _begin(self, terms: Terms, message_id: str, at: int) -> None:
        if len(self.groups) >= MOST_GROUPS:
            ranked = sorted(self.groups, key=lambda group: (bool(group.key), group.seen_at))
            self._keep(ranked[MOST_GROUPS // 4 :])
        group = Group(terms, message_id, at)
        self.groups.append(group)
        self._index(group, group.stems)

    def _index(self, group: Group, stems: Iterable[str]) -> None:
        for stem in stems:
            self._by_stem.setdefault(stem, []).append(group)

    def _keep(self, groups: list[Group]) -> None:
        self.groups = groups
        self.is_changed = True
        self._index_all()

    def _index_all(self) -> None:
        self._by_stem, self._by_key = {}, {}
        for group in self.groups:
            self._index(group, group.stems)
            if group.key:
                self._by_key.setdefault(group.keys[0], []).append(group)

    def to_state(self) -> list[dict[str, Any]]:
        """Return the formed groups as they are stored."""
        return [
            {name: getattr(group, name) for name in Group.__slots__}
            for group in self.groups
            if group.key
        ]

    @classmethod
    def from_state(cls, state: Sequence[Mapping[str, Any]]) -> "TopicBook":
        """Return a book with the groups that were stored."""
        groups = []
        for told in state:
            group = Group({}, told["message_id"], told["seen_at"])
            for name in Group.__slots__:
                setattr(group, name, told[name])
            groups.append(group)
        return cls(groups)


def topic_hash(stems: Iterable[str]) -> str:
    """Return the hash of a group's key stems, in any order: the same at every brand."""
    return hashlib.blake2b("\x1f".join(sorted(stems)).encode(), digest_size=8).hexdigest()


def _joined(group: Group, messages: int, hostile: int) -> Topic:
    return Topic(group.key, group.name, group.message_id, messages, hostile)
