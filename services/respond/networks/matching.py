"""Recognises an own answer among texts that a network gave back. Pure."""

import re
import unicodedata
from html.parser import HTMLParser

_REMOTE = re.compile(r"@([\w.-]*\w)@[\w-]+(?:\.[\w-]+)+")
_BLOCKS = frozenset({"br", "p", "div", "li"})


def fingerprint(text: str) -> str:
    """Return what stays of a text when a network shortens mentions, trims spaces or sets quotes anew."""
    folded = unicodedata.normalize("NFKC", _REMOTE.sub(r"@\1", text)).casefold()
    letters = "".join(char for char in folded if char.isalnum())
    return letters or "".join(folded.split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002 - html.parser's
        if tag in _BLOCKS:
            self.parts.append("\n")


def plain(html: str) -> str:
    """Return the words of a status; only good for comparing, never for showing."""
    words = _Words()
    words.feed(html)
    words.close()
    return "".join(words.parts)
