"""Finds mentions, links and tags in a text: what Bluesky shows as more than plain words. Pure.

Follows the detection of Bluesky's own clients (bluesky-social/atproto, packages/api, rich-text).
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from contracts.networks import x_domains

_AHEAD = r"(?:^|(?<=[\s(]))"
_MENTION = re.compile(_AHEAD + r"@([a-zA-Z0-9.-]*[a-zA-Z0-9])(?![a-zA-Z0-9_])")
_HANDLE = re.compile(r"(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*")
_LINK = re.compile(
    _AHEAD + r"(?:https?://\S+|(?P<domain>[a-z][a-z0-9]*(?:\.[a-z0-9]+)+)\S*)",
    re.IGNORECASE | re.MULTILINE,
)
_UNSEEN = r"\u00AD\u2060\u200A\u200B\u200C\u200D\u20e2"
_TAG = re.compile(rf"(?:^|(?<=\s))[#\uFF03](?!\uFE0F)([^\s{_UNSEEN}]+)")
_TAG_LENGTH = 64
_DOMAINS = frozenset({*x_domains.GENERIC, *x_domains.COUNTRY})

Kind = Literal["mention", "link", "tag"]


@dataclass(frozen=True, slots=True)
class Facet:
    """A part of a text, by UTF-8 byte offsets. `value`: the handle, the whole address, or the tag."""

    kind: Kind
    start: int
    end: int
    value: str


def detect(text: str) -> list[Facet]:
    """Return the facets in their order; they never overlap."""
    found = sorted([*_mentions(text), *_links(text), *_tags(text)], key=lambda one: one[1:3])
    facets: list[Facet] = []
    for kind, start, end, value in found:
        first, last = _bytes(text, start), _bytes(text, end)
        if not facets or first >= facets[-1].end:
            facets.append(Facet(kind, first, last, value))
    return facets


_Found = list[tuple[Kind, int, int, str]]


def _mentions(text: str) -> _Found:
    found = [one for one in _MENTION.finditer(text) if _HANDLE.fullmatch(one[1])]
    return [("mention", one.start(), one.end(), one[1]) for one in found]


def _links(text: str) -> _Found:
    found: _Found = []
    for one in _LINK.finditer(text):
        domain = one["domain"]
        if domain and domain.rpartition(".")[2].lower() not in _DOMAINS:
            continue
        shown = one[0]
        # What ends the sentence is no part of the address, nor a bracket that was opened before it.
        if shown[-1] in ".,;:!?":
            shown = shown[:-1]
        if shown.endswith(")") and "(" not in shown:
            shown = shown[:-1]
        uri = f"https://{shown}" if domain else shown
        found.append(("link", one.start(), one.start() + len(shown), uri))
    return found


def _tags(text: str) -> _Found:
    found: _Found = []
    for one in _TAG.finditer(text):
        tag = one[1]
        while tag and unicodedata.category(tag[-1]).startswith("P"):
            tag = tag[:-1]
        is_word = any(not char.isdigit() and not _is_punctuation(char) for char in tag)
        if is_word and len(tag) <= _TAG_LENGTH:
            found.append(("tag", one.start(), one.start() + 1 + len(tag), tag))
    return found


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char).startswith("P")


def _bytes(text: str, at: int) -> int:
    return len(text[:at].encode("utf-8", "replace"))
