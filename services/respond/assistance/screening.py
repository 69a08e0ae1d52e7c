"""What a language model's answer must pass before anybody sees it. Each refusal has a code; none is mended."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from contracts.brands import BrandChanged
from contracts.knowledge import Entry
from contracts.messages import Labels
from language.knowledge.concepts import load_concepts
from language.knowledge.words import content_words, fold, stem, stems, words
from language.promises.finding import find_promises, language_of
from language.wording.answers import verdict_on
from language.wording.links import links
from services.respond.assistance.commitments import commitments
from services.respond.assistance.prompt import Prompt
from services.respond.drafting.composer import Frame

LONGEST = 1_500
_STRANGE_SHARE = 0.3
"""So many of its words may be known from nowhere: small talk."""
_ECHOED = 4
"""So many words of the message in a row are no answer to it."""
_COPIED = 7
"""So many words of our rules in a row are no chance."""
_SURE_OF_LANGUAGE = 4
"""Fewer words than this do not tell their language."""
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_MONEY = re.compile(
    r"[€$£¥₿%]|\b(?:eur|usd|gbp|euros?|dollars?|pounds?|dolar(?:es)?|libras?|pfund|sterline)\b"
)
_NAMED = re.compile(
    r"(?<!\w)@\w|\S@\S|(?:https?|hxxps?|ftp|tel|mailto|javascript)\s*:|www\.|//|[^\W\d]\.[^\W\d]{2,}"
    r"|\b(?:dot|punto|ponto|point|punkt)\s+[a-z]{2,}",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[<>{}\[\]`|\\]|^\s*[#*]|\*\*|__", re.MULTILINE)
_SOON = re.compile(
    r"\b(?:today|tonight|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day|hoy|manana|lunes|martes|miercoles|jueves"
    r"|viernes|sabado|domingo|hoje|amanha|segunda|terca|quarta|quinta|sexta|aujourd hui|demain|lundi|mardi|mercredi"
    r"|jeudi|vendredi|samedi|dimanche|heute|morgen|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|oggi|domani"
    r"|lunedi|martedi|mercoledi|giovedi|venerdi|sabato|domenica)\b"
)
_INNER = re.compile(
    r"system.?prompt|prompt|ignor\w+ (?:all|previous|the)|instruc[ct]?|instru[cz]|anweisung"
    r"|language model|modelo de l|modele de l|sprachmodell|modello linguistic|\bas an ai\b|chat ?gpt|openai"
    r"|developer mode|consigne|configura|jailbreak|untrusted|system message|canary"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """The brand, its facts that were shown, the message, and how the network takes a text.

    `phrases` are what the brand says anyway, in the answer's language.
    """

    brand: BrandChanged
    entries: Sequence[Entry]
    text: str
    language: str
    labels: Labels | None
    frame: Frame
    is_public: bool
    phrases: Sequence[str] = ()


def why_not(answer: str, asked: Asked, prompt: Prompt) -> str | None:
    """Return the code why an answer is not shown, or None when it passes."""
    plain = fold(unicodedata.normalize("NFKC", answer))
    known = fold(" ".join(_known(asked)))
    checks = (
        ("model.empty", not answer.strip()),
        (
            "model.too_long",
            len(answer) > LONGEST or not asked.frame.fits(asked.frame.text_for(answer)),
        ),
        ("model.leak", _leaks(answer, plain, prompt)),
        ("model.markup", bool(_MARKUP.search(answer)) or _is_hidden(answer)),
        ("model.link", _has_new_address(answer, known)),
        ("model.number", _has_new_number(plain, known)),
        ("model.echo", _shares_run(words(answer), words(asked.text), _ECHOED)),
        ("model.language", _is_other_language(answer, asked.language)),
        ("model.commitment", _commits(answer, known, asked)),
        ("model.ungrounded", _is_ungrounded(answer, asked)),
    )
    for code, is_refused in checks:
        if is_refused:
            return code
    verdict = verdict_on(asked.brand, answer, asked.labels, is_public=asked.is_public)
    return None if verdict.may_leave else "model.wording"


def _known(asked: Asked) -> list[str]:
    said = [entry.text for entry in asked.entries] + [entry.title for entry in asked.entries]
    return [*said, asked.brand.voice.signature, asked.brand.name]


def _leaks(answer: str, plain: str, prompt: Prompt) -> bool:
    bare = "".join(char for char in plain if char.isalnum())
    mark = fold(prompt.mark)
    if mark in bare or mark[::-1] in bare or _INNER.search(plain):
        return True
    rules = words(prompt.system.partition("\n\nVoice: ")[0])
    return _shares_run(words(answer), rules, _COPIED)


def _shares_run(said: Sequence[str], other: Sequence[str], size: int) -> bool:
    runs = {tuple(other[at : at + size]) for at in range(len(other) - size + 1)}
    return any(tuple(said[at : at + size]) in runs for at in range(len(said) - size + 1))


def _is_hidden(answer: str) -> bool:
    """Say whether there are characters that nobody sees, or of another script than the six languages have."""
    odd = {"Cc", "Cf", "Co", "Cs", "Cn"}
    return any(
        (unicodedata.category(char) in odd and char not in "\n\r\u200d\ufe0f")
        or (char.isalpha() and not unicodedata.name(char, "").startswith("LATIN"))
        for char in answer
    )


def _is_ungrounded(answer: str, asked: Asked) -> bool:
    """Say whether many of its words stand neither in the facts nor in what the brand says anyway."""
    concepts, language = load_concepts(), asked.language
    texts = [(f"{entry.title} {entry.text}", entry.language) for entry in asked.entries]
    texts += [(phrase, language) for phrase in (*asked.phrases, *_known(asked))]
    stemmed = {one for text, tongue in texts for one in stems(text, tongue)}
    subjects = {
        name
        for text, tongue in texts
        for names in concepts.of_all(content_words(text), tongue)
        for name in names
    }
    said = content_words(answer)
    unknown = sum(
        stem(word, language) not in stemmed and not concepts.of(word, language) & subjects
        for word in said
    )
    return unknown > _STRANGE_SHARE * len(said)


def _has_new_address(answer: str, known: str) -> bool:
    # An address of the message is the attacker's: only those of the facts may be said.
    for found in links(answer):
        if fold(answer[found.start : found.end]) not in known:
            return True
    return any(_word_at(answer, found.start()) not in known for found in _NAMED.finditer(answer))


def _word_at(answer: str, place: int) -> str:
    start = answer.rfind(" ", 0, place) + 1
    return fold(answer[start:].split(maxsplit=1)[0].strip("().,;:!?\"'"))


def _has_new_number(plain: str, known: str) -> bool:
    numbers = set(_NUMBER.findall(known))
    said = set(_NUMBER.findall(plain))
    # Digits in other scripts are digits, too.
    if any(char.isdigit() and not char.isascii() for char in plain):
        return True
    return bool(said - numbers) or (bool(_MONEY.search(plain)) and not _MONEY.search(known))


def _is_other_language(answer: str, language: str) -> bool:
    return len(words(answer)) >= _SURE_OF_LANGUAGE and language_of(answer) != language


def _commits(answer: str, known: str, asked: Asked) -> bool:
    """Say whether it promises what no fact does: money, gifts, decisions, or when something will be."""
    allowed = commitments(known)
    if any(found not in allowed for found in commitments(answer)):
        return True
    if any(when not in known for when in _SOON.findall(fold(answer))):
        return True
    promised = find_promises(answer, asked.language)
    return any(one.due_text and fold(one.due_text) not in known for one in promised)
