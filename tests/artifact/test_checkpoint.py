"""Checkpoints: saved and loaded whole, and refused when anything is off."""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save, save_file

from neurolite_core import (
    CheckpointError,
    InputError,
    NeuroLiteConfig,
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
)
from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.artifact.checkpoint import (
    load_checkpoint,
    read_checkpoint,
    save_checkpoint,
)
from neurolite_core.artifact.formats import safetensors_file
from neurolite_core.ground.files import write_atomically
from neurolite_core.network.spans_options import SpansOptions


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


@pytest.mark.parametrize("table_bits", [32, 4])
@torch.no_grad()
def test_half_the_bytes_for_weights_rounded_to_float16(tmp_path: Path, table_bits: int) -> None:
    torch.manual_seed(4)
    config = dataclasses.replace(NeuroLiteConfig.english(), table_size=64, table_bits=table_bits)
    network = NeuroLiteForEmbedding(config).eval()
    whole = (save_checkpoint(network, tmp_path / "whole") / "model.safetensors").stat().st_size
    half = save_checkpoint(network, tmp_path / "half", half=True) / "model.safetensors"
    assert half.stat().st_size < 0.6 * whole
    loaded = load_checkpoint(tmp_path / "half").state_dict()
    for name, value in network.state_dict().items():
        rounded = value.half().float() if value.numel() > 1 and value.is_floating_point() else value
        assert loaded[name].dtype == value.dtype
        assert torch.equal(loaded[name], rounded), name
    # Nothing more is lost the second time.
    again = save_checkpoint(load_checkpoint(tmp_path / "half"), tmp_path / "again", half=True)
    assert (again / "model.safetensors").read_bytes() == half.read_bytes()


@torch.no_grad()
def test_weights_beyond_float16_are_refused(tmp_path: Path) -> None:
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), 2)
    network.head.linear.bias[0] = 1e5
    with pytest.raises(InputError, match=r"'head\.linear\.bias' has values up to 1e\+05"):
        save_checkpoint(network, tmp_path, half=True)
    assert not (tmp_path / "model.safetensors").exists()


def test_saving_twice_gives_the_same_bytes(
    network: NeuroLiteForClassification, tmp_path: Path
) -> None:
    first, second = (
        save_checkpoint(network, tmp_path / "a"),
        save_checkpoint(network, tmp_path / "b"),
    )
    for name in ("model.safetensors", "config.json", "labels.json"):
        assert (first / name).read_bytes() == (second / name).read_bytes()
    assert read_checkpoint(first).digest == read_checkpoint(second).digest
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


def test_the_threshold_is_kept(tmp_path: Path) -> None:
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), 2, threshold=0.25)
    assert load_checkpoint(save_checkpoint(network, tmp_path)).threshold == 0.25


def test_spans_of_probes_are_kept(tmp_path: Path) -> None:
    network = with_spans("time", "place")
    probes: list[tuple[str, str | None]] = [
        ("wake me 😀 at seven", "yes"),
        ("no", "no"),
        ("at six", None),
    ]
    given: list[list[tuple[int, int, str]] | None] = [[(0, 4, "place"), (13, 18, "time")], [], None]
    folder = save_checkpoint(network, tmp_path, probes=probes, spans=given)
    found = read_checkpoint(folder)
    first = (TypedSpan(0, 4, "place"), TypedSpan(13, 18, "time"))
    assert found.probe_spans() == (first, (), None)
    assert [text for text, _ in found.probe_rows()] == [text for text, _ in probes]
    save_checkpoint(network, tmp_path, probes=probes)
    assert read_checkpoint(folder).probe_spans() == ()


@pytest.mark.parametrize(
    "spans",
    [
        [(0, 3, "colour")],
        [(0, 99, "time")],
        [(3, 3, "time")],
        [(-1, 3, "time")],
        [(0, 3, "time"), (2, 4, "time")],
        [(5, 7, "time"), (0, 3, "time")],
    ],
)
def test_spans_of_probes_that_cannot_be(tmp_path: Path, spans: list[tuple[int, int, str]]) -> None:
    network = with_spans("time")
    with pytest.raises(InputError, match="of the probe 'wake me at six'"):
        save_checkpoint(network, tmp_path, probes=[("wake me at six", None)], spans=[spans])
    with pytest.raises(InputError, match="2 texts for 1 probes"):
        save_checkpoint(network, tmp_path, probes=[("six", None)], spans=[None, None])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "spans", [7, {}, "time", [7], [[0, 3]], [[0, 3, 7]], [["0", 3, "time"]], [[0, 3, "time", 1]],
              [[0, True, "time"]], [[0, 1e9, "time"]], [[0, 3, "colour"]], [[4, 99, "time"]], [[2, 1, "time"]]],
)  # fmt: skip
def test_spans_of_probes_of_a_stranger(tmp_path: Path, spans: object) -> None:
    network = with_spans("time")
    folder = save_checkpoint(network, tmp_path, probes=[("wake me", "yes")])
    found = read_checkpoint(folder)
    row = json.dumps({"text": "wake me", "label": "yes", "spans": spans})
    changed = dataclasses.replace(found, texts={**found.texts, "probes.jsonl": row + "\n"})
    with pytest.raises(CheckpointError, match=r"probes are damaged\..*Train again"):
        changed.probe_spans()


def with_spans(*types: str) -> NeuroLiteForClassification:
    config = dataclasses.replace(NeuroLiteConfig.tiny(), spans=SpansOptions(types=types))
    return NeuroLiteForClassification(config, labels=["yes", "no"]).eval()


