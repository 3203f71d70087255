"""Writes a model's parts as a package: metadata inside, and nothing that varies from run to run."""

from __future__ import annotations

import json
from typing import Any, Final

from neurolite_core.artifact.formats.mlpackage import MODEL, seal
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import DEPTH, EXPERT, OFFSETS, RULES, TAGS, WORDS
from neurolite_core.artifact.package import Package
from neurolite_core.artifact.seal import BLANK, SEAL_KEY
from neurolite_export.targets.coreml.canonical import canonical
from neurolite_export.targets.coreml.convert import CLASS_LABEL, Parts

_FOLDER: Final = "com.apple.CoreML"
_AUTHOR: Final = "NeuroLite"
_LICENSE: Final = (
    "The weights are their owner's; NeuroLite, which made this file, is under the MIT license."
)
# Any two will do, as long as they differ; coremltools draws new ones each time.
_MODEL_ID: Final = "4E4C4954-0000-4000-8000-00000000004D"
_WEIGHTS_ID: Final = "4E4C4954-0000-4000-8000-000000000057"

_SUMMARIES: Final = {
    "classification": "text classifier with {labels} labels",
    "multi_label": "any of {labels} labels for a text",
    "embedding": "text embeddings of {values} values",
    "spans": "spans of {types} types in a text",
    "generation": "next word of a text, of {labels} entries",
}
_DESCRIPTIONS: Final = {
    "logits": "Scores of the labels, before the softmax; of several labels a text, before the sigmoid of each.",
    "embedding": "The text's vector, of length 1, for cosine search; zeros for a text without words.",
    DEPTH: "The layer that answered, from 1.",
    EXPERT: "Number of the expert that the text chose, or of two.",
    RULES: "Which rules fired: 1 for each that did, in the order of the metadata's.",
    TAGS: "Of each word the scores of its tags: outside, then for each type of the metadata's its first word and its others. "
    "Rows behind the text's words hold anything.",
    OFFSETS: "Of each word its first byte in the text and the one behind its last; zeros behind the text's words.",
    WORDS: "Words in the text. When this is more than a quarter of the input's length, run the next longer "
    "shape: words beyond that quarter were not read.",
    CLASS_LABEL: "The most probable label.",
    f"{CLASS_LABEL}_probs": "Probability of each label.",
}


def to_package(parts: Parts, metadata: ArtifactMetadata) -> Package:
    """The files of a ``.mlpackage``; the parts' specification is changed in place."""
    description = parts.specification.description
    described = _DESCRIPTIONS | {
        metadata.input_name: f"UTF-8 bytes of the text, at most {metadata.max_bytes}, in the shortest shape that holds "
        "them, zeros behind them."
    }
    for spec in metadata.state:
        described[spec.name] = (
            f"What is remembered: {spec.next_name} of the text before, or {spec.initial:g} everywhere at the start."
        )
        described[spec.next_name] = f"What is remembered with this text: {spec.name} of the next."
    for port in (*description.input, *description.output):
        port.shortDescription = described[port.name]
    facts = description.metadata
    facts.Clear()
    facts.shortDescription = _summary(metadata)
    facts.versionString = metadata.tools["neurolite"]
    facts.author = _AUTHOR
    facts.license = _LICENSE
    facts.userDefined[METADATA_KEY] = metadata.to_json()
    facts.userDefined[SEAL_KEY] = BLANK
    specification = parts.specification
    return seal(
        Package(
            {
                "Manifest.json": _manifest(),
                MODEL: canonical(specification.SerializeToString(), specification.DESCRIPTOR),
                f"Data/{_FOLDER}/weights/weight.bin": parts.weights,
            }
        )
    )


def _summary(metadata: ArtifactMetadata) -> str:
    labels, values = len(metadata.labels), metadata.embedding_size
    types = 0 if metadata.spans is None else len(metadata.spans.types)
    what = _SUMMARIES[metadata.task].format(labels=labels, values=values, types=types)
    return (
        f"{metadata.name}: {what}, {metadata.parameters:,} parameters in {metadata.precision}, up to "
        f"{metadata.max_words} words. UTF-8 bytes in, answer out: no tokenizer. Weights: {metadata.weights}."
    )


def _manifest() -> bytes:
    def entry(description: str, name: str) -> dict[str, Any]:
        return {
            "author": _FOLDER,
            "description": description,
            "name": name,
            "path": f"{_FOLDER}/{name}",
        }

    manifest = {
        "fileFormatVersion": "1.0.0",
        "itemInfoEntries": {
            _MODEL_ID: entry("CoreML Model Specification", "model.mlmodel"),
            _WEIGHTS_ID: entry("CoreML Model Weights", "weights"),
        },
        "rootModelIdentifier": _MODEL_ID,
    }
    return (json.dumps(manifest, indent=4) + "\n").encode()
