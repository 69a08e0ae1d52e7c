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
# What is written as code keeps its signs; its fence and the name of its language go.
_CODE = re.compile(r"```(?:[\w+#-]{1,20}\n)?\n?(.{1,10000}?)\n?```|`([^`\n]{1,500})`", re.DOTALL)
_KEPT = re.compile("\ue000(\\d{1,5})\ue001")
_SPOILER = re.compile(r">!([^\n]{1,500}?)!<")
_RAISED = re.compile(r"(?<!\S)\^+(?=\w)")
_RAISED_GROUP = re.compile(r"\^\(([^()\n]{1,500})\)")
_HEADING = re.compile(r"^#{1,6}\s+", re.MULTILINE)


def without_marks(text: str) -> str:
    """Return the text a reader sees: no emphasis, headings or raised marks; a link as its words and address."""
    if len(text) > _LONGEST:
        return text
    kept: list[str] = []
    text = _CODE.sub(lambda found: _keep(found, kept), _KEPT.sub(r"\1", text))
    text = _SPOILER.sub(r"\1", _HEADING.sub("", _LINK.sub(_shown, text)))
    text = _RAISED_GROUP.sub(r"\1", text)
    for pair in _PAIRS:
        text = pair.sub(r"\1", text)
    text = _ESCAPED.sub(r"\1", _RAISED.sub("", text))
    # What has no code kept for it stood in the text itself.
    return _KEPT.sub(lambda found: "".join(kept[int(found[1]) :][:1]) or found[1], text)


def _keep(found: re.Match[str], kept: list[str]) -> str:
    kept.append(found[1] or found[2])
    return f"\ue000{len(kept) - 1}\ue001"


def _shown(found: re.Match[str]) -> str:
    return found[2] if found[1] == found[2] else f"{found[1]} ({found[2]})"
