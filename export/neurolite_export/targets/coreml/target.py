"""The Core ML target: builds packages on any machine, and opens them by the reference evaluator."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import Bucket, buckets_of
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import INDICES, NGRAMS
from neurolite_core.artifact.package import Content, Package
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.state_spec import State
from neurolite_export.bucketed import merge_rows
from neurolite_export.chosen import float_tables
from neurolite_export.contents import Contents
from neurolite_export.packed_pairs import packed_tables
from neurolite_export.plain_wide import wide_tables
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.target import ExportJob, ProbeOutputs, ProbeSession
from neurolite_export.targets.coreml.convert import to_parts, to_program
from neurolite_export.targets.coreml.inspect import inspect_model
from neurolite_export.targets.coreml.modules import REPLACEMENTS
from neurolite_export.targets.coreml.network import FlexibleNetwork, capture, gives_one_label
from neurolite_export.targets.coreml.package import to_package
from neurolite_export.targets.coreml.precision import to_float16, to_int8
from neurolite_export.targets.coreml.shapes import plain_shapes
from neurolite_export.targets.coreml.sparse import store_sparse
from neurolite_export.targets.coreml.stored import store_tables
from neurolite_runtimes.coreml_reference.evaluator import RUNTIME, Evaluator
from neurolite_runtimes.coreml_reference.model import CoreMLModel, read_model


class CoreMLTarget:
    """Builds .mlpackage folders for iOS 17, macOS 14 and later."""

    name: Final = "coreml"
    suffix: Final = ".mlpackage"
    precisions: Final = ("float32", "float16", "int8")
    input_type: Final = "int32"  # Core ML's smallest integer input of iOS 17

    def buckets(self, config: NeuroLiteConfig) -> tuple[Bucket, ...]:
        """The fixed shapes of a model's file, smallest first."""
        return buckets_of(config.max_bytes, config.max_words)

    def build(self, job: ExportJob) -> Package:
        """The package's files; equal jobs give equal bytes."""
        metadata = job.metadata
        lowering = Lowering(None, metadata.precision)
        replaced = with_replacements(job.network, REPLACEMENTS, lowering)
        network = FlexibleNetwork(replaced, metadata.outputs).eval()
        captured = capture(network, metadata.buckets)
        plain_shapes(captured, metadata.buckets)
        program = to_program(
            captured, network.names, metadata.input_name, metadata.buckets, metadata.state
        )
        store_tables(program, (*packed_tables(job.network), *wide_tables(job.network)))
        if metadata.precision != "float32":
            to_float16(program)
        if metadata.precision == "int8":
            to_int8(program, float_tables(job.network))
        else:
            store_sparse(program, job.network)
        classes = metadata.labels if gives_one_label(metadata.task) else ()
        return to_package(to_parts(program, classes), metadata)

    def tools(self) -> Mapping[str, str]:
        """Versions of the packages that decide the file's content."""
        return {name: version(name) for name in ("neurolite", "torch", "coremltools")}

    def open(self, content: Content) -> ProbeSession:
        """Opens a built package for parity."""
        return _CoreMLProbe(_read(content))

    def inspect(self, content: Content) -> Contents:
        """What is really in the package."""
        return inspect_model(_read(content))

    def metadata(self, content: Content) -> str | None:
        """The JSON of ``ArtifactMetadata`` that the package carries, or None where it has none."""
        return _read(content).user.get(METADATA_KEY)


def _read(content: Content) -> CoreMLModel:
    if not isinstance(content, Package):
        raise ArtifactError("It is a file; a Core ML package is a folder.")
    return read_model(content)


class _CoreMLProbe:
    """The reference evaluator, which also shows the values inside."""

    runtime: Final = RUNTIME

    def __init__(self, model: CoreMLModel) -> None:
        found = model.user.get(METADATA_KEY)
        if found is None:
            raise ArtifactError(f"The package has no {METADATA_KEY!r} metadata.")
        self._metadata = ArtifactMetadata.from_json(found, "The package")
        self._evaluator = Evaluator(model)
        made = {name for operation in model.operations for name, _ in operation.outputs}
        self._hashed = [name for name in (INDICES, NGRAMS) if name in made]

    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and a state."""
        name = self._metadata.input_name

        def run(_: int, row: NDArray[np.uint8], own: State) -> Mapping[str, NDArray[np.generic]]:
            return self._evaluator.run({name: row.astype(np.int32), **own}, self._hashed)

        return merge_rows(self._metadata, packed, run, state)
