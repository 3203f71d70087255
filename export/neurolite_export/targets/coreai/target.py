"""The Core AI target: builds .aimodel folders, and opens them by Apple's runtime."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import Bucket, buckets_of
from neurolite_core.artifact.formats.aimodel import check_files, function_name, read_metadata
from neurolite_core.artifact.formats.aimodel_program import AimodelProgram
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import Content, Package
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.state_spec import State
from neurolite_export.bucketed import merge_rows
from neurolite_export.contents import Contents
from neurolite_export.target import ExportJob, ProbeOutputs, ProbeSession
from neurolite_export.targets.coreai.convert import format_of, read_program, to_program
from neurolite_export.targets.coreai.inspect import inspect_program
from neurolite_export.targets.coreai.network import bucket_networks
from neurolite_export.targets.coreai.package import to_package

_SOURCE: Final = "The asset"


class CoreAITarget:
    """Builds .aimodel folders for iOS 27, macOS 27 and later."""

    name: Final = "coreai"
    suffix: Final = ".aimodel"
    precisions: Final = ("float32", "float16", "int8")
    input_type: Final = "uint8"

    def buckets(self, config: NeuroLiteConfig) -> tuple[Bucket, ...]:
        """The fixed shapes of a model's file, smallest first."""
        return buckets_of(config.max_bytes, config.max_words)

    def build(self, job: ExportJob) -> Package:
        """The folder's files; equal jobs give equal bytes."""
        metadata = job.metadata
        networks = bucket_networks(job.network, metadata)
        named = {
            function_name(metadata.buckets, place): networks[bucket]
            for place, bucket in enumerate(metadata.buckets)
        }
        return to_package(to_program(named, metadata), metadata)

    def tools(self) -> Mapping[str, str]:
        """Versions of the packages that decide the file's content."""
        return {
            name: version(name) for name in ("neurolite", "torch", "coreai-torch", "coreai-core")
        }

    def open(self, content: Content) -> ProbeSession:
        """Opens a built folder for parity."""
        return _CoreAIProbe(AimodelProgram(_checked(content), _SOURCE))

    def inspect(self, content: Content) -> Contents:
        """What is really in the folder."""
        package = _checked(content)
        metadata = self.metadata(content)
        if metadata is None:
            raise ArtifactError("It is a Core AI asset that was not exported by neurolite-export.")
        buckets = ArtifactMetadata.from_json(metadata, _SOURCE).buckets
        largest = function_name(buckets, len(buckets) - 1)
        return inspect_program(read_program(package), format_of(package), largest)

    def metadata(self, content: Content) -> str | None:
        """The JSON of ``ArtifactMetadata`` that the folder carries, or None where it has none."""
        return read_metadata(_checked(content))


def _checked(content: Content) -> Package:
    if not isinstance(content, Package):
        raise ArtifactError("It is a file; a Core AI asset is a folder.")
    check_files(content)
    return content


class _CoreAIProbe:
    """Apple's runtime; indices are among an asset's outputs."""

    def __init__(self, program: AimodelProgram) -> None:
        self._program = program
        self.runtime = program.runtime

    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and a state."""
        return merge_rows(self._program.metadata, packed, self._program.run, state)
