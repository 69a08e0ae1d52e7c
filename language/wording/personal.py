"""Personal data in a text that anybody can read: mail addresses, telephone, account and card numbers.

What a brand says of itself (its own service number) is allowed by the caller, who knows what it knows.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import phonenumbers

from language.wording.folding import Folded, fold

Kind = Literal["email", "phone", "iban", "card"]
REGIONS = {
    "en": ("GB", "US"), "de": ("DE", "AT", "CH"), "fr": ("FR",), "es": ("ES", "MX"), "pt": ("PT", "BR"), "it": ("IT",),
}  # fmt: skip
_AT = r"\s?(?:@|[\[({]\s?(?:at|a|arroba|chiocciola|arobase)\s?[\])}]|(?<=\s)(?:at|arroba|chiocciola|arobase)(?=\s))\s?"
_DOT = r"\s?(?:\.|[\[({]\s?(?:dot|punkt|punto|ponto|point)\s?[\])}]|(?<=\s)(?:dot|punkt|punto|ponto)(?=\s))\s?"
_MAIL = re.compile(
    rf"(?<![\w.+/-])[\w.+-]{{1,64}}{_AT}(?:[\w-]{{1,63}}{_DOT}){{1,4}}[a-z]{{2,24}}(?![\w-])"
)
_IBAN = re.compile(r"(?<!\w)[a-z]{2}\d{2}(?:[ .-]?[a-z0-9]{4}){2,7}(?:[ .-]?[a-z0-9]{1,4})?(?!\w)")
_CARD = re.compile(r"(?<![\w.,-])\d(?:[ .-]?\d){12,18}(?![\w-])")
_DIGITS = re.compile(r"\d")
_PHONE_DIGITS = 7
_OTHER_NUMBER = re.compile(
    r"(?:order|bestell|auftrag|pedido|commande|encomenda|ordine|ref|ticket|artikel|article|rechnung|invoice|factu?r|fattura|"
    r"case|caso|vorgang|kunden|tracking|sendung|envio|colis|spedizione|serial|serie|isbn|ean|charge|lot)\w*[\W_]*"
    r"(?:n[ro°]?[\W_]*|nummer|number|numero|id|code)?[\W_]*(?:is|ist|es|est|e)?[\W_]*$|#$"
)


@dataclass(frozen=True, slots=True)
class Personal:
    """Something of a person at text[start:end]; `bare` is it without blanks, for comparing."""

    start: int
    end: int
    kind: Kind
    bare: str


def personal_data(text: str, language: str | None = None) -> list[Personal]:
    """Return everything of people in the text, in order. The language says whose telephone numbers are meant."""
    folded = fold(text)
    found = [*_mails(folded), *_ibans(folded), *_cards(folded)]
    found += (
        one for one in _phones(folded, language) if not any(_overlap(one, other) for other in found)
    )
    return sorted(found, key=lambda one: one.start)


def _mails(folded: Folded) -> Iterator[Personal]:
    for match in _MAIL.finditer(folded.chars):
        bare = re.sub(_DOT, ".", re.sub(_AT, "@", match.group()))
        yield _personal(folded, match, "email", bare)


def _ibans(folded: Folded) -> Iterator[Personal]:
    for match in _IBAN.finditer(folded.chars):
        bare = re.sub(r"[ .-]", "", match.group()).upper()
        # Words after the number may look like more of it: the checksum tells where it ends.
        if any(is_iban(bare[:length]) for length in range(len(bare), 14, -1)):
            yield _personal(folded, match, "iban", bare)


def _cards(folded: Folded) -> Iterator[Personal]:
    for match in _CARD.finditer(folded.chars):
        bare = re.sub(r"\D", "", match.group())
        if is_card(bare):
            yield _personal(folded, match, "card", bare)


def _phones(folded: Folded, language: str | None) -> Iterator[Personal]:
    if len(_DIGITS.findall(folded.chars)) < _PHONE_DIGITS:
        return
    seen: list[tuple[int, int]] = []
    for region in REGIONS.get(language or "", ("GB", "DE", "FR", "ES", "IT", "PT")):
        for match in phonenumbers.PhoneNumberMatcher(
            folded.chars, region, leniency=phonenumbers.Leniency.VALID
        ):
            is_other = match.raw_string.isdigit() and _OTHER_NUMBER.search(
                folded.chars[max(0, match.start - 40) : match.start]
            )
            if not is_other and not any(
                match.start < end and start < match.end for start, end in seen
            ):
                seen.append((match.start, match.end))
                bare = re.sub(r"[^\d+]", "", match.raw_string)
                yield Personal(
                    folded.starts[match.start], folded.ends[match.end - 1], "phone", bare
                )


def is_iban(bare: str) -> bool:
    """Whether the check digits fit (ISO 13616, ISO 7064 mod 97-10)."""
    if not 15 <= len(bare) <= 34:
        return False
    turned = bare[4:] + bare[:4]
    return int("".join(str(int(char, 36)) for char in turned)) % 97 == 1


def is_card(bare: str) -> bool:
    """Whether the check digit fits (ISO/IEC 7812, Luhn) and a card network begins like this."""
    if not 13 <= len(bare) <= 19 or bare[0] not in "23456" or len(set(bare)) == 1:
        return False
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(bare)))
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _personal(folded: Folded, match: re.Match[str], kind: Kind, bare: str) -> Personal:
    return Personal(folded.starts[match.start()], folded.ends[match.end() - 1], kind, bare)


def _overlap(one: Personal, other: Personal) -> bool:
    return one.start < other.end and other.start < one.end
