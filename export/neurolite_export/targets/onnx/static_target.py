"""Static ONNX files: every shape a number and one text at a time, for engines that are not ONNX Runtime."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from onnx import helper

from neurolite_core.artifact.buckets import Bucket, padded
from neurolite_core.artifact.formats.onnx_file import seal
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import HIDDEN
from neurolite_core.artifact.package import Content, single_file
from neurolite_core.artifact.seal import BLANK, SEAL_KEY
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.state_spec import State, initial_state
from neurolite_core.text.words import truncate
from neurolite_export.bucketed import merge_rows
from neurolite_export.chosen import float_tables
from neurolite_export.conversations import groups_of
from neurolite_export.limits import bucket_of
from neurolite_export.target import ExportJob, ProbeOutputs, ProbeSession
from neurolite_export.targets.onnx.quantize import measure_ranges, quantize
from neurolite_export.targets.onnx.static_network import capture_static
from neurolite_export.targets.onnx.target import IR_VERSION, OnnxTarget, visible_session


class StaticOnnxTarget(OnnxTarget):
    """Builds .onnx files of one fixed shape.

    Args:
        num_bytes: T, of the input; words are a fourth of it, and at most those that the model reads.
    """

    def __init__(self, num_bytes: int) -> None:
        self._num_bytes = num_bytes
        self.suffix = f"-static-{num_bytes}.onnx"

    def buckets(self, config: NeuroLiteConfig) -> tuple[Bucket, ...]:
        """The one shape.

        Raises:
            InputError: a number of bytes that no file of this model can have.
        """
        return (bucket_of(config, self._num_bytes),)

    def build(self, job: ExportJob) -> bytes:
        """The file's content; equal jobs give equal bytes."""
        metadata = job.metadata
        model = capture_static(job.network, metadata)
        if metadata.precision == "int8":
            ranges = measure_ranges(model, _feeds(job))
            model = quantize(model, ranges, float_tables(job.network), early=False)
        _finish(model, metadata)
        onnx.checker.check_model(model, full_check=True)
        return seal(model.SerializeToString(deterministic=True))

    def open(self, content: Content) -> ProbeSession:
        """Opens a built file for parity."""
        return _StaticProbe(single_file(content))


def _feeds(job: ExportJob) -> Iterator[Mapping[str, NDArray[Any]]]:
    """Texts one by one, each in the light of what the reference keeps of those before it."""
    metadata = job.metadata
    (bucket,), specs = metadata.buckets, metadata.state
    texts = [truncate(text, metadata.max_bytes)[0] for text in job.calibration.texts]
    for group in groups_of(job.calibration, turn_by_turn=bool(specs)):
        state: State = initial_state(specs, len(group[0]))
        for positions in group:
            for row, position in enumerate(positions):
                data = padded(np.frombuffer(texts[position], np.uint8), bucket)
                own = {name: values[row : row + 1] for name, values in state.items()}
                yield {metadata.input_name: data, **own}
            if specs:
                state = _following(job, [texts[position] for position in positions], state)


@torch.no_grad()
def _following(job: ExportJob, texts: list[bytes], state: State) -> State:
    """What the reference keeps after the next text of each conversation that goes on."""
    network = job.network
    given = [torch.from_numpy(state[spec.name][: len(texts)]) for spec in network.state_specs]
    answers = network.network(*network.features(texts), state=given)
    return {spec.name: answers[spec.next_name].numpy() for spec in network.state_specs}


def _finish(model: onnx.ModelProto, metadata: ArtifactMetadata) -> None:
    """Makes what an app does not get no output, and puts the metadata inside; in place."""
    graph = model.graph
    graph.name = f"neurolite-{metadata.name}"
    hidden = [value for value in graph.output if value.name in HIDDEN]
    graph.value_info.extend(hidden)
    for value in hidden:
        graph.output.remove(value)
    model.ir_version = IR_VERSION
    model.producer_name = "neurolite"
    model.producer_version = metadata.tools["neurolite"]
    helper.set_model_props(model, {METADATA_KEY: metadata.to_json(), SEAL_KEY: BLANK})


class _StaticProbe:
    """The written bytes with indices and n-grams made visible, in memory only."""

    def __init__(self, content: bytes) -> None:
        model = onnx.load_model_from_string(content)
        props = {item.key: item.value for item in model.metadata_props}
        self._metadata = ArtifactMetadata.from_json(props[METADATA_KEY], "The content")
        self._session, self._names = visible_session(model)
        self.runtime = f"onnxruntime {onnxruntime.__version__}, hash by standard operators"

    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and a state."""
        return merge_rows(self._metadata, packed, self._run, state)

    def _run(self, _: int, row: NDArray[np.uint8], state: State) -> Mapping[str, NDArray[Any]]:
        values = self._session.run(self._names, {self._metadata.input_name: row, **state})
        return dict(zip(self._names, values, strict=True))
