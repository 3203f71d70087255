"""Opens a built .tflite for parity."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Any

import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from numpy.typing import NDArray

from neurolite_core.artifact.formats.tflite import signature_name
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import INDICES, NGRAMS
from neurolite_core.network.state_spec import State
from neurolite_export.bucketed import merge_rows
from neurolite_export.target import ProbeOutputs
from neurolite_export.targets.litert.model import Model, numbers, write_model


class LiteRtProbe:
    """A file with indices and n-grams made outputs of every signature, in memory only.

    Args:
        model: of the file; changed.
        metadata: of the file.
        resolver: which kernels run it; by default XNNPACK's, and the interpreter's own for the rest.
    """

    def __init__(
        self,
        model: Model,
        metadata: ArtifactMetadata,
        resolver: OpResolverType = OpResolverType.AUTO,
    ) -> None:
        self._metadata = metadata
        for signature in model.signatureDefs:
            subgraph = model.subgraphs[signature.subgraphIndex]
            names = [tensor.name for tensor in subgraph.tensors]
            for name in (INDICES, NGRAMS):
                if name.encode() not in names:
                    continue
                port = schema.TensorMapT()
                port.name, port.tensorIndex = name, names.index(name.encode())
                signature.outputs.append(port)
                outputs = [*numbers(subgraph.outputs), port.tensorIndex]
                subgraph.outputs = np.array(outputs, np.int32)
        self._interpreter = Interpreter(
            model_content=write_model(model),
            num_threads=1,
            experimental_op_resolver_type=resolver,
        )
        self._interpreter.allocate_tensors()
        self._runners = [
            self._interpreter.get_signature_runner(signature_name(bucket))
            for bucket in self._metadata.buckets
        ]
        self.runtime = f"ai-edge-litert {version('ai-edge-litert')}"

    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and a state."""
        return merge_rows(self._metadata, packed, self._run, state)

    def _run(
        self, position: int, row: NDArray[np.uint8], state: State
    ) -> Mapping[str, NDArray[Any]]:
        found: Mapping[str, NDArray[Any]] = self._runners[position](
            **{self._metadata.input_name: row, **state}
        )
        return found
