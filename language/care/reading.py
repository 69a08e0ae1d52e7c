"""Reads a message and a reply once: words, numbers, phrases, shares. What that costs is in faults.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from language.care.lexicon import Lexicon, Span
from language.care.text import Sentence, emojis, fold, sentences, stem, words

MOST_CHARACTERS = 4000
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CONCRETE = re.compile(r"\d")
_EXCLAIMED = re.compile(r"!+")


@dataclass(frozen=True)
class Reading:
    """A message and its reply as the rules see them; texts folded, offsets those of the reply."""

    message: str
    reply: str
    lexicon: Lexicon
    author_name: str | None = None

    @classmethod
    def of(
        cls, message: str, reply: str, lexicon: Lexicon, author_name: str | None = None
    ) -> "Reading":
        """Fold both texts; only their first MOST_CHARACTERS are read."""
        return cls(
            fold(message[:MOST_CHARACTERS]), fold(reply[:MOST_CHARACTERS]), lexicon, author_name
        )

    @cached_property
    def words(self) -> list[str]:
        return words(self.reply)

    @cached_property
    def sentences(self) -> list[Sentence]:
        return sentences(self.reply)

    @cached_property
    def topics(self) -> Mapping[str, str]:
        """Content words of the message: stem to word."""
        small = self.lexicon.small
        return {
            stem(word): word
            for word in words(self.message)
            if word not in small and (len(word) > 2 or word.isdigit())
        }

    @cached_property
    def taken_up(self) -> set[str]:
        """Stems of the message that the reply uses, generic words left out."""
        generic = {stem(self.reply[s.start : s.end]) for s in self.spans["generic"]}
        return ({stem(word) for word in self.words} & set(self.topics)) - generic

    @cached_property
    def spans(self) -> Mapping[str, list[Span]]:
        """Phrases of every kind in the reply."""
        kinds = self.lexicon.patterns
        return {
            kind: self.lexicon.spans(kind, self.reply)
            for kind in ("generic", *kinds)
            if not kind.startswith("m_")
        }

    def count(self, kind: str) -> int:
        return len(self.spans.get(kind, ()))

    @cached_property
    def exclaimed(self) -> list[Span]:
        marks = [Span(m.start(), m.end()) for m in _EXCLAIMED.finditer(self.reply)]
        return marks + [Span(m.start(), m.end()) for m in emojis(self.reply)]

    @cached_property
    def numbers(self) -> int:
        """Numbers of the reply, at most three counted."""
        return min(3, len(_NUMBER.findall(self.reply)))

    @cached_property
    def is_praise(self) -> bool:
        praised = len(self.lexicon.spans("m_praise", self.message))
        upset = len(self.lexicon.spans("m_upset", self.message))
        return praised > 0 and praised > upset and "?" not in self.message

    @cached_property
    def is_upset(self) -> bool:
        if self.is_praise:
            return False
        upset = len(self.lexicon.spans("m_upset", self.message))
        return upset >= 2 or (upset >= 1 and not self.is_question)

    @cached_property
    def is_question(self) -> bool:
        return "?" in self.message or self.lexicon.has("m_ask", self.message)

    @cached_property
    def stale(self) -> list[bool]:
        """Per sentence: whether it is made of phrases that fit any message."""
        kinds = ("stock", "boiler", "passing", "soon", "pingpong", "waiting", "policy", "promo")
        spans = [span for kind in kinds for span in self.spans.get(kind, ())]
        return [
            any(s.start < line.end and s.end > line.start for s in spans) for line in self.sentences
        ]

    def is_telling(self, line: Sentence) -> bool:
        """Whether a sentence says something about this message."""
        own = {stem(word) for word in words(line.text)} & set(self.topics)
        return bool(
            own & self.taken_up
            or _CONCRETE.search(line.text)
            or self.lexicon.has("done", line.text)
            or self.lexicon.has("yes", line.text[:30])
        )
