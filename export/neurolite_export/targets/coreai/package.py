"""Writes a program as an asset: metadata inside, and nothing that varies from run to run."""

from __future__ import annotations

import json
from typing import Any, Final

from neurolite_core.artifact.formats.aimodel import CUSTOM, METADATA, check_files, seal
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.package import Package
from neurolite_core.artifact.seal import BLANK, SEAL_KEY
from neurolite_export.targets.coreai.convert import to_files
from neurolite_export.targets.coreai.tools import AIModelAssetMetadata

_AUTHOR: Final = "NeuroLite"
_LICENSE: Final = (
    "The weights are their owner's; NeuroLite, which made this file, is under the MIT license."
)
_DATE: Final = "creationDate"
_ALWAYS: Final = "19800101T000000Z"  # equal jobs give equal bytes


def to_package(program: Any, metadata: ArtifactMetadata) -> Package:  # noqa: ANN401
    """The files of a ``.aimodel``."""
    facts = AIModelAssetMetadata()
    facts.author, facts.license = _AUTHOR, _LICENSE
    facts.model_description = _description(metadata)
    facts.set_custom(METADATA_KEY, metadata.to_json())
    facts.set_custom(SEAL_KEY, BLANK)
    files = dict(to_files(program, facts).files)
    written = json.loads(files[METADATA])
    written[_DATE] = _ALWAYS
    assert written[CUSTOM].keys() == {METADATA_KEY, SEAL_KEY}  # noqa: S101
    files[METADATA] = (json.dumps(written, indent=2, sort_keys=True) + "\n").encode()
    package = Package(files)
    check_files(package)
    return seal(package)


def _description(metadata: ArtifactMetadata) -> str:
    return (
        f"{metadata.name}: {metadata.task}, {metadata.parameters:,} parameters in {metadata.precision}. UTF-8 bytes in, "
        f"answer out: no tokenizer. A function for each length, bytes_N; when `words` is more than a quarter of N, run "
        f"the next longer one, at most {metadata.max_words} words are read. Weights: {metadata.weights}."
    )
