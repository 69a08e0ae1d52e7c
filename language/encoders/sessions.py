"""Opens model files that fit their hash as sessions. One thread each: a service's other cores belong to its other processes."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from language.encoders.files import checked
from language.encoders.matrices import unpacked, whole_numbers

MEND = "rebuild it with: make models"


def open_session(file: Path, threads: int = 1) -> onnxruntime.InferenceSession:
    """A session of a file: its graph, and its 4-bit matrices as the whole numbers that the graph reads.

    Raises FileError when the file does not fit its card.
    """
    content, _ = checked(file, MEND)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Memory would grow with the longest batch otherwise, and not be given back.
    options.enable_cpu_mem_arena = False
    values: dict[str, NDArray[Any]] = {}
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        for name in [
            each.removesuffix(".codes") for each in arrays.files if each.endswith(".codes")
        ]:
            rows = unpacked(arrays[f"{name}.codes"], arrays[f"{name}.scales"])
            rows *= arrays[f"{name}.steps"]
            values[f"{name}.numbers"], values[f"{name}.columns"] = whole_numbers(rows)
        graph = arrays["graph"].tobytes()
    given = [onnxruntime.OrtValue.ortvalue_from_numpy(value) for value in values.values()]
    options.add_external_initializers(list(values), given)
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
