"""Turns the pretrained encoders into static vectors: words and pieces in, one vector each out. Needs torch.

The running service never imports this.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from services.classify.training.accurate import pretrained
from services.classify.training.accurate.network import WIDTH, Encoder, pooled

BEGINS = "\u2581"
"""How the pieces of e5 mark the beginning of a word."""
_BATCH = 512
_LONGEST_PIECE = 20
_UNKNOWN_COST = 30.0


@dataclass(slots=True)
class Teacher:
    """An encoder: how it cuts a word into piece numbers, its pieces by number, the numbers of its two ends."""

    encoder: Encoder
    cut: Callable[[str], list[int]]
    pieces: list[str]
    ends: tuple[int, int]
    unknown: int

    def vectors(self, rows: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Mean of the last layer over each row of piece numbers and its two ends, float32[rows, WIDTH]."""
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        found = np.empty((len(rows), WIDTH), dtype=np.float32)
        self.encoder.eval()
        with torch.inference_mode():
            for start in range(0, len(order), _BATCH):
                places = order[start : start + _BATCH]
                full = [[self.ends[0], *rows[place], self.ends[1]] for place in places]
                longest = max(map(len, full))
                numbers = torch.tensor([row + [0] * (longest - len(row)) for row in full])
                mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in full])
                found[places] = pooled(self.encoder(numbers, mask), mask).numpy()
        return found


def minilm() -> Teacher:
    """all-MiniLM-L6-v2."""
    encoder, tokenizer = pretrained.minilm()
    known = tokenizer.get_vocab()
    pieces = sorted(known, key=known.__getitem__)
    ends = known["[CLS]"], known["[SEP]"]
    return Teacher(
        encoder,
        lambda word: list(tokenizer.encode(word, add_special_tokens=False).ids),
        pieces,
        ends,
        known["[UNK]"],
    )


def e5() -> Teacher:
    """multilingual-e5-small."""
    file = pretrained.e5_file()
    best = {
        piece: (place, score)
        for place, (piece, score) in enumerate(zip(file.pieces, file.scores, strict=True))
        if piece
    }
    unknown = file.pieces.index("<unk>")
    ends = file.pieces.index("<s>"), file.pieces.index("</s>")
    return Teacher(
        pretrained.e5(file),
        lambda word: likeliest(BEGINS + word, best, unknown),
        file.pieces,
        ends,
        unknown,
    )


def likeliest(text: str, best: dict[str, tuple[int, float]], unknown: int) -> list[int]:
    """The likeliest cut of a word into pieces, by the sum of their scores."""
    scores, back = [0.0], [(0, unknown)]
    for end in range(1, len(text) + 1):
        options = [(scores[end - 1] - _UNKNOWN_COST, end - 1, unknown)]
        for start in range(max(0, end - _LONGEST_PIECE), end):
            known = best.get(text[start:end])
            if known:
                options.append((scores[start] + known[1], start, known[0]))
        score, start, number = max(options)
        scores.append(score)
        back.append((start, number))
    found, end = [], len(text)
    while end:
        end, number = back[end]
        found.append(number)
    return found[::-1]
