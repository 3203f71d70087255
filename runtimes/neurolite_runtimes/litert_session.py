"""LiteRT artifacts on ai-edge-litert, or on tflite-runtime where a board has no newer one."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import Bucket, run_in_buckets
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.formats.tflite import read_metadata, signature_name
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import WORDS
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.extras import require
from neurolite_core.ground.processors import available_processors
from neurolite_core.network.state_spec import State
from neurolite_runtimes.session import join_rows, threads_setting

# Import package -> distribution; the first one that is installed runs the file.
INTERPRETERS: Final = {"ai_edge_litert": "ai-edge-litert", "tflite_runtime": "tflite-runtime"}


class LiteRtSession:
    """A NeuroLite .tflite file, opened.

    Args:
        content: the file's bytes.
        source: its path, for messages.
        threads: of the interpreter; 0 lets it take all cores.
        unsealed: take a file that was changed since its export as well.

    Attributes:
        sealed: the file is as it was exported.
        is_reference: False, this is the runtime itself.
        runtime: the interpreter's distribution and version.
        settings: threads and delegate.

    Raises:
        ArtifactError: damaged, not exported by NeuroLite, or of a newer version.
        MissingDependencyError: no interpreter is installed.
    """

    is_reference: Final = False

    def __init__(
        self, content: bytes, source: Path, *, threads: int = 1, unsealed: bool = False
    ) -> None:
        self.sealed = require_whole(content, "litert", source, unsealed=unsealed)
        found = read_metadata(content, str(source))
        if found is None:
            raise ArtifactError(
                f"{source} is a LiteRT model, but was not exported by neurolite-export: "
                "it has no NeuroLite metadata."
            )
        self.metadata = ArtifactMetadata.from_json(found, str(source))
        package = _installed()
        module: Any = require(f"{package}.interpreter", extra="litert")
        self.runtime = f"{INTERPRETERS[package]} {version(INTERPRETERS[package])}"
        self.settings: Mapping[str, str] = {
            "threads": threads_setting(threads),
            "delegate": "XNNPACK",
        }
        try:
            self._interpreter = module.Interpreter(
                model_content=content, num_threads=threads or available_processors()
            )
            # Before any signature is asked for: tflite-runtime gives XNNPACK to all of them only here.
            self._interpreter.allocate_tensors()
            self._runners = [self._runner(bucket) for bucket in self.metadata.buckets]
        except (KeyError, RuntimeError, ValueError) as error:
            raise ArtifactError(f"{source} cannot be opened by {self.runtime}: {error}") from error
        if not self._runners:
            raise ArtifactError(f"{source}: its metadata names no buckets. Export the model again.")

    def run_bytes(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({})
    ) -> Mapping[str, NDArray[np.generic]]:
        """All outputs, the word count and the next state included, for zero-padded UTF-8 uint8 [N, T]."""
        rows = run_in_buckets(self.metadata.buckets, packed, self._run, state)
        return join_rows(rows, self.metadata)

    def _run(
        self, position: int, row: NDArray[np.uint8], state: State
    ) -> Mapping[str, NDArray[Any]]:
        found: Mapping[str, NDArray[Any]] = self._runners[position](
            **{self.metadata.input_name: row, **state}
        )
        return found

    def _runner(self, bucket: Bucket) -> Any:  # noqa: ANN401  # the interpreters ship no types
        """What runs one bucket.

        Raises:
            ValueError: the file has no such signature, or one of another interface.
        """
        name = signature_name(bucket)
        runner = self._interpreter.get_signature_runner(name)
        inputs = {
            key: (tuple(detail["shape"]), np.dtype(detail["dtype"]).name)
            for key, detail in runner.get_input_details().items()
        }
        expected: dict[str, tuple[tuple[int, ...], str]] = {
            self.metadata.input_name: ((1, bucket.num_bytes), self.metadata.input_type)
        }
        specs = self.metadata.state
        expected |= {spec.name: ((1, *spec.shape), spec.dtype) for spec in specs}
        named = {*self.metadata.outputs, *(spec.next_name for spec in specs), WORDS}
        missing = named - set(runner.get_output_details())
        if inputs != expected or missing:
            raise ValueError(f"its signature {name!r} is not what its metadata says.")
        return runner


def _installed() -> str:
    """The package of the interpreter to use; where there is none, the one to install."""
    for package in INTERPRETERS:
        if importlib.util.find_spec(package) is not None:
            return package
    return next(iter(INTERPRETERS))
