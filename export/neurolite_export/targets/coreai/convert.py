"""From the networks of all buckets to one program of Core AI, and from a program to the files of an asset."""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch

from neurolite_core.artifact.formats.aimodel import METADATA, VERSION
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import Package, read_content, write_content
from neurolite_export.targets.coreai.network import BucketNetwork
from neurolite_export.targets.coreai.tools import (
    AIModelAsset,
    AIProgram,
    Context,
    Module,
    coreai_torch,
    quiet,
)

FOLDER: Final = "m.aimodel"
_LIMIT: Final = 2**30
# Names that coreai-torch draws at random, and those that LLVM makes of where a process lies in memory.
_NAMES: Final = re.compile(r"(?<=@)(?P<graph>\w+)_[a-z]{8}\b|\bresource_\d+\b")


@torch.no_grad()
def to_program(networks: Mapping[str, BucketNetwork], metadata: ArtifactMetadata) -> Any:  # noqa: ANN401
    """The program with a function for each network.

    Args:
        networks: by the functions' names.
        metadata: of the file.
    """
    with quiet():
        # Without notes on which line of Python an operation came from.
        converter = coreai_torch.TorchConverter(mode=coreai_torch.TorchConverter.Mode.RELEASE)
        for name, network in networks.items():
            example = network.fixed.example(torch.uint8)
            captured = torch.export.export(network, example, strict=False)
            converter.add_exported_program(
                captured.run_decompositions(coreai_torch.get_decomp_table()),
                input_names=[metadata.input_name],
                output_names=list(network.names),
                state_names=[spec.name for spec in metadata.state],
                entrypoint_name=name,
            )
        program = converter.to_coreai()
        return _with_lasting_names(program)


def _with_lasting_names(program: Any) -> Any:  # noqa: ANN401
    """The program as its own text has it, in which inner graphs and stored tensors have the same names each time."""
    counts: Counter[str] = Counter()
    names: dict[str, str] = {}

    def lasting(found: re.Match[str]) -> str:
        if found[0] not in names:
            kind = found["graph"] or "tensor"
            names[found[0]] = f"{kind}_{counts[kind]}"
            counts[kind] += 1
        return names[found[0]]

    text = _NAMES.sub(lasting, str(program))
    return AIProgram._from_mlir_module(Module.parse(text, Context()._mlir_context))


def to_files(program: Any, facts: Any) -> Package:  # noqa: ANN401
    """An asset's files as Apple's package writes them.

    Args:
        program: of ``to_program``.
        facts: an ``AIModelAssetMetadata``.
    """
    with quiet(), tempfile.TemporaryDirectory() as folder:
        path = Path(folder, FOLDER)
        program.save_asset(path, facts)
        found = read_content(path, _LIMIT)
    assert isinstance(found, Package)  # noqa: S101
    return found


def read_program(content: Package) -> Any:  # noqa: ANN401
    """The program of an asset whose files were looked through, as Apple's package reads it."""
    with quiet(), tempfile.TemporaryDirectory() as folder:
        return _loaded(content, Path(folder)).program


def format_of(content: Package) -> str:
    """What an asset says that it needs, for people."""
    facts = json.loads(content.files[METADATA])
    with quiet(), tempfile.TemporaryDirectory() as folder:
        summary = _loaded(content, Path(folder)).summary(include_statistics=False)
    return f"Core AI asset {facts.get(VERSION)}, OS {summary._compatibility_version}"


def _loaded(content: Package, folder: Path) -> Any:  # noqa: ANN401
    write_content(folder / FOLDER, content)
    return AIModelAsset.load(folder / FOLDER)
