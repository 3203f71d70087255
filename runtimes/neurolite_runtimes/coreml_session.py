"""Core ML packages: by Core ML itself on macOS, elsewhere by the reference evaluator.

On macOS the model runs on the CPU: it is too small for what a GPU or the Neural Engine cost to start,
and only the CPU's float32 was reasoned about for the hash, whose integers reach 2**24.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import run_in_buckets
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import WORDS
from neurolite_core.artifact.package import Content, Package, write_content
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.extras import require
from neurolite_core.network.state_spec import State
from neurolite_runtimes.coreml_reference.evaluator import RUNTIME, Evaluator
from neurolite_runtimes.coreml_reference.model import CoreMLModel, read_model
from neurolite_runtimes.session import join_rows

_MAC: Final = "darwin"
_INPUT_TYPE: Final = "int32"


class _Engine(Protocol):
    def run(self, feeds: Mapping[str, NDArray[Any]]) -> Mapping[str, Any]:
        """Every output by name, for every input by name."""


class CoreMLSession:
    """A NeuroLite .mlpackage, opened.

    Args:
        content: the package's files.
        source: its path, for messages.
        unsealed: take a package that was changed since its export as well.

    Attributes:
        sealed: the package is as it was exported.
        metadata: what the file says of itself.
        runtime: Core ML's interface and version, or that it is the reference.
        settings: where it runs.
        is_reference: that it is the reference, which shows what the file computes but not how fast
            Core ML would be.

    Raises:
        ArtifactError: damaged, not a Core ML package, not exported by NeuroLite, of a newer version, or
            with operations that the reference does not know.
        MissingDependencyError: on macOS, coremltools is not installed.
    """

    def __init__(self, content: Content, source: Path, *, unsealed: bool = False) -> None:
        if not isinstance(content, Package):
            raise ArtifactError(f"{source} is a file; a Core ML package is a folder.")
        self.sealed = require_whole(content, "coreml", source, unsealed=unsealed)
        try:
            model = read_model(content)
            found = model.user.get(METADATA_KEY)
            if found is None:
                raise ArtifactError(
                    f"it has no {METADATA_KEY!r} metadata: NeuroLite did not make it"
                )
            self.metadata = ArtifactMetadata.from_json(found, str(source))
            _check_interface(model, self.metadata)
            self.is_reference = sys.platform != _MAC
            self._engine: _Engine = Evaluator(model) if self.is_reference else _CoreML(content)
        except ArtifactError as error:
            if str(source) in str(error):
                raise
            raise ArtifactError(
                f"{source} cannot be opened: {error}. Export the model again."
            ) from error
        self.runtime = RUNTIME if self.is_reference else _CoreML.runtime()
        self.settings: Mapping[str, str] = {
            "compute units": "none: numpy" if self.is_reference else "CPU only"
        }

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({})
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count and the next state included, for zero-padded UTF-8 uint8 [N, T]."""
        name = self.metadata.input_name

        def run(_: int, row: NDArray[np.uint8], own: State) -> Mapping[str, NDArray[Any]]:
            return self._engine.run({name: row.astype(np.int32), **own})

        rows = run_in_buckets(self.metadata.buckets, packed, run, state)
        return join_rows(rows, self.metadata)


def _check_interface(model: CoreMLModel, metadata: ArtifactMetadata) -> None:
    wanted: set[tuple[int, ...]] = {(1, bucket.num_bytes) for bucket in metadata.buckets}
    found = {port.name: (port.dtype, set(port.shapes)) for port in model.inputs}
    expected: dict[str, tuple[str, set[tuple[int, ...]]]] = {
        metadata.input_name: (_INPUT_TYPE, wanted)
    }
    expected |= {spec.name: (spec.dtype, {(1, *spec.shape)}) for spec in metadata.state}
    if not wanted or found != expected:
        raise ArtifactError("its inputs are not what its metadata says")
    named = {*metadata.outputs, *(spec.next_name for spec in metadata.state), WORDS}
    missing = named - {port.name for port in model.outputs}
    if missing:
        raise ArtifactError(f"it lacks the output {min(missing)!r} that its metadata names")


class _CoreML:
    """Core ML, through coremltools; it loads a folder of a certain name, so it gets one."""

    def __init__(self, package: Package) -> None:
        tools: Any = require("coremltools", extra="coreml")
        folder = tempfile.mkdtemp(prefix="neurolite-")
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        path = Path(folder, "model.mlpackage")
        write_content(path, package)
        try:
            self._model = tools.models.MLModel(str(path), compute_units=tools.ComputeUnit.CPU_ONLY)
        except Exception as error:  # coremltools raises what the framework does
            raise ArtifactError(f"Core ML refuses it ({error})") from error

    @staticmethod
    def runtime() -> str:
        """Name and version of what runs the file."""
        tools: Any = require("coremltools", extra="coreml")
        return f"Core ML, CPU only, by coremltools {tools.__version__}"

    def run(self, feeds: Mapping[str, NDArray[Any]]) -> Mapping[str, Any]:
        """Every output by name, for every input by name."""
        answers: Mapping[str, Any] = self._model.predict(dict(feeds))
        return answers
