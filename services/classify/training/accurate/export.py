"""Turns trained and pretrained layers into ONNX files. Measures the reach of what flows, trains nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from services.classify.training.accurate.graph import (  # fmt: skip
    Graph,
    Matrix,
    ids_input,
    rows_output,
    states_input,
)
from services.classify.training.accurate.learning import chunks, padded
from services.classify.training.accurate.network import WIDTH, Encoder, Heads
from services.classify.training.accurate.pretrained import E5File, Packed

_NAMES = {"query": "q", "key": "k", "value": "v", "mixed": "ao", "wide": "fi", "narrow": "fo"}


@dataclass(frozen=True, slots=True)
class Part:
    """Some layers of an encoder: from `start` up to `end`; `packed` are the 4-bit originals where they are unchanged."""

    encoder: Encoder
    start: int
    end: int
    reach: Mapping[str, NDArray[np.float32]]
    packed: E5File | None = None

    def matrix(self, number: int, *names: str) -> Matrix:
        """One matrix, or several that read the same input as one."""
        layers = [getattr(self.encoder.layers[number], name) for name in names]
        rows = np.concatenate([layer.weight.detach().numpy() for layer in layers])
        bias = np.concatenate([layer.bias.detach().numpy() for layer in layers])
        packed = None
        if self.packed:
            parts = [self.packed.matrices[f"l{number}.{_NAMES[name]}.w"] for name in names]
            packed = Packed(*(np.concatenate([getattr(part, field) for part in parts]) for field in ("codes", "scales")))  # fmt: skip
        return Matrix(rows, bias, self.reach[f"{number}.{names[0]}"], packed)

    def write(self, graph: Graph, hidden: str, mask: str) -> str:
        """Add these layers to a graph."""
        for number in range(self.start, self.end):
            layer = self.encoder.layers[number]
            parts: dict[str, Any] = {name: self.matrix(number, name) for name in ("mixed", "wide", "narrow")}  # fmt: skip
            parts["attend"] = self.matrix(number, "query", "key", "value")
            for name in ("first", "second"):
                norm = getattr(layer, name)
                parts[name] = (norm.weight.detach().numpy(), norm.bias.detach().numpy())
            hidden = graph.layer(hidden, mask, parts, layer.first.eps)
        return hidden


def reach(encoder: Encoder, ids: Sequence[NDArray[np.int64]]) -> dict[str, NDArray[np.float32]]:
    """The greatest size of every input of every matrix over these texts, by `LAYER.MATRIX`."""
    found: dict[str, torch.Tensor] = {}

    def watch(name: str) -> Callable[[Any, Any], None]:
        def note(_: Any, given: Any) -> None:
            seen = given[0].detach().abs().flatten(0, -2).amax(0)
            found[name] = torch.maximum(found[name], seen) if name in found else seen

        return note

    hooks = [
        getattr(layer, name).register_forward_pre_hook(watch(f"{number}.{name}"))
        for number, layer in enumerate(encoder.layers)
        for name in ("query", "mixed", "wide", "narrow")
    ]
    encoder.eval()
    with torch.no_grad():
        for part in chunks(sorted(ids, key=len), 32):
            encoder(*padded(part))
    for hook in hooks:
        hook.remove()
    return {name: value.numpy() for name, value in found.items()}


def trunk(part: Part, kept: Sequence[int]) -> bytes:
    """Embeddings of the kept pieces and the lower layers: `ids` and `mask` in, `states` out."""
    graph, encoder = Graph(), part.encoder
    if part.packed:
        whole = part.packed.matrices["emb.word"]
        few = Packed(whole.codes[list(kept)], whole.scales[list(kept)])
        rows = graph.rows_of(few, "ids")
    else:
        rows = _rows(graph, encoder.embeddings.pieces.weight.detach().numpy()[list(kept)])
    hidden = _placed(graph, encoder, rows)
    graph.named("states", part.write(graph, hidden, "mask"))
    return graph.model([ids_input(), ids_input("mask")], [states_input("states")])


def vectors(part: Part) -> bytes:
    """The upper layers as they were: `states` and `mask` in, unit `vectors` out."""
    graph = Graph()
    found = graph.mean(part.write(graph, "states", "mask"), "mask")
    graph.named("vectors", graph.add("LpNormalization", found, axis=-1, p=2))
    return graph.model([states_input("states"), ids_input("mask")], [rows_output("vectors", WIDTH)])


def answers(part: Part, heads: Heads, names: Sequence[str], *, has_trunk: bool = False) -> bytes:
    """Fine-tuned layers and heads: `states` and `mask` in (or `ids` and `mask` with the trunk), the heads out and `vector`."""
    graph = Graph()
    given = "states"
    inputs = [states_input("states"), ids_input("mask")]
    if has_trunk:
        rows = _rows(graph, part.encoder.embeddings.pieces.weight.detach().numpy())
        given, inputs = _placed(graph, part.encoder, rows), [ids_input(), ids_input("mask")]
    hidden = part.write(graph, given, "mask")
    first = graph.add("Gather", hidden, graph.store(np.array(0)), axis=1)
    mean = graph.mean(hidden, "mask")
    both = graph.add("Concat", mean, first, axis=-1)
    graph.named("vector", graph.add("LpNormalization", mean, axis=-1, p=2))
    outputs = [rows_output("vector", WIDTH)]
    for name in names:
        head = heads.heads[name]
        weight, bias = head.weight.detach().numpy(), head.bias.detach().numpy()
        graph.named(name, graph.add("Gemm", both, graph.store(weight), graph.store(bias), transB=1))
        outputs.append(rows_output(name, len(bias)))
    return graph.model(inputs, outputs)


def _placed(graph: Graph, encoder: Encoder, rows: str) -> str:
    """Vectors of pieces with those of their places added, normalised."""
    length = graph.add("Shape", "ids", start=1, end=2)
    nought = graph.store(np.array([0]))
    places = graph.store(encoder.embeddings.places.weight.detach().numpy())
    where = graph.add("Slice", places, nought, length, nought)
    norm = encoder.embeddings.norm
    weights = norm.weight.detach().numpy(), norm.bias.detach().numpy()
    return graph.norm(graph.add("Add", rows, where), weights, norm.eps)


def _rows(graph: Graph, weight: NDArray[np.float32]) -> str:
    """Rows of an embedding that is kept in 8 bits, one scale a row."""
    scales = np.maximum(np.abs(weight).max(axis=1, keepdims=True), 1e-9) / 127.0
    numbers = graph.store(np.rint(weight / scales).astype(np.int8))
    picked = [graph.add("Gather", part, "ids", axis=0) for part in (numbers, graph.store(scales.astype(np.float32)))]  # fmt: skip
    return graph.add("Mul", graph.add("Cast", picked[0], to=1), picked[1])
