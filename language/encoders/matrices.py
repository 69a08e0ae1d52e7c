"""Matrices in 4 and 8 bits, and the file that holds them. Opens no session."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

LEVELS = 63
"""Greatest whole number in a matrix: a processor that adds two products of it and 255 in 16 bits still can."""
_NOUGHT = 8.0


def whole_numbers(rows: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """int8[columns, rows] and the scale of each row: what a product in whole numbers reads."""
    scales = np.maximum(np.abs(rows).max(axis=1), 1e-9) / LEVELS
    numbers = np.rint(rows / scales[:, None]).astype(np.int8)
    return np.ascontiguousarray(numbers.T), scales.astype(np.float32)


def unpacked(codes: NDArray[np.uint8], scales: NDArray[np.float16]) -> NDArray[np.float32]:
    """float32[rows, columns] of uint8[rows, blocks, 16], two codes a byte, and a scale per block."""
    both = np.concatenate([codes & 15, codes >> 4], axis=2).astype(np.float32) - _NOUGHT
    return np.asarray(both * scales[:, :, None].astype(np.float32)).reshape(len(codes), -1)


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """The bytes of an .npz file: the same arrays always give the same bytes (fixed times, order as given)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, array in arrays.items():
            part = io.BytesIO()
            np.lib.format.write_array(part, np.ascontiguousarray(array), allow_pickle=False)
            kept = zipfile.ZipInfo(f"{name}.npy", (1980, 1, 1, 0, 0, 0))
            archive.writestr(kept, part.getvalue(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()
