"""Fine-tunes the upper layers and the heads; the lower layers are passed once and kept. Reads no sets."""

import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence

from services.classify.training.accurate.network import Encoder, Heads

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything chosen by hand or on validation data. `repeats`: how often a source's rows are seen, by source."""

    seed: int = 0
    frozen_layers: int = 2
    longest: int = 96
    batch: int = 32
    rate: float = 1.5e-4
    warm_up: float = 0.05
    decay: float = 0.01
    smoothing: float = 0.05
    dropped_pieces: float = 0.06
    averaging: float = 0.998
    repeats: Mapping[str, float] | None = None
    head_weights: Mapping[str, float] | None = None

    def card(self) -> dict[str, Any]:
        """For the JSON beside the artefact."""
        return asdict(self)


@dataclass(slots=True)
class Table:
    """Texts as pieces with their labels: `labels` int64[texts, heads], UNKNOWN where nobody said."""

    ids: list[NDArray[np.int64]]
    labels: NDArray[np.int64]
    repeats: NDArray[np.float64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Pieces a text has."""
        return np.array([len(each) for each in self.ids])


class States:
    """What the lower layers say of every text, kept in half precision one after the other."""

    def __init__(self, encoder: Encoder, table: Table, depth: int) -> None:
        ends = np.concatenate([[0], np.cumsum(table.lengths)])
        self._ends = ends
        self._kept = torch.empty(int(ends[-1]), encoder.embeddings.norm.weight.shape[0], dtype=torch.bfloat16)  # fmt: skip
        order = np.argsort(-table.lengths)
        encoder.eval()
        with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
            for start in range(0, len(order), 64):
                places = order[start : start + 64]
                ids, mask = padded([table.ids[place] for place in places])
                found = encoder(ids, mask, depth)
                for row, place in enumerate(places):
                    self._kept[ends[place] : ends[place + 1]] = found[row, : len(table.ids[place])].to(torch.bfloat16)  # fmt: skip

    def batch(self, places: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Hidden states [texts, pieces, 384] and mask [texts, pieces] of these texts."""
        parts = [self._kept[self._ends[place] : self._ends[place + 1]] for place in places]
        mask = pad_sequence([torch.ones(len(part)) for part in parts], batch_first=True)
        return pad_sequence(parts, batch_first=True), mask


def padded(rows: Sequence[NDArray[np.int64]]) -> tuple[Tensor, Tensor]:
    """Piece numbers and mask, both [texts, pieces]."""
    ids = pad_sequence([torch.from_numpy(row) for row in rows], batch_first=True)
    mask = pad_sequence([torch.ones(len(row)) for row in rows], batch_first=True)
    return ids, mask


def batches(table: Table, settings: Settings) -> list[list[int]]:
    """Places of the texts of every step: repeated by source, shuffled, alike in length within a batch."""
    chance = np.random.default_rng(settings.seed)
    times = np.floor(table.repeats + chance.random(len(table.ids))).astype(int)
    rounds = [np.flatnonzero(times > turn) for turn in range(times.max())]
    order = np.concatenate([chance.permutation(each) for each in rounds])
    # Rounds are mixed, so that small sets that are seen often do not stand alone at the end.
    order = order[np.argsort(chance.random(len(order)))]
    lengths, found = table.lengths, []
    for start in range(0, len(order), 64 * settings.batch):
        pool = order[start : start + 64 * settings.batch]
        pool = pool[np.argsort(lengths[pool], kind="stable")]
        cut = [pool[a : a + settings.batch].tolist() for a in range(0, len(pool), settings.batch)]
        found += [cut[place] for place in chance.permutation(len(cut))]
    return found


def class_weights(labels: NDArray[np.int64], repeats: NDArray[np.float64], size: int) -> Tensor:
    """1/sqrt of how often a label is seen, 1 on average over what is seen."""
    known = labels >= 0
    seen = np.bincount(labels[known], weights=repeats[known], minlength=size)
    raw = 1.0 / np.sqrt(np.maximum(seen, 1.0))
    return torch.tensor(raw * seen.sum() / max((raw * seen).sum(), 1e-9), dtype=torch.float32)


def loss_of(
    logits: Mapping[str, Tensor],
    labels: Tensor,
    weights: Mapping[str, tuple[Tensor, float]],
    smoothing: float,
) -> Tensor:
    """Masked sum over the heads, per text of the batch."""
    total = torch.zeros(())
    for place, (name, found) in enumerate(logits.items()):
        known = labels[:, place] >= 0
        if known.any():
            classes, share = weights[name]
            each = functional.cross_entropy(
                found[known].float(), labels[known, place], classes,
                reduction="sum", label_smoothing=smoothing,
            )  # fmt: skip
            total = total + share * each
    return total / len(labels)


class Teacher:
    """Trains the layers above the frozen ones and the heads; `averages` follow their weights slowly."""

    def __init__(self, encoder: Encoder, heads: Heads, table: Table, settings: Settings) -> None:
        torch.manual_seed(settings.seed)
        self._encoder, self._heads, self._table, self._settings = encoder, heads, table, settings
        self._states = States(encoder, table, settings.frozen_layers)
        self._weights = _weights(heads, table, settings)
        self.parameters = [
            *encoder.layers[settings.frozen_layers :].parameters(),
            *heads.parameters(),
        ]
        self.averages = [each.detach().clone() for each in self.parameters]
        self._maker = torch.optim.AdamW(
            self.parameters,
            lr=settings.rate,
            weight_decay=settings.decay,
            betas=(0.9, 0.98),
            fused=True,
        )

    def step(self, places: list[int], number: int, share: float) -> float:
        """Learn from some texts; `share` of all steps is done. Gives the loss."""
        settings = self._settings
        for group in self._maker.param_groups:
            group["lr"] = settings.rate * pace(share, settings.warm_up)
        loss = self._loss(places)
        self._maker.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self._maker.step()
        kept = min(settings.averaging, (1.0 + number) / (10.0 + number))
        with torch.no_grad():
            torch._foreach_lerp_(
                self.averages, [each.detach() for each in self.parameters], 1.0 - kept
            )
        return float(loss.item())

    def _loss(self, places: list[int]) -> Tensor:
        settings, start = self._settings, self._settings.frozen_layers
        hidden, mask = self._states.batch(places)
        if settings.dropped_pieces:
            lost = torch.rand(mask.shape) < settings.dropped_pieces
            lost[:, 0] = False
            mask = mask.masked_fill(lost, 0.0)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            found = self._heads(self._encoder.above(hidden, mask, start), mask)
        labels = torch.from_numpy(self._table.labels[places])
        return loss_of(found, labels, self._weights, settings.smoothing)


def fine_tune(
    encoder: Encoder, heads: Heads, table: Table, settings: Settings,
    kept: Path | None = None, say: Callable[[str], None] = print,
) -> None:  # fmt: skip
    """Train in place; what is left in the end is a running average of the weights."""
    started = time.monotonic()
    teacher = Teacher(encoder, heads, table, settings)
    say(f"lower layers passed in {time.monotonic() - started:.0f} s")
    encoder.train()
    heads.train()
    plan = batches(table, settings)
    for number, places in enumerate(plan):
        loss = teacher.step(places, number, number / len(plan))
        if number % 100 == 0:
            say(f"step {number}/{len(plan)} loss {loss:.3f} {time.monotonic() - started:.0f} s")
        if kept and number % 1000 == 999:
            keep(kept.with_suffix(".part"), encoder, heads, (teacher.parameters, teacher.averages))
    with torch.no_grad():
        for each, average in zip(teacher.parameters, teacher.averages, strict=True):
            each.copy_(average)
    if kept:
        keep(kept, encoder, heads)


def pace(share: float, warm_up: float) -> float:
    """Of the learning rate after a share of all steps: up in a line, then down to nought in one."""
    return share / warm_up if share < warm_up else (1.0 - share) / (1.0 - warm_up)


def keep(
    path: Path, encoder: Encoder, heads: Heads,
    averaged: tuple[list[Tensor], list[Tensor]] | None = None,
) -> None:  # fmt: skip
    """Write the weights to a file, the averages in the place of the parameters where they are given."""
    swap = {id(p): a for p, a in zip(*averaged, strict=True)} if averaged else {}
    state = {
        part: {
            name: swap.get(id(value), value.detach()) for name, value in module.named_parameters()
        }
        for part, module in (("encoder", encoder), ("heads", heads))
    }
    torch.save(state, path)


def take(path: Path, encoder: Encoder, heads: Heads, frozen: int) -> None:
    """Read what `keep` wrote: the heads and the layers above the frozen ones."""
    state = torch.load(path, weights_only=True)
    above = tuple(f"layers.{number}." for number in range(frozen, len(encoder.layers)))
    encoder.load_state_dict(
        {name: value for name, value in state["encoder"].items() if name.startswith(above)},
        strict=False,
    )
    heads.load_state_dict(state["heads"])


def logits(
    encoder: Encoder, heads: Heads, ids: Sequence[NDArray[np.int64]]
) -> dict[str, NDArray[np.float32]]:
    """Logits float32[texts, labels] by head, in the order of the texts."""
    encoder.eval()
    heads.eval()
    order = np.argsort([-len(each) for each in ids], kind="stable")
    found: dict[str, list[NDArray[np.float32]]] = {name: [] for name in heads.heads}
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), 64):
            given, mask = padded([ids[place] for place in order[start : start + 64]])
            for name, part in heads(encoder(given, mask), mask).items():
                found[name].append(part.float().numpy())
    back = np.argsort(order)
    return {name: np.concatenate(parts)[back] for name, parts in found.items()}


def _weights(heads: Heads, table: Table, settings: Settings) -> dict[str, tuple[Tensor, float]]:
    shares = settings.head_weights or {}
    return {
        name: (
            class_weights(table.labels[:, place], table.repeats, head.out_features),
            shares.get(name, 1.0),
        )
        for place, (name, head) in enumerate(heads.heads.items())
    }


def spread(values: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Probabilities of logits."""
    scaled = values.astype(np.float64) / temperature
    grown = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(grown / grown.sum(axis=1, keepdims=True))


def temperature(values: NDArray[np.float32], labels: NDArray[np.int64]) -> float:
    """The divisor of the logits with the least log loss, of a grid of 1 % steps."""
    steps = np.exp(np.linspace(math.log(0.3), math.log(4.0), 260))
    losses = [-np.log(spread(values, each)[np.arange(len(labels)), labels] + 1e-12).mean() for each in steps]  # fmt: skip
    return round(float(steps[int(np.argmin(losses))]), 4)


def chunks(texts: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """Parts of at most `size`."""
    for start in range(0, len(texts), size):
        yield texts[start : start + size]
