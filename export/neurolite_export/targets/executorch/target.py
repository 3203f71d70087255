"""The ExecuTorch target: builds the .pte, and opens it for parity."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.export import ExportedProgram

from neurolite_core.artifact.buckets import Bucket, buckets_of
from neurolite_core.artifact.formats.pte import method_name, seal, stage_name
from neurolite_core.artifact.formats.pte_program import PteProgram
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import INDICES, NGRAMS, WORDS
from neurolite_core.artifact.package import Content, single_file
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.state_spec import State
from neurolite_export.bucketed import merge_rows
from neurolite_export.contents import Contents
from neurolite_export.fixed_shape import FixedShapeNetwork
from neurolite_export.target import ExportJob, ProbeOutputs, ProbeSession
from neurolite_export.targets.executorch.inspect import constant_text, inspect_program, read_program
from neurolite_export.targets.executorch.lowering import lower
from neurolite_export.targets.executorch.network import network_for_xnnpack
from neurolite_export.targets.executorch.quantize import quantize
from neurolite_export.targets.executorch.stages import stages


class ExecutorchTarget:
    """Builds .pte files for ExecuTorch with the XNNPACK backend."""

    name: Final = "executorch"
    suffix = ".pte"
    precisions: Final = ("float32", "int8")
    input_type = "uint8"

    def buckets(self, config: NeuroLiteConfig) -> tuple[Bucket, ...]:
        """The fixed shapes of a model's file, smallest first."""
        return buckets_of(config.max_bytes, config.max_words)

    def build(self, job: ExportJob) -> bytes:
        """The file's content; equal jobs give equal bytes."""
        int8 = job.metadata.precision == "int8"
        buckets = job.metadata.buckets
        networks = [
            network_for_xnnpack(job.network, bucket, job.metadata.outputs, job.metadata.precision)
            for bucket in buckets
        ]
        methods: dict[str, ExportedProgram] = {}
        for position, fixed in enumerate(networks):
            with torch.no_grad():
                program = torch.export.export(fixed, fixed.example(torch.uint8), strict=False)
            if int8:
                program = quantize(program, fixed, networks[-1])
            name = method_name(buckets, position)
            methods |= {
                stage_name(name, layer): each
                for layer, each in enumerate(_staged(program, fixed, job.metadata), start=1)
            }
        return seal(lower(methods, {METADATA_KEY: job.metadata.to_json()}))

    def tools(self) -> Mapping[str, str]:
        """Versions of the packages that decide the file's content."""
        return {name: version(name) for name in ("neurolite", "torch", "executorch", "torchao")}

    def open(self, content: Content) -> ProbeSession:
        """Opens a built file for parity."""
        return _PteProbe(single_file(content))

    def inspect(self, content: Content) -> Contents:
        """What is really in the file."""
        return inspect_program(read_program(single_file(content)))

    def metadata(self, content: Content) -> str | None:
        """The JSON of ``ArtifactMetadata`` that the file carries, or None where it has none."""
        return constant_text(read_program(single_file(content)), METADATA_KEY)


def _staged(
    program: ExportedProgram, fixed: FixedShapeNetwork, metadata: ArtifactMetadata
) -> list[ExportedProgram]:
    """A program for each layer that may answer; the whole one where that is the last."""
    if metadata.exits is None:
        return [program]
    ngrams = () if fixed.ngrams is None else (NGRAMS,)
    names = (*metadata.outputs, WORDS, INDICES, *ngrams, *fixed.parts)
    return stages(program, names, metadata.exits.layers)


class _PteProbe:
    def __init__(self, content: bytes) -> None:
        self._program = PteProgram(content, "The built file", threads=1)
        self.runtime = f"executorch {self._program.version}, XNNPACK"

    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and a state."""
        return merge_rows(self._program.metadata, packed, self._program.run, state)
