"""Writes the static vectors: `python -m services.classify.training.distil --data FOLDER --out FOLDER`. Needs torch.

Every word of the training texts and every fitting piece of a vocabulary goes through an encoder alone, once.
"""

import argparse
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from services.classify.domain.words import english, french, german, italian, portuguese, spanish
from services.classify.models.features import fold, readable, tokens
from services.classify.models.lexicon import CONTINUES
from services.classify.training.accurate import sets
from services.classify.training.teachers import BEGINS, Teacher, e5, minilm

_LONGEST, _MOST_PIECES, _COMMON = 30, 8, 6
_CUES = (english.CUES, spanish.CUES, portuguese.CUES, french.CUES, german.CUES, italian.CUES)
_ENGLISH = ("tweeteval_sentiment", "tweeteval_emotion", "tweeteval_offensive", "tweeteval_irony", "goemotions",
            "davidson_toxicity", "banking77", "nlupp", "clinc150", "sms_spam")  # fmt: skip
_NOT_WIDE = ("umsab/english", "umsab/arabic", "umsab/hindi")
_PICTURES = (range(0x2600, 0x27C0), range(0x1F300, 0x1FA80))


def main(arguments: list[str]) -> int:
    """Writes minilm.npz and e5.npz."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/classify"))
    parser.add_argument("--out", type=Path, default=Path("build/vectors"))
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for file, teacher, entries in (
        ("minilm.npz", minilm(), english_entries),
        ("e5.npz", e5(), wide_entries),
    ):
        _write(options.out / file, teacher, entries(teacher, options.data))
    return 0


def english_entries(teacher: Teacher, folder: Path) -> dict[str, list[int]]:
    """The whole vocabulary, then words of several pieces that stand twice in any text, then emoji by name."""
    entries = {
        piece: [place] for place, piece in enumerate(teacher.pieces) if not piece.startswith("[")
    }
    found = words(folder, (*_ENGLISH, "umsab_sentiment"))
    for word in (fold(word) for word, times in found.items() if times >= 2):
        pieces = teacher.cut(word) if word not in entries else []
        if pieces and len(pieces) < _MOST_PIECES and teacher.unknown not in pieces:
            entries[word] = pieces
    return entries | {sign: teacher.cut(name) for sign, name in pictures().items()}


def wide_entries(teacher: Teacher, folder: Path) -> dict[str, list[int]]:
    """The pieces of all words in the five other languages and of common English ones, so that languages share what
    they teach; then those of them that stand twice, then emoji."""
    found = words(folder, ("umsab_sentiment",), is_english=False)
    common = words(folder, _ENGLISH).items()
    found.update({word: times for word, times in common if times >= _COMMON})
    cuts = {word: teacher.cut(word) for word in found}
    entries = {}
    for place in sorted({place for cut in cuts.values() for place in cut if place > 3}):
        piece = teacher.pieces[place]
        inner = piece.removeprefix(BEGINS)
        if inner:
            entries[inner if piece != inner else CONTINUES + inner] = [place]
    for word, times in found.items():
        if times >= 2 and word not in entries and len(cuts[word]) < _MOST_PIECES:
            entries[word] = cuts[word]
    return entries | {sign: teacher.cut(sign) for sign in pictures()}


def words(folder: Path, names: Iterable[str], *, is_english: bool = True) -> Counter[str]:
    """Words of all texts but the tests by how often they stand there; our own and the cue words count for more."""
    found: Counter[str] = Counter()
    for name in names:
        for row in sets.read(folder, name):
            if row["split"] != "test" and (is_english or row["source"] not in _NOT_WIDE):
                found.update(_words(row["text"]))
    for own in sets.own():
        if own.split != "test" and (is_english or own.language != "en"):
            found.update(3 * _words(own.text))
    for cues in _CUES if is_english else _CUES[1:]:
        for phrases in cues.values():
            found.update(2 * [word.strip(",*") for word in phrases.split()])
    return found


def _words(text: str) -> list[str]:
    return [t.form for t in tokens(readable(text)) if t.is_word and len(t.form) <= _LONGEST]


def pictures() -> dict[str, str]:
    """Emoji and their names in small letters."""
    signs = [chr(code) for codes in _PICTURES for code in codes]
    return {sign: name.lower() for sign in signs if (name := unicodedata.name(sign, ""))}


def _write(file: Path, teacher: Teacher, entries: dict[str, list[int]]) -> None:
    vectors = teacher.vectors(list(entries.values())).astype(np.float16)
    np.savez(file, keys=np.array(list(entries)), vec=vectors)
    print(file, len(entries))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
