"""Line breaks as words (``neurolite_core.text.line_breaks``), before the hash's op: native kernels read the same bytes.

By a table of all bytes rather than a comparison, which onnxruntime does not have of uint8.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from neurolite_core.text.line_breaks import with_breaks

READ_BYTES: Final = "read_bytes"
_TABLE: Final = "line_breaks"
_PLACES: Final = "byte_places"


def put_line_breaks(graph: onnx.GraphProto, input_name: str) -> None:
    """Makes a graph begin with its bytes uint8 [N, T] as a generator reads them, ``READ_BYTES``, in place."""
    table = np.frombuffer(with_breaks(bytes(range(256))), np.uint8)
    graph.initializer.append(numpy_helper.from_array(table, _TABLE))
    graph.node.insert(
        0, helper.make_node("Cast", [input_name], [_PLACES], name=_PLACES, to=TensorProto.INT32)
    )
    graph.node.insert(
        1, helper.make_node("Gather", [_TABLE, _PLACES], [READ_BYTES], name=READ_BYTES)
    )
