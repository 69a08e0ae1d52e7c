"""Finds what X turns into a link, with and without a scheme. How much a link counts is in x_length.

After twitter-text (github.com/twitter/twitter-text, Apache-2.0), extractUrlsWithIndices and its regexes.
"""

import re
from collections.abc import Iterable, Iterator

from contracts.networks.x_domains import COUNTRY, GENERIC

_LONGEST = 4096
_LONGEST_LABEL = 63
_LONGEST_SLUG = 40

_SPACES = "\\x09-\\x0d\\x20\\x85\\xa0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_INVALID = "\ufffe\ufeff\uffff"
_DIRECTION = "\u202a-\u202e\u061c\u200e\u200f\u2066-\u2069"
_PUNCTUATION = r"!'#%&'()*+,\\\-./:;<=>?@\[\]^_{|}~$"
_LATIN = (
    "\xc0-\xd6\xd8-\xf6\xf8-\xff\u0100-\u024f\u0253\u0254\u0256\u0257\u0259\u025b\u0263\u0268"
    "\u026f\u0272\u0289\u028b\u02bb\u0300-\u036f\u1e00-\u1eff"
)
_OUTSIDE = f"{_PUNCTUATION}{_SPACES}{_INVALID}{_DIRECTION}"
_LETTER = f"[^{_OUTSIDE}]"


def _tree(words: Iterable[str]) -> str:
    """Return an expression for any of these words that reads each letter once."""
    below: dict[str, list[str]] = {}
    for word in words:
        below.setdefault(word[:1], []).append(word[1:])
    is_end = below.pop("", None) is not None
    branches = [re.escape(letter) + _tree(rest) for letter, rest in below.items()]
    if not branches:
        return ""
    return f"(?:{'|'.join(branches)})" + ("?" if is_end else "")


# Of Latin ends only one can stand before a break; of others the first in the order of the list is taken.
_TOP = (
    f"(?:{_tree(one for one in GENERIC + COUNTRY if one[0].isascii())}(?=[^0-9a-zA-Z@+-]|$)"
    f"|(?=[^\\x00-\\x7f])(?:{'|'.join(one for one in GENERIC + COUNTRY if not one[0].isascii())})"
    "(?=[^0-9a-zA-Z@+-]|$)|xn--[\\-0-9a-z]+)"
)
# A run of letters is taken whole (++): what can match in one way only is not tried in others.
_SUBDOMAIN = f"{_LETTER}(?:{_LETTER}|[_-])*+(?<![_-])\\."
_NAME = f"{_LETTER}(?:{_LETTER}|-)*+(?<!-)\\."
_DOMAIN = f"(?:{_SUBDOMAIN}){{0,126}}{_NAME}{_TOP}"
_GENERAL = f"[a-z\u0400-\u04ff0-9!*';:=+,.$/%#\\[\\]\\-\u2013_~@|&{_LATIN}]"
_PARENTHESES = f"\\((?:{_GENERAL}+|{_GENERAL}*\\({_GENERAL}+\\){_GENERAL}*)\\)"
_PATH_END = f"(?:[+\\-a-z\u0400-\u04ff0-9=_#/{_LATIN}]|{_PARENTHESES})"
_PATH = f"(?:{_GENERAL}*(?:{_PARENTHESES}{_GENERAL}*)*{_PATH_END}|@{_GENERAL}+/)"
_QUERY = r"\?[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]*[a-z0-9\-_&=#/]"

_ADDRESS = re.compile(
    f"(?P<before>[^A-Za-z0-9@\uff20$#\uff03{_INVALID}]|[{_DIRECTION}]|^)"
    f"(?P<url>(?P<scheme>https?://)?(?P<domain>{_DOMAIN})(?::[0-9]+)?"
    f"(?P<path>/{_PATH}*)?(?:{_QUERY})?)",
    re.IGNORECASE,
)
_PLAIN_DOMAIN = re.compile(f"(?:[\\-a-z0-9{_LATIN}]+\\.)+{_TOP}", re.IGNORECASE)
_SHORT = re.compile(f"https?://t\\.co/([a-z0-9]+)(?:{_QUERY})?", re.IGNORECASE)
_WORD = re.compile(f"[^{_SPACES}]+")
_LABEL_DOTS = re.compile("[\u3002\uff0e\uff61]")


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Yield where each address begins and ends, in order. An e-mail address or @name is none."""
    for word in _WORD.finditer(text):
        # No address has a space in it: a word without a dot needs no look.
        if "." in word.group():
            for start, end in _in_word(word.group()):
                yield word.start() + start, word.start() + end


def _in_word(word: str) -> Iterator[tuple[int, int]]:
    for found in _ADDRESS.finditer(word):
        if not _is_callable(found):
            continue
        if not found["scheme"]:
            yield from _without_scheme(found)
            continue
        short = _SHORT.match(found["url"])
        if short is None:
            yield found.span("url")
        elif len(short[1]) <= _LONGEST_SLUG:
            # Nothing behind the slug belongs to a shortened address.
            yield found.start("url"), found.start("url") + short.end()


def _without_scheme(found: re.Match[str]) -> Iterator[tuple[int, int]]:
    """Only Latin names are links by themselves; letters of other scripts before them are not theirs."""
    if found["before"].endswith(("-", "_", ".", "/")):
        return
    start = found.start("domain")
    spans = [
        (start + one.start(), start + one.end()) for one in _PLAIN_DOMAIN.finditer(found["domain"])
    ]
    if spans and found["path"]:
        spans[-1] = (spans[-1][0], found.end("url"))
    yield from spans


def _is_callable(found: re.Match[str]) -> bool:
    """True when the name system could know such a host."""
    domain, scheme = found["domain"], found["scheme"] or "https://"
    if domain.startswith("xn--") and _PLAIN_DOMAIN.search(domain) is None:
        return False
    if any(not 0 < _encoded_length(label) <= _LONGEST_LABEL for label in domain.split(".")):
        return False
    return len(scheme) + len(found["url"]) <= _LONGEST


def _encoded_length(label: str) -> int:
    """Return how long a label is in Punycode."""
    parts = _LABEL_DOTS.split(label)
    lengths = [
        len(one) if one.isascii() else len("xn--") + len(one.encode("punycode")) for one in parts
    ]
    return sum(lengths) + len(parts) - 1
