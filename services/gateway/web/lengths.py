"""How long a reply may be, counted as its network counts it. The counting is in contracts.networks."""

from dataclasses import dataclass

from contracts.networks import facebook, graphemes, mastodon

CAREFUL_LIMIT = 1000


@dataclass(frozen=True, slots=True)
class LengthRule:
    """A limit and what the page needs to count while typing.

    `unit` is `characters` (code points) or `graphemes`; `url_length` 0: an address counts as typed.
    """

    limit: int
    unit: str
    url_length: int = 0


def length_rule(network: str) -> LengthRule:
    """Return the network's rule; a careful one for a network that is new to us."""
    if network == "facebook":
        return LengthRule(facebook.LIMIT, "characters")
    if network == "mastodon":
        return LengthRule(mastodon.LIMIT, "graphemes", mastodon.URL_LENGTH)
    return LengthRule(CAREFUL_LIMIT, "graphemes")


def length_of(text: str, network: str) -> int:
    """Return the length as the network counts it."""
    if network == "facebook":
        return facebook.length(text)
    return mastodon.length(text) if network == "mastodon" else graphemes.count(text)
