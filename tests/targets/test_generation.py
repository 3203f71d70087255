"""A generator through an export: its vocabulary is in the file, and the file says the same next words."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

import numpy as np
import pytest
import torch

from generating import beginnings, taught_generator, vocabulary
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import ArtifactError
from neurolite_export.certificate_names import REFUSED
from neurolite_export.exporting import export, metadata_of
from neurolite_export.gates import verdict_of
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.targets import EVERY_PART, TARGETS
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import run

MAX_ERROR: Final = 1e-4  # of logits, in float32
PERPLEXITY: Final = 0.01  # what int8 may change of it, relative
# Each has its float32 file looked at with other networks, whose operators are these.
FILES: Final = [
    ("onnx", "float32"),
    ("c", "int8"),
    *((target, "int8") for target in EVERY_PART),
]


@pytest.fixture(scope="module")
def source() -> Source:
    return Source(taught_generator(), "taught", "of four sentences")


@pytest.mark.parametrize(("target", "precision"), FILES)
def test_a_file_says_the_next_words_of_the_reference(
    source: Source, target: str, precision: str, tmp_path: Path
) -> None:
    # Not the empty text, behind which any of the four may begin: what is as likely is told apart by chance.
    pairs = [pair for pair in zip(*beginnings(), strict=True) if pair[0]]
    texts, wanted = [text for text, _ in pairs], [entry for _, entry in pairs]
    probes = Probes("sentences", tuple(texts))
    done = export(source, TARGETS[target].load(), precision, tmp_path, probes)
    assert verdict_of(done.built.gates) != REFUSED
    session = open_artifact(done.path)
    assert session.metadata.task == "generation"
    assert session.metadata.labels == vocabulary().labels
    assert session.metadata.outputs == ("logits",)
    with torch.no_grad():
        expected = source.network(input_texts=texts)["logits"].numpy()
    found = run(session, texts).values["logits"]
    assert found.shape == (len(texts), len(vocabulary()))
    if precision == "float32":
        assert np.abs(found - expected).max() < MAX_ERROR
    assert found.argmax(axis=1).tolist() == wanted
    assert abs(_perplexity(found, wanted) / _perplexity(expected, wanted) - 1) < PERPLEXITY


def _perplexity(logits: np.ndarray, wanted: list[int]) -> float:
    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return float(np.exp(-logs[np.arange(len(wanted)), wanted].mean()))


def test_metadata_of_other_labels_are_refused(source: Source) -> None:
    metadata = metadata_of(source, TARGETS["onnx"].load(), "float32")
    assert ArtifactMetadata.from_json(metadata.to_json(), "a file") == metadata
    for labels in (("yes", "no"), (*metadata.labels, "two words")):
        other = dataclasses.replace(metadata, labels=labels)
        with pytest.raises(ArtifactError, match=r"a file: (labels begin|the entry 'two words')"):
            ArtifactMetadata.from_json(other.to_json(), "a file")
