"""Writes encoder layers as ONNX with 8-bit matrices. Scales of what flows in are fixed, so that a text's answer does not
hang on its batch; matrices use 7 bits, so that processors without VNNI add the same sums. Sessions: language.encoders.sessions.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from language.encoders.matrices import pack, whole_numbers
from services.classify.training.accurate.network import ATTENTIONS, HIDDEN, WIDTH
from services.classify.training.accurate.pretrained import BLOCK, Packed

SHIFT = 0.8
"""How much of an input's reach the matrix carries instead of the input's own scale: the best of 0.4 to 1.0 on vectors."""
MIDDLE = 128
_OPSETS = [helper.make_opsetid("", 20), helper.make_opsetid("com.microsoft", 1)]
Array = NDArray[np.float32]


@dataclass(slots=True)
class Matrix:
    """What a matrix product needs: `rows` float32[outputs, inputs], or the same packed in 4 bits; `bias` float32[outputs];
    `reach` float32[inputs], the greatest size of each input that was seen."""

    rows: Array
    bias: Array
    reach: Array
    packed: Packed | None = None

    def steps(self) -> Array:
        """The step of each input's 8-bit scale: most of an input's reach is carried by the matrix instead."""
        strength = np.maximum(np.abs(self.rows).max(axis=0), 1e-5)
        smooth = np.maximum(self.reach, 1e-5) ** SHIFT / strength ** (1.0 - SHIFT)
        widest = float((self.reach / smooth).max())
        return np.asarray(smooth * widest / 127.0, dtype=np.float32)


def pairs(packed: Packed) -> NDArray[np.uint8]:
    """Two codes a byte, uint8[rows, blocks, 16]: those of a block's first half in the low bits."""
    both = packed.codes.reshape(len(packed.codes), -1, BLOCK)
    return np.asarray(both[:, :, : BLOCK // 2] | (both[:, :, BLOCK // 2 :] << 4), dtype=np.uint8)


class Graph:
    """Nodes and stored arrays in the order they were added; names are numbered."""

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._stored: list[onnx.TensorProto] = []
        self._packed: dict[str, NDArray[Any]] = {}

    def store(self, array: NDArray[Any] | np.generic) -> str:
        """Keep an array in the file."""
        name = f"w{len(self._stored)}"
        self._stored.append(numpy_helper.from_array(np.asarray(array, order="C"), name))
        return name

    def add(
        self, operation: str, *inputs: str, domain: str = "", outputs: int = 1, **settings: Any
    ) -> str:
        """A node; gives the name of its first output (`NAME.1` and so on are the others)."""
        name = f"n{len(self._nodes)}"
        names = [name, *(f"{name}.{place}" for place in range(1, outputs))]
        self._nodes.append(
            helper.make_node(operation, list(inputs), names, domain=domain, **settings)
        )
        return name

    def named(self, name: str, source: str) -> None:
        """Give an output its outward name."""
        self._nodes.append(helper.make_node("Identity", [source], [name]))

    def model(
        self, inputs: Sequence[onnx.ValueInfoProto], outputs: Sequence[onnx.ValueInfoProto]
    ) -> bytes:
        """The file's bytes: arrays by name, the graph among them as bytes."""
        graph = helper.make_graph(self._nodes, "encoder", list(inputs), list(outputs), self._stored)
        made = helper.make_model(
            graph, opset_imports=_OPSETS, ir_version=9, producer_name="rapport"
        )
        return pack(
            {"graph": np.frombuffer(made.SerializeToString(), dtype=np.uint8), **self._packed}
        )

    def product(self, hidden: str, matrix: Matrix) -> str:
        """Hidden [..., inputs] times the matrix plus its bias, in whole numbers."""
        steps = matrix.steps()
        one, offset = self.store(np.float32(1.0)), self.store(np.uint8(MIDDLE))
        # One scale per input costs ten times as much inside QuantizeLinear as before it.
        even = self.add("Mul", hidden, self.store(1.0 / steps))
        given = self.add("QuantizeLinear", even, one, offset)
        numbers, scales = (
            self._outside(matrix.packed, steps)
            if matrix.packed
            else self._whole(matrix.rows * steps)
        )
        return self.add(
            "MatMulIntegerToFloat", given, numbers, one, scales, offset, "", self.store(matrix.bias), domain="com.microsoft"
        )  # fmt: skip

    def _whole(self, rows: Array) -> tuple[str, str]:
        numbers, scales = whole_numbers(rows)
        return self.store(numbers), self.store(scales)

    def _outside(self, packed: Packed, steps: Array) -> tuple[str, str]:
        """Four bits in the file, whole numbers in the session: its opener works them out."""
        name, (count, width) = f"m{len(self._packed) // 3}", packed.codes.shape
        self._packed |= {f"{name}.codes": pairs(packed), f"{name}.scales": packed.scales.astype(np.float16), f"{name}.steps": steps}  # fmt: skip
        for part, kind, shape in (("numbers", TensorProto.INT8, [width, count]), ("columns", TensorProto.FLOAT, [count])):  # fmt: skip
            missing = TensorProto(
                name=f"{name}.{part}",
                data_type=kind,
                dims=shape,
                data_location=TensorProto.EXTERNAL,
            )
            missing.external_data.add(key="location", value="given")
            self._stored.append(missing)
        return f"{name}.numbers", f"{name}.columns"

    def rows_of(self, packed: Packed, ids: str) -> str:
        """Rows float32[texts, pieces, columns] of a packed matrix, picked by their numbers."""
        kept = (self.store(pairs(packed)), self.store(packed.scales.astype(np.float16)))
        stored, scales = (self.add("Gather", part, ids, axis=0) for part in kept)
        high = self.add("BitShift", stored, self.store(np.uint8(4)), direction="RIGHT")
        low = self.add("BitwiseAnd", stored, self.store(np.uint8(15)))
        codes = self.add("Cast", self.add("Concat", low, high, axis=-1), to=TensorProto.FLOAT)
        codes = self.add("Sub", codes, self.store(np.float32(8.0)))
        scales = self.add("Unsqueeze", self.add("Cast", scales, to=TensorProto.FLOAT), self.store(np.array([-1])))  # fmt: skip
        whole = self.add("Mul", codes, scales)
        return self.add("Reshape", whole, self.store(np.array([0, 0, packed.codes.shape[1]])))

    def norm(self, hidden: str, weights: tuple[Array, Array], epsilon: float) -> str:
        """Layer normalisation over the last axis."""
        return self.add("LayerNormalization", hidden, self.store(weights[0]), self.store(weights[1]), axis=-1, epsilon=epsilon)  # fmt: skip

    def layer(self, hidden: str, mask: str, parts: Mapping[str, Any], epsilon: float) -> str:
        """One encoder layer. `parts`: Matrix of `attend` (queries, keys and values in one), `mixed`, `wide`, `narrow`;
        (weight, bias) of `first` and `second`. `mask` int32[texts, pieces]."""
        whole = self.product(hidden, parts["attend"])
        self._nodes.append(helper.make_node("Split", [whole], [f"{whole}.q", f"{whole}.k", f"{whole}.v"], axis=-1, num_outputs=3))  # fmt: skip
        found = self.add("MultiHeadAttention", f"{whole}.q", f"{whole}.k", f"{whole}.v", "", mask,
                         domain="com.microsoft", num_heads=ATTENTIONS)  # fmt: skip
        hidden = self.norm(self.add("Add", hidden, self.product(found, parts["mixed"])), parts["first"], epsilon)  # fmt: skip
        wide = self.add("Gelu", self.product(hidden, parts["wide"]))
        return self.norm(self.add("Add", hidden, self.product(wide, parts["narrow"])), parts["second"], epsilon)  # fmt: skip

    def mean(self, hidden: str, mask: str) -> str:
        """Mean [texts, 384] of the vectors of the pieces that are text."""
        weights = self.add(
            "Cast", self.add("Unsqueeze", mask, self.store(np.array([2]))), to=TensorProto.FLOAT
        )
        axis = self.store(np.array([1]))
        total = self.add("ReduceSum", self.add("Mul", hidden, weights), axis, keepdims=0)
        return self.add("Div", total, self.add("ReduceSum", weights, axis, keepdims=0))


def states_input(name: str) -> onnx.ValueInfoProto:
    """float32[texts, pieces, 384]."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", "pieces", WIDTH])


def ids_input(name: str = "ids") -> onnx.ValueInfoProto:
    """int32[texts, pieces]."""
    return helper.make_tensor_value_info(name, TensorProto.INT32, ["texts", "pieces"])


def rows_output(name: str, width: int) -> onnx.ValueInfoProto:
    """float32[texts, width]."""
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, ["texts", width])


def layer_cost(pieces: int) -> int:
    """Multiplications of one layer for a text of so many pieces."""
    return pieces * (4 * WIDTH * WIDTH + 2 * WIDTH * HIDDEN) + 2 * pieces * pieces * WIDTH
