"""Amounts of money in a text, however they are written, with value and currency. Which are allowed: rules.py."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from language.wording.folding import Folded, fold
from language.wording.vocabulary import listed

_CURRENCIES = {
    "EUR": r"€|eur(?:o|os)?", "USD": r"us\$|\$|usd|dollars?|dolares|dolar|dollari|bucks", "GBP": r"£|gbp|pounds?|quid|libras?",
    "CHF": r"chf|sfr\.?|franken|francs?|franchi|francos?", "BRL": r"r\$|brl|rea(?:l|is)",
    "CENT": r"¢|cents?|ct|centimes?|centimos?|centavos?|centesimi|pence",
}  # fmt: skip
_NUMBER = r"\d{1,3}(?:[.,' ]\d{3})+(?:[.,]\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d)"
_SIGN = "|".join(f"(?P<{{side}}{code}>{signs})" for code, signs in _CURRENCIES.items())
_BEFORE = _SIGN.replace("{side}", "before_")
_AFTER = _SIGN.replace("{side}", "after_")
_AMOUNT = re.compile(
    rf"(?<![\w])(?:{_BEFORE})\s?(?P<first>{_NUMBER})(?:[.,]?-+)?"
    rf"|(?<![\w.,])(?P<second>{_NUMBER})(?:[.,]?-+)?\s?(?:{_AFTER})(?![^\W_])"
)


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount at text[start:end]. `value` is None where it is spelled in words."""

    start: int
    end: int
    value: Decimal | None
    currency: str


def amounts(text: str) -> list[Amount]:
    """Every amount of money, in order."""
    folded = fold(text)
    found = [_amount(folded, match) for match in _AMOUNT.finditer(folded.chars)]
    found += (
        Amount(
            folded.starts[match.start()],
            folded.ends[match.end() - 1],
            None,
            match.group().split()[-1],
        )
        for match in _spelled().finditer(folded.chars)
    )
    return sorted(found, key=lambda amount: amount.start)


def only_amount(text: str) -> Amount | None:
    """The amount that is the whole text, or None."""
    found = amounts(text)
    if (
        len(found) == 1
        and not text[: found[0].start].strip()
        and not text[found[0].end :].strip(" .,-")
    ):
        return found[0] if found[0].value is not None else None
    return None


def _amount(folded: Folded, match: re.Match[str]) -> Amount:
    sign = next(name for name, value in match.groupdict().items() if value and "_" in name)
    number = match.group("first") or match.group("second")
    return Amount(
        folded.starts[match.start()],
        folded.ends[match.end() - 1],
        _value(number),
        sign.partition("_")[2],
    )


def _value(number: str) -> Decimal:
    """The value; the last mark is the decimal one where one or two digits follow it."""
    whole, mark, cents = re.fullmatch(r"(.*?)(?:([.,])(\d{1,2}))?", number).groups()  # type: ignore[union-attr]
    digits = re.sub(r"\D", "", whole)
    return Decimal(f"{digits}.{cents:0<2}" if mark else f"{digits}.00")


@cache
def _spelled() -> re.Pattern[str]:
    """An amount in words: the last part of a numeral, and a currency."""
    numerals = "|".join(sorted(listed("numerals"), key=len, reverse=True))
    units = "euros?|dollars?|dolares|dollari|pounds?|quid|libras?|franken|francs?"
    return re.compile(rf"\b\w*(?:{numerals})[\s-]+(?:{units})\b")
