"""Markdown as Reddit and Discord write it to plain text. Only marks that cannot be anything else are taken away."""

import re

# Longer than any comment or post of these networks: what is longer is left as it is.
_LONGEST = 50_000

_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|~>^])")
_LINK = re.compile(r"\[([^\[\]\n]{1,300})\]\((https?://[^\s()]{1,2000})\)")
# A mark opens before a word and closes after one, so that 2*3*4 and snake_case stay what they are.
_PAIRS = tuple(
    re.compile(rf"(?<![\w\\{mark[-1]}]){mark}(?=\S)([^\n]{{1,500}}?)(?<=\S){mark}(?!\w)")
    for mark in (r"\*\*\*", r"\*\*", r"__", r"~~", r"\|\|", r"\*", r"_")
)
_RAISED = re.compile(r"(?<!\S)\^+(?=\w)")
_RAISED_GROUP = re.compile(r"\^\(([^()\n]{1,500})\)")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)


def without_marks(text: str) -> str:
    """Return the text a reader sees: no emphasis, headings or raised marks; a link as its words and address."""
    if len(text) > _LONGEST:
        return text
    text = _RAISED_GROUP.sub(r"\1", _HEADING.sub("", _LINK.sub(_shown, text)))
    for pair in _PAIRS:
        text = pair.sub(r"\1", text)
    return _ESCAPED.sub(r"\1", _RAISED.sub("", text))


def _shown(found: re.Match[str]) -> str:
    return found[2] if found[1] == found[2] else f"{found[1]} ({found[2]})"
