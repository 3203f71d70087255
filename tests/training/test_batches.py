"""Batches: every row once, texts of like length together, the same for any number of processes."""

import json
from multiprocessing.reduction import ForkingPickler
from pathlib import Path

import numpy as np
import pytest
import torch

from neurolite_core import NeuroLiteConfig
from neurolite_core.data.readers import open_source
from neurolite_core.data.store import TextStore
from neurolite_core.data.store_writer import build_store
from neurolite_core.ground.errors import InputError
from neurolite_core.training.fitting.batches import (
    Batch,
    Batches,
    Part,
    batches_per_epoch,
    plan_epoch,
    plan_steps,
    texts_per_epoch,
)
from neurolite_core.training.teaching.kept_logits import KeptLogits, keep_answers


def store_of(path: Path, texts: list[str]) -> TextStore:
    file = path.with_suffix(".jsonl")
    rows = (json.dumps({"text": text, "label": "ab"[len(text) % 2]}) for text in texts)
    file.write_text("\n".join(rows) + "\n")
    return build_store([open_source(file)], path)


@pytest.fixture
def parts(tmp_path: Path) -> tuple[Part, Part]:
    rng = np.random.default_rng(0)
    texts = [" ".join(["word"] * int(rng.integers(1, 30))) + f" {n}" for n in range(500)]
    own = store_of(tmp_path / "own", texts)
    more = store_of(tmp_path / "more", [text + " more" for text in texts[:200]])
    made = np.arange(400.0).reshape(200, 2)
    answers = keep_answers(tmp_path, "answers", [], (200, 2), lambda rows: made[rows])
    return (
        Part(own, np.arange(500), None, labelled=True, target_weight=0.0),
        Part(more, np.arange(200), answers, labelled=False, target_weight=1.0, share=0.5),
    )


def batches_of(parts: tuple[Part, ...], rank: int = 0, world_size: int = 1) -> Batches:
    return Batches(
        parts, NeuroLiteConfig.tiny(), 2, typos=0.3, word_dropout=0.1, seed=3,
        rank=rank, world_size=world_size,
    )  # fmt: skip


def batch_of(batches: Batches, parts: tuple[Part, ...], step: int) -> Batch:
    (planned,) = plan_steps(parts, 32, seed=3, steps=range(step, step + 1))
    return batches[planned]


def test_an_epoch_has_every_labelled_row_once(parts: tuple[Part, Part]) -> None:
    plan = np.concatenate(plan_epoch(parts[:1], 32, seed=0, epoch=0))
    assert len(plan) == 480  # 15 whole batches
    assert len(np.unique(plan[:, 1])) == 480


def test_other_parts_give_their_share(parts: tuple[Part, Part]) -> None:
    assert texts_per_epoch(parts) == [500, 500]  # half of the texts, some of the 200 again
    plan = plan_epoch(parts, 32, seed=0, epoch=0)
    assert len(plan) == batches_per_epoch(parts, 32) == 31
    assert all(len(batch) == 32 for batch in plan)


def test_lengths_are_alike_within_a_batch(parts: tuple[Part, Part]) -> None:
    lengths = parts[0].store.byte_lengths
    spread = [np.ptp(lengths[batch[:, 1]]) for batch in plan_epoch(parts[:1], 32, seed=0, epoch=0)]
    assert np.mean(spread) < np.ptp(lengths) / 5


def test_epochs_and_seeds_differ_and_repeat(parts: tuple[Part, Part]) -> None:
    def plan(seed: int, epoch: int) -> list[list[list[int]]]:
        return [batch.tolist() for batch in plan_epoch(parts, 32, seed=seed, epoch=epoch)]

    assert plan(0, 0) == plan(0, 0)
    assert plan(0, 0) != plan(0, 1)
    assert plan(0, 0) != plan(1, 0)


def test_steps_go_on_from_epoch_to_epoch(parts: tuple[Part, Part]) -> None:
    epochs = [plan_epoch(parts, 32, seed=3, epoch=epoch) for epoch in range(3)]
    expected = [(epoch, number) for epoch in range(3) for number in range(31)][29:64]
    planned = list(plan_steps(parts, 32, seed=3, steps=range(29, 64)))
    assert [(batch.epoch, batch.number) for batch in planned] == expected
    for batch in planned:
        np.testing.assert_array_equal(batch.rows, epochs[batch.epoch][batch.number])


def test_processes_share_a_batch(parts: tuple[Part, Part]) -> None:
    whole = batch_of(batches_of(parts), parts, 35)
    halves = [batch_of(batches_of(parts, rank, 2), parts, 35) for rank in (0, 1)]
    for rank, half in enumerate(halves):
        width = half.indices.shape[1]
        torch.testing.assert_close(half.indices, whole.indices[rank::2, :width])
        torch.testing.assert_close(half.counts, whole.counts[rank::2])
        torch.testing.assert_close(half.truths, whole.truths[rank::2])
        torch.testing.assert_close(half.targets, whole.targets[rank::2])


def test_labels_and_answers_are_those_of_the_rows(parts: tuple[Part, Part]) -> None:
    plan = plan_epoch(parts, 32, seed=3, epoch=1)
    batch = batch_of(batches_of(parts), parts, 31)
    for place, (part, row) in enumerate(plan[0].tolist()):
        if part == 0:
            assert batch.truths[place] == parts[0].store.label_ids[row]
            assert batch.target_weights[place] == 0
        else:
            assert batch.truths[place] == -1
            assert batch.targets[place].tolist() == [2 * row, 2 * row + 1]
            assert batch.target_weights[place] == 1


def test_fewer_rows_than_a_batch(tmp_path: Path) -> None:
    store = store_of(tmp_path / "few", ["a", "bb", "ccc"])
    part = Part(store, np.arange(3), None, labelled=True, target_weight=0.0)
    plan = plan_epoch([part], 128, seed=0, epoch=0)
    assert [len(batch) for batch in plan] == [3]
    assert batches_per_epoch([part], 128) == 1


def test_another_process_maps_the_files_itself(parts: tuple[Part, Part], tmp_path: Path) -> None:
    batches = batches_of(parts)
    sent = bytes(ForkingPickler.dumps(batches))  # what a process that prepares batches is handed
    assert len(sent) < 3000  # the rows alone would take 4,000 and the texts 40,000
    (made,) = tmp_path.glob("answers-*.bin")
    assert made.read_bytes() not in sent
    found = batch_of(ForkingPickler.loads(sent), parts, 35)
    expected = batch_of(batches, parts, 35)
    torch.testing.assert_close(found.indices, expected.indices, rtol=0, atol=0)
    torch.testing.assert_close(found.targets, expected.targets, rtol=0, atol=0)


def test_answers_of_another_size_are_refused(tmp_path: Path) -> None:
    (tmp_path / "answers.bin").write_bytes(b"12345")
    with pytest.raises(InputError, match="is not 2 rows of 3 answers"):
        KeptLogits(tmp_path / "answers.bin", (2, 3))
