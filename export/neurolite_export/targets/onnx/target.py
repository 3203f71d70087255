"""The ONNX target: assembles hash and network into one file, and opens it for parity."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import TensorProto, helper

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.formats.onnx_file import seal
from neurolite_core.artifact.joining import join_outputs
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.artifact.outputs import (
    DEPTH,
    EXPERT,
    HIDDEN,
    INDICES,
    NGRAMS,
    OFFSETS,
    RULES,
    STARTS,
    TAGS,
    WORDS,
)
from neurolite_core.artifact.package import Content, single_file
from neurolite_core.artifact.seal import BLANK, SEAL_KEY
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.state_spec import State
from neurolite_export.chosen import float_tables
from neurolite_export.contents import Contents
from neurolite_export.conversations import feeds_of
from neurolite_export.target import ExportJob, ProbeOutputs, ProbeSession
from neurolite_export.targets.onnx.early_exit import put_conditions
from neurolite_export.targets.onnx.hash_function import DOMAIN, DOMAIN_VERSION
from neurolite_export.targets.onnx.hash_ops import hash_op
from neurolite_export.targets.onnx.inspect import inspect_model
from neurolite_export.targets.onnx.line_breaks import READ_BYTES, put_line_breaks
from neurolite_export.targets.onnx.network import capture, looks_inside
from neurolite_export.targets.onnx.packed_row_sum import fuse_packed_row_sum
from neurolite_export.targets.onnx.quantize import measure_ranges, quantize
from neurolite_export.targets.onnx.recall import put_recalls
from neurolite_export.targets.onnx.row_sum import fuse_row_sum
from neurolite_export.targets.onnx.rule_ops import put_rules
from neurolite_export.targets.onnx.selective_states import put_selective_states
from neurolite_export.targets.onnx.slot_write import put_slot_write
from neurolite_export.targets.onnx.string_input import take_bytes, take_strings
from neurolite_export.targets.onnx.wide_logits import put_wide_logits
from neurolite_export.targets.onnx.word_starts_function import put_word_starts

# Opset 18 and IR 8 are those of onnxruntime 1.14 (2023); tried on 1.24.1, 1.25.0, 1.31.1 and 1.32.0.
OPSET: Final = 18
IR_VERSION: Final = 8
_WHOLE: Final = (DEPTH, EXPERT, RULES, OFFSETS)  # outputs that are int32
_STATE_TYPES: Final = {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32}


class OnnxTarget:
    """Builds .onnx files that stock onnxruntime runs with nothing registered."""

    name: Final = "onnx"
    suffix = ".onnx"
    precisions: Final = ("float32", "int8")
    input_type = "uint8"

    def buckets(self, config: NeuroLiteConfig) -> tuple[Bucket, ...]:  # noqa: ARG002
        """None: its shapes are free."""
        return ()

    def build(self, job: ExportJob) -> bytes:
        """The file's content; equal jobs give equal bytes."""
        model = capture(job.network, OPSET)
        fuse_packed_row_sum(model, OPSET)
        if job.network.wide is not None:
            put_wide_logits(model, job.network.wide, OPSET)
        if job.network.rules is not None:
            put_rules(model, job.network.rules, OPSET)
        if job.network.memory is not None:
            put_recalls(model, job.network.memory, OPSET)
            put_slot_write(model, job.network.memory, OPSET)
        put_selective_states(model, job.network, OPSET)
        if job.metadata.precision == "int8":
            ranges = measure_ranges(model, _feeds(job))
            model = quantize(model, ranges, float_tables(job.network))
            fuse_row_sum(model, job.network.config.num_hashes, OPSET)
        _assemble(model, job)
        if job.metadata.exits is not None:
            put_conditions(model.graph, job.metadata.exits.layers)
        self._finish(model)
        onnx.checker.check_model(model, full_check=True)
        return seal(model.SerializeToString(deterministic=True))

    def _finish(self, model: onnx.ModelProto) -> None:
        """For variants of this target."""

    def tools(self) -> Mapping[str, str]:
        """Versions of the packages that decide the file's content."""
        names = ("neurolite", "torch", "onnx", "onnxscript", "onnxruntime")
        return {name: version(name) for name in names}

    def open(self, content: Content) -> ProbeSession:
        """Opens a built file for parity."""
        return _OnnxProbe(single_file(content))

    def inspect(self, content: Content) -> Contents:
        """What is really in the file."""
        return inspect_model(_read(content))

    def metadata(self, content: Content) -> str | None:
        """The JSON of ``ArtifactMetadata`` that the file carries, or None where it has none."""
        props = {item.key: item.value for item in _read(content).metadata_props}
        return props.get(METADATA_KEY)


class StringOnnxTarget(OnnxTarget):
    """Files that take strings: they need the native op library or onnxruntime-extensions."""

    suffix = "-string.onnx"
    input_type = "string"

    def _finish(self, model: onnx.ModelProto) -> None:
        take_strings(model)