@pytest.mark.parametrize("name", ["config.json", "labels.json", "probes.jsonl"])
def test_copies_that_were_changed_are_told_and_not_read(
    network: NeuroLiteForClassification, tmp_path: Path, name: str
) -> None:
    folder = save_checkpoint(network, tmp_path, probes=[("text", "yes")])
    assert read_checkpoint(folder).differing == ()
    (folder / name).write_text("another")
    assert read_checkpoint(folder).differing == (name,)
    assert load_checkpoint(folder).labels == network.labels
    (folder / name).unlink()
    assert read_checkpoint(folder).differing == ()


@pytest.mark.parametrize("killed_at", range(4))
def test_who_is_killed_between_two_files_leaves_the_old_model_or_the_new_one(
    network: NeuroLiteForClassification,
    tmp_path: Path,
    killed_at: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = NeuroLiteForClassification(NeuroLiteConfig.tiny(), labels=["off", "on"]).eval()
    folder = save_checkpoint(old, tmp_path, probes=[("lights", "on")])
    written = 0

    def killed(path: Path, content: bytes) -> None:
        nonlocal written
        if written == killed_at:
            raise KeyboardInterrupt
        written += 1
        write_atomically(path, content)

    monkeypatch.setattr("neurolite_core.artifact.checkpoint_files.write_atomically", killed)
    with pytest.raises(KeyboardInterrupt):
        save_checkpoint(network, folder, probes=[("no", "nö")])
    expected = network if killed_at else old
    found = load_checkpoint(folder)
    assert found.labels == expected.labels
    assert all(
        torch.equal(value, expected.state_dict()[name])
        for name, value in found.state_dict().items()
    )
    assert read_checkpoint(folder).probe_rows() == [
        ("no", ("nö",)) if killed_at else ("lights", ("on",))
    ]


def test_any_change_of_the_file_is_refused(
    network: NeuroLiteForClassification, tmp_path: Path
) -> None:
    path = save_checkpoint(network, tmp_path) / "model.safetensors"
    content, rng = path.read_bytes(), random.Random(0)
    for _ in range(200):
        changed = bytearray(content)
        place = rng.randrange(len(changed)) if rng.random() < 0.5 else rng.randrange(4_000)
        changed[place] ^= 1 << rng.randrange(8)
        path.write_bytes(bytes(changed))
        with pytest.raises(CheckpointError):
            read_checkpoint(tmp_path)
    for size in (0, 7, 100, len(content) - 1):
        path.write_bytes(content[:size])
        with pytest.raises(CheckpointError):
            read_checkpoint(tmp_path)


def test_a_config_of_too_large_a_model_takes_no_memory(
    network: NeuroLiteForClassification, tmp_path: Path
) -> None:
    folder = save_checkpoint(network, tmp_path)
    config = json.loads((folder / "config.json").read_text())
    config |= {"table_size": 65_536, "projection_size": 4_096}
    _rewritten(folder, config=json.dumps(config))
    with pytest.raises(CheckpointError, match="at most 268,435,456 are allowed"):
        load_checkpoint(folder)


def _rewritten(
    folder: Path,
    tensors: dict[str, torch.Tensor] | None = None,
    config: str | None = None,
    labels: str | None = None,
) -> None:
    """As who makes a file on purpose can: with another content, and a seal."""
    path = folder / "model.safetensors"
    texts = safetensors_file.texts_of(path.read_bytes())
    texts |= {"config.json": config} if config is not None else {}
    texts |= {"labels.json": labels} if labels is not None else {}
    found = load_file(path) if tensors is None else tensors
    content = save(found, metadata=safetensors_file.to_metadata(texts))
    path.write_bytes(safetensors_file.seal(content))


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
    _rewritten(folder, tensors)


def _add_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    _rewritten(folder, tensors | {"extra": torch.zeros(1)})


def _reshape_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    _rewritten(folder, tensors | {"head.linear.bias": torch.zeros(3)})


def _poison_tensor(folder: Path) -> None:
    tensors = load_file(folder / "model.safetensors")
    # One of many is enough.
    tensors["head.linear.bias"] = torch.tensor([0.0, torch.nan])
    _rewritten(folder, tensors)


def _cut_weights(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


def _unsealed(folder: Path) -> None:
    save_file(load_file(folder / "model.safetensors"), folder / "model.safetensors")


def _text(**texts: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        _rewritten(folder, **texts)  # type: ignore[arg-type]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_drop_tensor, "lacks the tensor 'head.linear.bias'"),
        (_add_tensor, "'extra'"),
        (_reshape_tensor, r"asks for torch.float32 \(2,\)"),
        (_poison_tensor, "not finite"),
        (_cut_weights, "damaged"),
        (_unsealed, "no checkpoint of this NeuroLite"),
        (lambda folder: (folder / "model.safetensors").write_text("hello"), "no checkpoint of"),
        (_text(config="{"), "not valid JSON"),
        (_text(config='{"table_size": 1}'), "backbone_options"),
        (_text(labels="[]"), "must hold"),
        (_text(labels='{"task": "translation", "labels": []}'), "must hold"),
        (_text(labels='{"task": ["classification"], "labels": []}'), "must hold"),
        (_text(labels='{"task": "classification", "labels": ["a", 3]}'), "Label 3"),
        (
            _text(labels='{"task": "classification", "labels": ["yes", "nö"], "threshold": 2}'),
            "threshold is 2",
        ),
        (
            lambda folder: (folder / "model.safetensors").unlink(),
            r"not a checkpoint folder; one holds model\.safetensors",
        ),
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
    _rewritten(folder, config=json.dumps(values | {"hash_version": 3}))
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
