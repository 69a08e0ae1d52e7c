"""Kinds of messages that models find hard, told from the text alone. Knows no labels."""

import re
import unicodedata

from services.classify.domain.words.function import WORDS

NAMES = ("short", "emoji_only", "mention_only", "negation", "code_mixed")
_MENTION = re.compile(r"@[\w.]+")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_NEGATION_WORDS = (
    "not no never none nothing nobody cannot can't don't doesn't didn't isn't wasn't aren't won't wouldn't couldn't haven't hasn't"
    " ain't without nunca ni nadie nada ningun ninguna sin jamas nao nem ninguem nenhum nenhuma sem pas ne jamais rien personne"
    " aucun aucune sans nicht kein keine keinen nie niemand nichts ohne non mai niente nessuno nessuna nulla senza"
)
_NEGATIONS = frozenset(_NEGATION_WORDS.split())
_OWN_WORDS = {
    language: frozenset(
        word.strip() for word in WORDS[language].split(",") if len(word.strip()) > 2
    )
    for language in ("en", "es", "pt", "fr", "de", "it")
}


def of(text: str) -> set[str]:
    """The slices a text belongs to."""
    plain = _MENTION.sub(" ", text)
    words = [_folded(word) for word in _WORD.findall(plain)]
    found = set()
    if len(words) < 4:
        found.add("short")
    if not words and _has_emoji(text):
        found.add("emoji_only")
    if not words and _MENTION.search(text) and not _has_emoji(plain):
        found.add("mention_only")
    if _NEGATIONS.intersection(words):
        found.add("negation")
    if is_mixed(words):
        found.add("code_mixed")
    return found


def is_mixed(words: list[str]) -> bool:
    """Whether two languages each lend two or more small words that the other does not have."""
    mine = {name: known.intersection(words) for name, known in _OWN_WORDS.items()}
    main = max(mine, key=lambda name: len(mine[name]))
    return any(
        len(found - _OWN_WORDS[main]) >= 2 and len(mine[main] - _OWN_WORDS[name]) >= 2
        for name, found in mine.items()
        if name != main
    )


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.replace("’", "'").lower())
    return "".join(letter for letter in plain if not unicodedata.combining(letter))


def _has_emoji(text: str) -> bool:
    return any(unicodedata.category(letter) == "So" for letter in text)
