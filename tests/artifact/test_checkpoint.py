"""Checkpoints: saved and loaded whole, and refused when anything is off."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from neurolite_core import (
    CheckpointError,
    InputError,
    NeuroLiteConfig,
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
)
from neurolite_core.artifact.checkpoint import checkpoint_digest, load_checkpoint, save_checkpoint


@pytest.fixture(scope="module")
def network() -> NeuroLiteForClassification:
    torch.manual_seed(3)
    return NeuroLiteForClassification(NeuroLiteConfig.tiny(), labels=["yes", "nö"]).eval()


@torch.no_grad()
def test_round_trip(network: NeuroLiteForClassification, tmp_path: Path) -> None:
    loaded = load_checkpoint(save_checkpoint(network, tmp_path / "deep" / "model"))
    texts = ["a text", "another one"]
    assert loaded.labels == ("yes", "nö")
    assert loaded.config == network.config
    assert torch.equal(loaded(input_texts=texts)["logits"], network(input_texts=texts)["logits"])


def test_saving_twice_gives_the_same_bytes(
    network: NeuroLiteForClassification, tmp_path: Path
) -> None:
    first, second = (
        save_checkpoint(network, tmp_path / "a"),
        save_checkpoint(network, tmp_path / "b"),
    )
    for name in ("model.safetensors", "config.json", "labels.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert checkpoint_digest(first) == checkpoint_digest(second)
    assert sorted(path.name for path in first.iterdir()) == [
        "config.json",
        "labels.json",
        "model.safetensors",
    ]


def test_probes_are_kept_and_those_of_an_older_model_are_not(
    network: NeuroLiteForClassification, tmp_path: Path
) -> None:
    folder = save_checkpoint(network, tmp_path, probes=[("ein Téxt", "yes"), ("\ud800", None)])
    lines = (folder / "probes.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [
        {"text": "ein Téxt", "label": "yes"},
        {"text": "\ud800"},
    ]
    save_checkpoint(network, tmp_path)
    assert not (folder / "probes.jsonl").exists()


def test_the_threshold_is_kept_and_checkpoints_without_one_never_abstain(tmp_path: Path) -> None:
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), 2, threshold=0.25)
    assert load_checkpoint(save_checkpoint(network, tmp_path)).threshold == 0.25
    values = json.loads((tmp_path / "labels.json").read_text())
    del values["threshold"]
    (tmp_path / "labels.json").write_text(json.dumps(values))
    assert load_checkpoint(tmp_path).threshold == 0.0


def test_thresholds_that_cannot_be_are_not_stored(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="threshold is 1"):
        NeuroLiteForClassification(NeuroLiteConfig.tiny(), 2, threshold=1)
    embedding = NeuroLiteForEmbedding(NeuroLiteConfig.tiny())
    embedding.threshold = 0.5
    with pytest.raises(InputError, match="a model without labels has none"):
        save_checkpoint(embedding, tmp_path / "model")
    assert not (tmp_path / "model").exists()


def _drop_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    tensors.pop("head.linear.bias")
    save_file(tensors, folder / "model.safetensors")


def _add_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors | {"extra": torch.zeros(1)}, folder / "model.safetensors")


def _reshape_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    save_file(tensors | {"head.linear.bias": torch.zeros(3)}, folder / "model.safetensors")


def _poison_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    # One of many is enough.
    tensors["head.linear.bias"] = torch.tensor([0.0, torch.nan])
    save_file(tensors, folder / "model.safetensors")


def _cut_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def _write(name: str, content: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_text(content, "utf-8")

    return change


def _remove(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink()

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop_tensor, "lacks the tensor 'head.linear.bias'"),
        (_add_tensor, "'extra'"),
        (_reshape_tensor, r"asks for torch.float32 \(2,\)"),
        (_poison_tensor, "not finite"),
        (_cut_weights, "damaged"),
        (_write("model.safetensors", "hello"), "damaged"),
        (_write("config.json", "{"), "not valid JSON"),
        (_write("config.json", '{"table_size": 1}'), "backbone_options"),
        (_write("labels.json", "[]"), "must hold"),
        (_write("labels.json", '{"task": "generation", "labels": []}'), "must hold"),
        (_write("labels.json", '{"task": ["classification"], "labels": []}'), "must hold"),
        (_write("labels.json", '{"task": "classification", "labels": ["a", 3]}'), "Label 3"),
        (
            _write(
                "labels.json", '{"task": "classification", "labels": ["a", "b"], "threshold": 2}'
            ),
            "threshold is 2",
        ),
        (_remove("model.safetensors"), "Cannot read"),
        (_remove("config.json"), "Cannot read"),
    ],
)
def test_damaged_checkpoints_are_refused(
    network: NeuroLiteForClassification,
    tmp_path: Path,
    change: Callable[[Path], None],
    message: str,
) -> None:
    folder = save_checkpoint(network, tmp_path / "model")
    change(folder)
    with pytest.raises(CheckpointError, match=message):
        load_checkpoint(folder)


def test_a_newer_hash_version_is_refused(
    network: NeuroLiteForClassification, tmp_path: Path
) -> None:
    folder = save_checkpoint(network, tmp_path / "model")
    values = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(values | {"hash_version": 3}))
    with pytest.raises(CheckpointError, match="pip install -U neurolite"):
        load_checkpoint(folder)


def test_missing_folder_and_file_in_its_place(
    network: NeuroLiteForClassification, tmp_path: Path
) -> None:
    with pytest.raises(CheckpointError, match="not a checkpoint folder"):
        load_checkpoint(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot write to the folder"):
        save_checkpoint(network, tmp_path / "file")
