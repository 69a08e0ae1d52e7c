"""How long a post is at X: code points with weights, a picture 2, an address 23. The limit is in x.

After twitter-text (github.com/twitter/twitter-text, Apache-2.0), parseTweet with config/v3.json.
"""

import unicodedata

from contracts.networks.x_addresses import addresses
from contracts.networks.x_emoji import EMOJI

URL_LENGTH = 23
_HEAVY = 2
# Latin to Georgian, spaces and joiners, dashes and quotation marks, primes.
_LIGHT = ((0x0000, 0x10FF), (0x2000, 0x200D), (0x2010, 0x201F), (0x2032, 0x2037))


def length(text: str) -> int:
    """Return the weighted length: what X compares with its limit."""
    text = unicodedata.normalize("NFC", text)
    total = at = 0
    for start, end in addresses(text):
        total += _words(text[at:start]) + URL_LENGTH
        at = end
    return total + _words(text[at:])


def _words(text: str) -> int:
    if text.isascii():
        return len(text)
    total = at = 0
    for picture in EMOJI.finditer(text):
        total += sum(map(_weight, text[at : picture.start()])) + _HEAVY
        at = picture.end()
    return total + sum(map(_weight, text[at:]))


def _weight(char: str) -> int:
    code = ord(char)
    return 1 if any(first <= code <= last for first, last in _LIGHT) else _HEAVY
