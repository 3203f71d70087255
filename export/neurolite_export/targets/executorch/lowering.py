"""Captured methods to the bytes of one .pte file."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator, Mapping
from typing import Final

import torch
from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner
from executorch.backends.xnnpack.xnnpack_preprocess import XnnpackBackend
from executorch.exir import EdgeCompileConfig, ExecutorchBackendConfig, to_edge
from executorch.exir.backend.backend_details import CompileSpec
from executorch.exir.backend.partitioner import DelegationSpec
from executorch.exir.passes.constant_prop_pass import constant_prop_pass
from torch.export import ExportedProgram

from neurolite_export.targets.executorch.passes import pool_means, remove_copies

_LINEAR: Final = torch.ops.aten.linear.default
_KEPT: Final = ("val", "tensor_meta")
_DEQUANTIZE: Final = torch.ops.quantized_decomposed.dequantize_per_channel.default


def lower(methods: Mapping[str, ExportedProgram], constants: Mapping[str, str]) -> bytes:
    """One file.

    Args:
        methods: captured method by name.
        constants: text by the name of the method that returns it.
    """
    with _quiet():
        programs = {name: _prepared(program) for name, program in methods.items()}
        # What ``to_edge_transform_and_lower`` does, with one pass of decompositions in place of three.
        edge = to_edge(
            programs,
            constant_methods=dict(constants),
            compile_config=EdgeCompileConfig(_check_ir_validity=False, preserve_ops=[_LINEAR]),
        )
        lowered = edge.transform([remove_copies, pool_means]).to_backend(_partitioner())
        program = lowered.to_executorch(ExecutorchBackendConfig())
    content: bytes = program.buffer
    return content


def _partitioner() -> XnnpackPartitioner:
    """XNNPACK's, without most of its seventeen passes over each partition.

    They take most of an export's time and find nothing here: ``remove_copies`` and the network's own form
    leave nothing for them to do. The key is the backend's own, for one pass in place of all.
    """
    partitioner = XnnpackPartitioner()
    spec = CompileSpec("dqlinear_partitioner", b"")
    partitioner.delegation_spec = DelegationSpec(XnnpackBackend.__name__, [spec])
    return partitioner


def _prepared(program: ExportedProgram) -> ExportedProgram:
    """Constants folded, and without the notes on where a node came from, which every pass would copy."""
    program = constant_prop_pass(program, {_DEQUANTIZE})
    for node in program.graph.nodes:
        for key in [key for key in node.meta if key not in _KEPT]:
            del node.meta[key]
    return program


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The tools warn about their own future."""
    disabled = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(disabled)