def _read(content: Content) -> onnx.ModelProto:
    try:
        return onnx.load_model_from_string(single_file(content))
    except DecodeError as error:
        raise ArtifactError(f"It is a damaged ONNX model: {error}") from error


def _feeds(job: ExportJob) -> Iterator[Mapping[str, NDArray[Any]]]:
    hashed = [INDICES, WORDS]
    hashed += [NGRAMS] if job.network.wide is not None else []
    hashed += [STARTS] if looks_inside(job.network) else []
    names = (*hashed, *(spec.name for spec in job.network.state_specs))
    for inputs in feeds_of(job.network, job.calibration):
        found = dict(zip(names, (each.numpy() for each in inputs), strict=True))
        yield found | {name: found[name].astype(np.int32) for name in hashed}


def _assemble(model: onnx.ModelProto, job: ExportJob) -> None:
    """Puts the hash in front of a captured network, in place, and the metadata inside."""
    metadata, experts = job.metadata, job.network.config.experts
    graph = model.graph
    graph.name = f"neurolite-{metadata.name}"
    shapes: dict[str, list[str | int]] = {
        "logits": ["N", len(metadata.labels)],
        "embedding": ["N", metadata.embedding_size],
        DEPTH: ["N"],
        RULES: ["N", len(metadata.rules)],
        OFFSETS: ["N", "L", 2],
    }
    del graph.input[:]
    del graph.output[:]
    graph.input.append(
        helper.make_tensor_value_info(metadata.input_name, TensorProto.UINT8, ["N", "T"])
    )
    if metadata.spans is not None:
        shapes[TAGS] = ["N", "L", metadata.spans.num_tags]
    if experts is not None:
        shapes[EXPERT] = ["N"] if experts.top == 1 else ["N", experts.top]
    for name in metadata.outputs:
        kind = TensorProto.INT32 if name in _WHOLE else TensorProto.FLOAT
        graph.output.append(helper.make_tensor_value_info(name, kind, shapes[name]))
    for spec in metadata.state:
        for name, ports in ((spec.name, graph.input), (spec.next_name, graph.output)):
            kind = _STATE_TYPES[spec.dtype]
            ports.append(helper.make_tensor_value_info(name, kind, ["N", *spec.shape]))
    graph.output.append(helper.make_tensor_value_info(WORDS, TensorProto.INT32, ["N"]))
    _put_hash(model, job.network, metadata.input_name)
    if job.network.rules is not None and job.network.rules.starts is not None:
        put_word_starts(model, job.network.rules.starts.table, metadata.input_name, OPSET)
    del model.opset_import[:]
    model.opset_import.extend(
        [helper.make_opsetid("", OPSET), helper.make_opsetid(DOMAIN, DOMAIN_VERSION)]
    )
    for node in graph.node:
        node.ClearField("name")  # nobody needs it, and outputs say the same
    model.ir_version = IR_VERSION
    model.producer_name = "neurolite"
    model.producer_version = metadata.tools["neurolite"]
    helper.set_model_props(model, {METADATA_KEY: metadata.to_json(), SEAL_KEY: BLANK})


def _put_hash(model: onnx.ModelProto, network: TextNetwork, input_name: str) -> None:
    """Inserts the hash's node and function, and tells checkers and tools what it puts out."""
    op = hash_op(network.config)
    model.graph.node.insert(0, op.node(READ_BYTES if network.config.line_breaks else input_name))
    if network.config.line_breaks:
        put_line_breaks(model.graph, input_name)
    model.graph.value_info.extend(
        helper.make_tensor_value_info(name, TensorProto.INT32, shape)
        for name, shape in op.shapes.items()
        if name in HIDDEN
    )
    model.functions.append(op.function(OPSET))


def visible_session(model: onnx.ModelProto) -> tuple[onnxruntime.InferenceSession, list[str]]:
    """A session whose outputs have indices and n-grams among them, and the names of all; changes the model."""
    hashed = [info for info in model.graph.value_info if info.name in (INDICES, NGRAMS)]
    model.graph.output.extend(hashed)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    return session, [value.name for value in model.graph.output]


class _OnnxProbe:
    """The written bytes with the hash node's outputs made visible, in memory only.

    Of a file that takes strings, the part behind the op that hands over their bytes.
    """

    def __init__(self, content: bytes) -> None:
        model = onnx.load_model_from_string(content)
        take_bytes(model)
        self._session, self._names = visible_session(model)
        self._input = model.graph.input[0].name
        self.runtime = f"onnxruntime {onnxruntime.__version__}, hash by its function body"

    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and a state."""
        values = self._session.run(self._names, {self._input: packed, **state})
        found = dict(zip(self._names, values, strict=True))
        return ProbeOutputs.of(join_outputs([found], self._names))
