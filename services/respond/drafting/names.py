"""How a person is addressed: the first name, when the display name surely holds one. Nothing is echoed blindly."""

import re
import unicodedata

_TITLES = frozenset(
    # How people are addressed before their name.
    """dr prof herr frau mr mrs ms miss mx sr sra srta don dona senor senora m mme mlle monsieur madame
    sig signor signora dott ing""".split()  # noqa: SIM905 - words read better in a row
)
_NO_NAMES = frozenset(
    # What stands in names of shops, roles and placeholders, and of those who want to be a command.
    """admin administrator anonymous anonym anonimo customer cliente client kunde deleted facebook
    ghost gmbh inc info kundin ltd mastodon moderator nobody official page profile shop store
    support team test the user usuario utente utilisateur service brand bot news free win click
    buy null undefined none name nombre nome nom unknown ignore system assistant""".split()  # noqa: SIM905
)
_LETTERS = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
LONGEST = 20


def first_name(display_name: str | None) -> str | None:
    """Return the first name to greet with, or None when the display name is none of a person's."""
    if not display_name or len(display_name) > 80 or _is_suspicious(display_name):
        return None
    for token in re.split(r"[\s,|/()]+", unicodedata.normalize("NFC", display_name)):
        word = token.strip(".·•*~_-\"'’“”„«»")
        plain = word.casefold()
        if not any(char.isalnum() for char in token) or plain in _TITLES:
            continue
        return _tidy(word) if _is_name(word) else None
    return None


def _is_suspicious(text: str) -> bool:
    lowered = text.casefold()
    if any(mark in lowered for mark in ("http", "www.", "://", "@", "#", "{", "}", "<", ">", "\\")):
        return True
    if any(word in _NO_NAMES for word in re.findall(r"[^\W\d_]+", lowered)):
        return True
    return any(unicodedata.category(char) in {"Cc", "Cf", "Co", "Cn"} for char in text)


def _is_name(word: str) -> bool:
    is_long_enough = len(word) >= 2 or ("\u3400" <= word <= "\uffff" and len(word) == 1)
    if not is_long_enough or len(word) > LONGEST or not _LETTERS.fullmatch(word):
        return False
    folded = {unicodedata.name(char, "?").split()[0] for char in word if char.isalpha()}
    # Letters of two scripts in one word are a disguise, not a name.
    return len(folded - {"MODIFIER"}) == 1 or folded <= {"CJK", "HIRAGANA", "KATAKANA", "HANGUL"}


def _tidy(word: str) -> str:
    return (
        "-".join(part.capitalize() for part in word.split("-"))
        if word.isupper() or word.islower()
        else word
    )
