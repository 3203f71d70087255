"""What older releases of onnxruntime compute wrongly is not asked of them."""

from __future__ import annotations

import numpy as np
import onnx
import onnx.inliner
import onnxruntime

from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.words import pack_texts
from neurolite_export.targets.onnx.hash_model import hash_model
from texts import follower_texts, generated_texts


def test_no_minimum_needs_more_than_32_bits() -> None:
    """onnxruntime before 1.32 compares the lower half of the numbers of a Min of int64."""
    whole = onnx.load_model_from_string(hash_model(NeuroLiteConfig.tiny()))
    model = onnx.inliner.inline_local_functions(whole)
    names = {
        name for node in model.graph.node if node.op_type in ("Min", "Max") for name in node.input
    }
    model.graph.output.extend(onnx.ValueInfoProto(name=name) for name in names)
    session = onnxruntime.InferenceSession(model.SerializeToString())
    texts = [*generated_texts(200), *follower_texts(50, 0)]
    for batch in (texts, [b"a word at the buffer's end"]):
        found = session.run(sorted(names), {"bytes": pack_texts(batch)})
        wide = [values for values in found if values.dtype == np.int64]
        assert len(wide) > 6
        for values in wide:
            assert -(2**31) <= values.min() <= values.max() < 2**31
