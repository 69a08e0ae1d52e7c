"""Reads a message and a reply once: words, numbers, phrases, shares. What that costs is in faults.py."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from language.care.greeting import misnamed
from language.care.lexicon import Lexicon, Span
from language.care.text import Sentence, emojis, fold, sentences, stem, words

MOST_CHARACTERS = 4000
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_CONCRETE = re.compile(r"\d")
_EXCLAIMED = re.compile(r"!+")
_QUOTED = re.compile(r"[\"\u00ab\u201c\u201e][^\"\u00bb\u201c\u201d]{1,80}[\"\u00bb\u201c\u201d]")
_LONG_NUMBER = re.compile(r"\d{4,}")


@dataclass(frozen=True)
class Reading:
    """A message and its reply as the rules see them; texts folded, offsets those of the reply."""

    message: str
    reply: str
    lexicon: Lexicon
    author_name: str | None = None
    written: str = ""

    @classmethod
    def of(
        cls, message: str, reply: str, lexicon: Lexicon, author_name: str | None = None
    ) -> "Reading":
        """Fold both texts; only their first MOST_CHARACTERS are read."""
        asked, said = message[:MOST_CHARACTERS], reply[:MOST_CHARACTERS]
        return cls(fold(asked), fold(said), lexicon, author_name, said)

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
    def numbers_told(self) -> int:
        """Numbers outside of asides, at most three counted."""
        lines = (
            self.sentences
            if self.is_measured
            else [x for x in self.sentences if x not in self.asides]
        )
        return min(3, sum(len(_NUMBER.findall(line.text)) for line in lines))

    @cached_property
    def is_praise(self) -> bool:
        own = _QUOTED.sub(" ", self.message)  # what is quoted is somebody else's warmth
        praised = len(self.lexicon.spans("m_praise", own))
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
    def is_measured(self) -> bool:
        """Whether the message asks for a number, a time or a place."""
        return self.is_question and not self.is_why and self.lexicon.has("m_amount", self.message)

    @cached_property
    def is_why(self) -> bool:
        return self.lexicon.has("m_why", self.message)

    @cached_property
    def is_direct(self) -> bool:
        """Whether the first two sentences give a verdict or the reason that was asked for."""
        lines = [line.text for line in self.sentences[:3]]
        if self.is_why:
            return any(self._owns(text) for text in lines[:2])
        return any(self.lexicon.has("verdict", _opening(text)) for text in lines[:2])

    def _owns(self, text: str) -> bool:
        return any(self.lexicon.has(kind, text) for kind in ("reason", "honest", "apology"))

    @cached_property
    def is_danger(self) -> bool:
        return self.lexicon.has("m_danger", self.message)

    @cached_property
    def misnamed(self) -> Span | None:
        """Where the reply greets somebody else."""
        return misnamed(self.message, self.written, self.author_name)

    @cached_property
    def asides(self) -> list[Sentence]:
        """Sentences of figures in which nobody acts and nobody is spoken to."""
        return [
            line
            for line in self.sentences
            if _CONCRETE.search(line.text) and not self._is_addressed(line.text)
        ]

    def _is_addressed(self, text: str) -> bool:
        kinds = ("person", "done", "will", "honest", "reason", "verdict", "safe", "apology")
        return any(self.lexicon.has(kind, text) for kind in kinds)

    @cached_property
    def asked_again(self) -> list[Sentence]:
        """Sentences that ask for what the message already says."""
        return [line for line in self.sentences if self._asks_again(line.text)]

    def _asks_again(self, text: str) -> bool:
        if not (text.endswith("?") or self.lexicon.has("ask", _opening(text))):
            return False
        if self.lexicon.has("number_word", text) and _LONG_NUMBER.search(self.message):
            return True
        own = {stem(word) for word in words(text)} & set(self.topics)
        return text.endswith("?") and len(own) >= 3

    @cached_property
    def dated(self) -> int:
        """Sentences in which a person and a time stand together and no phrase puts off."""
        return sum(
            self.lexicon.has("person", line.text)
            and self.lexicon.has("time", line.text)
            and not is_stale
            for line, is_stale in zip(self.sentences, self.stale, strict=True)
        )

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


def _opening(text: str) -> str:
    """The first ten words of a sentence."""
    return " ".join(words(text)[:10])
