"""How long a reply may be, counted as its network counts it. The counting is in contracts.networks."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from contracts.networks import graphemes
from contracts.networks.protocol import Measure
from services.gateway.domain.networks import measure_of

# What networks count differently from the plain units: the page counts alone only where both agree.
_PROBES = (
    "a < b & c", "see https://example.com/a/very/long/path?with=query#and-more.", "@ada@social.example",
    "\u00e9e\u0301 \U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e8\U0001f1ed \u6f22\u5b57", "example.com #tag",
    " a \n\n\n b ",
)  # fmt: skip
_PLAIN: Mapping[str, Callable[[str], int]] = {
    "characters": len,
    "graphemes": graphemes.count,
    "bytes": lambda text: len(text.encode("utf-8", "surrogatepass")),
    "utf16": lambda text: len(text.encode("utf-16-le", "surrogatepass")) // 2,
}


@dataclass(frozen=True, slots=True)
class LengthRule:
    """A limit and what the page needs to count while typing.

    `counts` is `page` where the plain unit says it all, else `server`: the page asks.
    """

    limit: int
    unit: str
    counts: str


@dataclass(frozen=True, slots=True)
class Counted:
    """A text as its network counts it."""

    length: int
    limit: int
    fits: bool


@cache
def length_rule(network: str, kind: str | None = None, *, is_private: bool = False) -> LengthRule:
    """Return the network's rule; a careful one for a network that is new to us."""
    measure = measure_of(network, kind, is_private=is_private)
    return LengthRule(measure.limit, measure.unit, "page" if _is_plain(measure) else "server")


def counted(text: str, network: str, kind: str | None, *, is_private: bool = False) -> Counted:
    """Return what the network counts, and whether it takes the text."""
    measure = measure_of(network, kind, is_private=is_private)
    return Counted(measure.length(text), measure.limit, measure.fits(text))


def length_of(text: str, network: str, kind: str | None = None) -> int:
    """Return the length as the network counts it."""
    return measure_of(network, kind).length(text)


def _is_plain(measure: Measure) -> bool:
    plain = _PLAIN.get(measure.unit)
    if plain is None or measure.url_length or measure.also is not None:
        return False
    return all(measure.length(probe) == plain(probe) for probe in _PROBES)
