"""Builds the sparse training matrices with the same n-grams as the running model. Nothing is learned here."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from services.classify.models.features import Token, pair_gram, readable, slots, tokens, word_grams


def rows_of_tokens(texts: Sequence[str]) -> list[list[Token]]:
    """The tokens of every text."""
    return [tokens(readable(text)) for text in texts]


def counts(rows: Sequence[Sequence[Token]], bits: int) -> sparse.csr_matrix:
    """Occurrences of every n-gram slot: one row a text, 2**bits columns, float32."""
    cache: dict[str, list[int]] = {}
    indptr, indices = [0], []
    for row in rows:
        for token in row:
            grams = cache.get(token.form)
            if grams is None:
                grams = cache[token.form] = word_grams(token)
            indices += grams
        indices += [pair_gram(left, right) for left, right in pairwise(row)]
        indptr.append(len(indices))
    columns = slots(np.array(indices, dtype=np.uint32), bits)
    data = np.ones(len(columns), dtype=np.float32)
    matrix = sparse.csr_matrix((data, columns, np.array(indptr)), shape=(len(rows), 1 << bits))
    matrix.sum_duplicates()
    return matrix


def squared_idf(matrix: sparse.csr_matrix) -> NDArray[np.float32]:
    """Squared inverse document frequency of every slot, float32[2**bits]."""
    seen = np.bincount(matrix.indices, minlength=matrix.shape[1])
    idf = np.log((1.0 + matrix.shape[0]) / (1.0 + seen)) + 1.0
    return np.asarray(np.square(idf), dtype=np.float32)


def weighted(matrix: sparse.csr_matrix, idf2: NDArray[np.float32]) -> sparse.csr_matrix:
    """Count x idf, each row divided by the root of the sum of count x idf2: additive over the words of a text."""
    norms = np.sqrt(np.maximum(matrix @ idf2, 1e-9))
    scaled = matrix.multiply(np.sqrt(idf2)[None, :]).multiply(1.0 / norms[:, None])
    return sparse.csr_matrix(scaled, dtype=np.float32)
