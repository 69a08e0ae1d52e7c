"""Makes a text readable for an encoder: links, names and emoji become words. Knows no vocabulary."""

import re
import unicodedata
from collections.abc import Container

MAX_CHARACTERS = 1_000
"""Only this much of a text is read: a comment is shorter, and hostile ones are not."""

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w.])@[\w.]+")
_PILED_MARKS = re.compile("([\u0300-\u036f\u0489])[\u0300-\u036f\u0489]+")
_UNSEEN = re.compile("[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u200b-\u200f\u202a-\u202e\u2060\ufe0e\ufe0f\ufeff\ud800-\udfff\U0001f3fb-\U0001f3ff]")  # fmt: skip
_PICTURE = re.compile("[\u2190-\u21ff\u2300-\u27bf\u2900-\u297f\u2b00-\u2bff\u3030\u303d\U0001f000-\U0001faff]")  # fmt: skip


def spelled(text: str, known: Container[str] = frozenset(), longest: int = MAX_CHARACTERS) -> str:
    """The first `longest` characters of a text, its emoji spelled out as a reader would say them, less the `known` ones."""
    short = _NAME.sub("@user", _LINK.sub("http", text[:longest]))
    if not short.isascii():
        short = _PILED_MARKS.sub(r"\1", _UNSEEN.sub("", short))
        short = _PICTURE.sub(lambda found: _named(found, known), short)
    return " ".join(short.split())


def _named(found: re.Match[str], known: Container[str]) -> str:
    if found.group() in known:
        return found.group()
    name = unicodedata.name(found.group(), "").lower()
    return (
        f" {name.removeprefix('regional indicator symbol letter ').removeprefix('heavy black ')} "
    )
