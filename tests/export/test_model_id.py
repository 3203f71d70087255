"""Which encoder a file is of, and what its cosines mean: the same in every target and precision."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import torch

from artifacts import ONE, source_of
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification, NeuroLiteForEmbedding
from neurolite_core.answer.similarity import Similarity
from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.artifact.model_id import model_id_of
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_export.exporting import metadata_of
from neurolite_export.similarities import similarities_of
from neurolite_export.source import checkpoint_source
from neurolite_export.targets import TARGETS

SOURCE = source_of(ONE, "one", 0)
MEASURED = (Similarity(16, 0.5, 12.0, -6.0, 20.0, 0.4), Similarity(32, 0.6, 13.0, -7.0, 21.0, 0.5))


def test_one_encoder_has_one_id_in_every_target_and_precision() -> None:
    found = set()
    for row in TARGETS.values():
        for precision in row.precisions:
            found.add(metadata_of(SOURCE, row.load(), precision).model_id)
    assert found == {model_id_of(SOURCE.network)}


def test_it_changes_with_what_makes_a_vector_and_with_nothing_else() -> None:
    network = NeuroLiteForClassification(ONE, labels=["a", "b", "c"])
    first = model_id_of(network)
    network.labels, network.threshold = ("x", "y", "z"), 0.5
    with torch.no_grad():
        network.head.linear.bias.add_(1)
    assert model_id_of(network) == first
    embedding = NeuroLiteForEmbedding(ONE)
    embedding.load_state_dict(
        {name: value for name, value in network.state_dict().items() if "head." not in name}
    )
    assert model_id_of(embedding) == first
    for name, parameter in network.named_parameters():
        if not name.startswith("head."):
            with torch.no_grad():
                parameter.view(-1)[0].add_(1e-3)
            assert model_id_of(network) != first, name
            with torch.no_grad():
                parameter.copy_(embedding.state_dict()[name])
    assert model_id_of(network) == first
    shorter = NeuroLiteForEmbedding(dataclasses.replace(ONE, num_hashes=8))
    shorter.load_state_dict(embedding.state_dict())
    assert model_id_of(shorter) != first


def test_the_id_of_the_packages_own_model_stays() -> None:
    """Stores in the field carry it."""
    assert model_id_of(load_checkpoint(DEFAULT_CHECKPOINT)) == "a86ef098f3c1590bedeb1f0b7dbaebca"


def test_what_training_measured_travels_with_the_checkpoint(tmp_path: Path) -> None:
    network = NeuroLiteForEmbedding(ONE)
    network.similarities = MEASURED
    source = checkpoint_source(save_checkpoint(network, tmp_path / "encoder"))
    assert source.network.similarities == MEASURED
    assert similarities_of(source) == MEASURED
    metadata = metadata_of(source, TARGETS["onnx"].load(), "float32")
    assert (metadata.similarities, metadata.model_id) == (MEASURED, model_id_of(network))


def test_else_labelled_probes_are_measured() -> None:
    source = checkpoint_source(DEFAULT_CHECKPOINT)
    (found,) = similarities_of(source)
    assert found.dimension == source.network.config.hidden_size
    assert 0.5 < found.agreement < 1
    # Some shares of the texts whose label is known, by themselves: see tests/answer/test_similarity.py.
    assert found.in_scope(0.99 * torch.ones(1).numpy())[0] > 0.9
    assert similarities_of(dataclasses.replace(source, probes=None)) == ()
    assert source.probes is not None
    unlabelled = dataclasses.replace(source.probes, labels=None)
    assert similarities_of(dataclasses.replace(source, probes=unlabelled)) == ()


@pytest.mark.parametrize("damage", ["[1]", "null", '[{"dimension": 0}]'])
def test_similarities_that_cannot_be_are_refused(damage: str) -> None:
    from neurolite_core.artifact.checkpoint import _described
    from neurolite_core.ground.errors import InputError

    text = f'{{"task": "embedding", "labels": [], "threshold": null, "similarities": {damage}}}'
    with pytest.raises(InputError, match="similarities cannot be"):
        _described(text, NeuroLiteConfig())
