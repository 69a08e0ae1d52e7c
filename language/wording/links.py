"""Links in a text, written out or disguised, with the host they lead to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote

from language.wording.folding import Folded, fold

_SUFFIXES = (
    "com net org info biz io co me app shop store online site xyz top club dev ai ly gg tv cc link page blog live eu de at ch fr be "
    "es it pt br mx ar uk ie us ca nl pl se dk no fi cz ru cn in gl ee to sh space website click social agency coffee"
)
_SUFFIX = "(?:" + "|".join(sorted(_SUFFIXES.split(), key=len, reverse=True)) + ")"
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_URL = re.compile(r"(?:h(?:tt|xx)ps?\s?:\s?/{1,2}\s?|www\s?\.\s?)(?P<rest>[^\s<>\"')\]]+)")
_BARE = re.compile(
    rf"(?<![\w@.-])(?P<host>(?:{_LABEL}\.)+{_SUFFIX})(?::\d+)?(?P<path>[/?#]\S*)?(?![\w-])(?!\.\w)"
)
_DOT = r"\s?(?:[\[({<]\s?(?:\.|dot|punto|ponto|point|punkt)\s?[\])}>]|(?<=\s)(?:dot|punto|ponto|punkt)(?=\s)|\s\.\s?|\.\s(?=com\b|net\b|org\b))\s?"
_SPELLED = re.compile(rf"(?<![\w@.-])(?P<host>{_LABEL}(?:{_DOT}{_LABEL})*{_DOT}{_SUFFIX})(?![\w-])")
_HOST = re.compile(r"(?:[^/?#\\]*@)?([^/?#:\\]+)")


@dataclass(frozen=True, slots=True)
class Link:
    """A link at text[start:end]. `host` is lower case, in punycode where it is international."""

    start: int
    end: int
    host: str


def links(text: str) -> list[Link]:
    """Every link, in order. A mail address is none."""
    folded, lowered = fold(text), text.lower()
    found = [
        _link(match.start(), match.end(), _host_of(match.group("rest")))
        for match in _URL.finditer(lowered)
    ]
    found += [
        _link(match.start(), match.end(), match.group("host")) for match in _BARE.finditer(lowered)
    ]
    for pattern in (_BARE, _SPELLED):
        found += [_folded_link(folded, match) for match in pattern.finditer(folded.chars)]
    found = [link for link in found if not _is_next_sentence(text[link.start : link.end])]
    return _distinct(link for link in found if "." in link.host)


def is_allowed(host: str, allowed: Iterable[str]) -> bool:
    """Whether the host is one of these or below one of these."""
    hosts = (
        _ascii(entry.strip().lower().removeprefix("*.").removeprefix("www.")) for entry in allowed
    )
    return any(host == one or host.endswith(f".{one}") for one in hosts if one)


def _host_of(rest: str) -> str:
    match = _HOST.match(unquote(rest))
    return match.group(1) if match else ""


def _link(start: int, end: int, host: str) -> Link:
    return Link(start, end, _ascii(host.removeprefix("www.")))


def _folded_link(folded: Folded, match: re.Match[str]) -> Link:
    raw = re.sub(_DOT, ".", match.group("host"))
    start, end = folded.starts[match.start()], folded.ends[match.end() - 1]
    return Link(start, end, _ascii(re.sub(r"\s", "", raw).removeprefix("www.")))


def _ascii(host: str) -> str:
    """The host as the network's resolver takes it."""
    host = host.strip(".,;:!…")
    try:
        return host if host.isascii() else host.encode("idna").decode()
    except UnicodeError:
        return host


def _is_next_sentence(text: str) -> bool:
    """A full stop without its blank: "That is good.It helps"."""
    last = text.rpartition(".")[2]
    return "/" not in text and last.istitle() and text[:1].isalpha() and not text.istitle()


def _distinct(found: Iterable[Link]) -> list[Link]:
    """Of links in one place the first; a look-alike host is kept as it is really written."""
    kept: list[Link] = []
    for link in found:
        if not any(link.start < other.end and other.start < link.end for other in kept):
            kept.append(link)
    return sorted(kept, key=lambda link: link.start)
