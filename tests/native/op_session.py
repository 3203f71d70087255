"""A session of one of our ops with its definition, by the function body or by a library's kernel."""

from __future__ import annotations

from typing import Any

import onnx
import onnxruntime
from onnx import helper

from neurolite_export.targets.onnx.hash_function import DOMAIN, DOMAIN_VERSION
from neurolite_export.targets.onnx.target import IR_VERSION, OPSET
from neurolite_runtimes.native_library import NativeLibrary


def op_session(
    graph: onnx.GraphProto, function: onnx.FunctionProto, library: NativeLibrary | None
) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    """Without a library the body runs."""
    model = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)],
        functions=[function],
        ir_version=IR_VERSION,
    )
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    if library is not None:
        options.register_custom_ops_library(str(library.path))
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
