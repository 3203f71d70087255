"""What onnxruntime makes of an int8 file's products: integer kernels, and none that makes weights float32 again."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import onnx
import onnxruntime

from generating import generator
from neurolite_core.artifact.package import single_file
from neurolite_export.exporting import metadata_of
from neurolite_export.forms import formed
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS


def test_every_product_of_a_state_space_model_has_an_integer_kernel(tmp_path: Path) -> None:
    """Also one whose output is read in float32 and in int8."""
    source = formed(Source(generator(), "words", "random"), "stream")
    target = TARGETS["onnx"].load()
    probes = Probes("some", (b"How are you?", b"", b"I am fine"), conversations=(0, 1, 1))
    metadata = metadata_of(source, target, "int8")
    content = single_file(target.build(ExportJob(source.network, metadata, probes)))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    nodes = onnx.load(options.optimized_model_filepath).graph.node
    found = Counter(node.op_type for node in nodes)
    # Window, enter, select, steps, leave, and the two of the head.
    assert found["QGemm"] == 7
    weights = {name for node in nodes if node.op_type == "DequantizeLinear" for name in node.input}
    assert not [name for name in weights if name.endswith("weight:int8")]
