"""The encoder (BERT's layers) and the heads in torch. Knows no files and no data."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

WIDTH, HIDDEN, ATTENTIONS = 384, 1536, 12


class Layer(nn.Module):
    """One encoder layer, normalised after each half, as BERT has it."""

    def __init__(self, epsilon: float, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.mixed = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.wide, self.narrow = nn.Linear(WIDTH, HIDDEN), nn.Linear(HIDDEN, WIDTH)
        self.first, self.second = nn.LayerNorm(WIDTH, epsilon), nn.LayerNorm(WIDTH, epsilon)
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        """`hidden` [texts, pieces, 384], `bias` [texts, 1, 1, pieces] 0 or very negative."""
        texts, pieces, _ = hidden.shape
        parts = [
            part(hidden).view(texts, pieces, ATTENTIONS, -1).transpose(1, 2)
            for part in (self.query, self.key, self.value)
        ]
        scores = parts[0] @ parts[1].transpose(-1, -2) / math.sqrt(WIDTH / ATTENTIONS) + bias
        found = scores.softmax(-1).to(parts[2].dtype) @ parts[2]
        found = self.mixed(found.transpose(1, 2).reshape(texts, pieces, WIDTH))
        hidden = self.first(hidden + self.dropout(found))
        return self.second(hidden + self.dropout(self.narrow(functional.gelu(self.wide(hidden)))))


class Embeddings(nn.Module):
    """Pieces and places as vectors."""

    def __init__(self, pieces: int, places: int, epsilon: float) -> None:
        super().__init__()
        self.pieces, self.places = nn.Embedding(pieces, WIDTH), nn.Embedding(places, WIDTH)
        self.norm = nn.LayerNorm(WIDTH, epsilon)

    def forward(self, ids: Tensor) -> Tensor:
        """Vectors [texts, pieces, 384] of piece numbers [texts, pieces]."""
        return self.norm(self.pieces(ids) + self.places.weight[: ids.shape[1]])


class Encoder(nn.Module):
    """Embeddings and layers; the lower ones may be left as they are."""

    def __init__(
        self, pieces: int, layers: int, epsilon: float = 1e-12, dropout: float = 0.1
    ) -> None:
        super().__init__()
        self.embeddings = Embeddings(pieces, 512, epsilon)
        self.layers = nn.ModuleList(Layer(epsilon, dropout) for _ in range(layers))

    def forward(self, ids: Tensor, mask: Tensor, depth: int | None = None) -> Tensor:
        """Hidden states after `depth` layers (all by default)."""
        return self.above(self.embeddings(ids), mask, 0, depth)

    def above(self, hidden: Tensor, mask: Tensor, start: int, end: int | None = None) -> Tensor:
        """Hidden states after the layers from `start` on; `mask` [texts, pieces] is 1 where there is text."""
        bias = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * -1e4
        for layer in self.layers[start:end]:
            hidden = layer(hidden, bias)
        return hidden


class Heads(nn.Module):
    """A linear answer per head over the mean and the first vector of a text."""

    def __init__(self, sizes: Mapping[str, int], dropout: float = 0.1) -> None:
        super().__init__()
        self.heads = nn.ModuleDict(
            {name: nn.Linear(2 * WIDTH, size) for name, size in sizes.items()}
        )
        self.dropout = nn.Dropout(dropout)

    def forward(self, hidden: Tensor, mask: Tensor) -> dict[str, Tensor]:
        """Logits [texts, labels] by head."""
        given = torch.cat([pooled(hidden, mask), hidden[:, 0]], dim=-1)
        return {name: head(self.dropout(given)) for name, head in self.heads.items()}


def pooled(hidden: Tensor, mask: Tensor) -> Tensor:
    """Mean of the vectors of the pieces that are text."""
    weights = mask[:, :, None].to(hidden.dtype)
    return (hidden * weights).sum(1) / weights.sum(1).clamp(min=1.0)
