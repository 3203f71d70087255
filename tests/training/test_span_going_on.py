"""How readily spans go on: what is added to every I is what finds the most spans of the validation texts."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from neurolite_core.answer.span_decoding import decode_tags
from neurolite_core.answer.spans import spans_of
from neurolite_core.artifact.checkpoint import load_checkpoint
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.sources import DataFiles
from neurolite_core.training.spans import going_on
from neurolite_core.training.spans.answering import SpanAnswers, answers_of
from neurolite_core.training.spans.going_on import STEPS, best_step, choose_going_on
from neurolite_core.training.spans.reading import SpanSources, read_span_files, store_spans
from neurolite_core.training.spans.tagged import Tagged
from training.making import train
from training.making_spans import write, write_config

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("going_on")
    write(folder / "train.conll", 200)
    write(folder / "valid.conll", 60, seed=1)
    write_config(folder / "config.json")
    train(
        folder / "train.conll", "--validation", folder / "valid.conll", "--epochs", 8, "--batch-size", 32,
        "--learning-rate", 0.01, "--model-config", folder / "config.json", "--out", folder / "out",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> SpanSources:
    files = DataFiles(train=(str(folder / "train.conll"),), validation=str(folder / "valid.conll"))
    return store_spans(read_span_files(files, "classification"), folder / "stores", seed=0)


def scores_by_hand(logits: list[NDArray[np.float32]], data: SpanSources) -> list[float]:
    """F1 of each step, text by text and span by span."""
    truths = data.validation.truths(data.sources.validation.rows)
    found = []
    for step in STEPS:
        right = given_spans = true_spans = 0
        for own, truth in zip(logits, truths, strict=True):
            raised = own.copy()
            raised[:, 2::2] += step
            spans = spans_of(decode_tags(raised))
            right += len(set(spans) & set(truth))
            given_spans += len(spans)
            true_spans += len(truth)
        found.append(2 * right / max(1, given_spans + true_spans))
    return found


@pytest.mark.parametrize("lowered", [0.0, 2.0, 4.0])
def test_what_is_added_is_what_finds_most(lowered: float, folder: Path, data: SpanSources) -> None:
    network = load_checkpoint(folder / "out")
    assert network.spans is not None
    bias = network.spans.last.bias
    with torch.no_grad():
        bias[2::2] -= lowered
        before = bias.clone()
        texts = data.sources.validation.texts()
        answers = [network(input_texts=[text])["tags"][0] for text in texts]
        words = [int(network.features([text])[1][0]) for text in texts]
    logits = [own[:count].numpy() for own, count in zip(answers, words, strict=True)]
    scores = scores_by_hand(logits, data)
    chosen = choose_going_on(network, data, CPU)
    place = STEPS.index(chosen)
    around = [np.mean(scores[max(0, at - 1) : at + 2]) for at in range(len(STEPS))]
    assert around[place] == pytest.approx(max(around))
    assert scores[place] >= scores[0]
    if lowered == 4.0:
        assert scores[place] > scores[0]
    added = bias.detach() - before
    assert torch.allclose(added[2::2], torch.tensor(chosen, dtype=added.dtype), atol=1e-6)
    assert not added[0].any()
    assert not added[1::2].any()


def test_of_many_rows_some_are_answered(
    folder: Path, data: SpanSources, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def counted(
        network: TextNetwork, held: Tagged, rows: NDArray[np.int64], device: torch.device
    ) -> SpanAnswers:
        seen.append(rows.tolist())
        return answers_of(network, held, rows, device)

    monkeypatch.setattr(going_on, "answers_of", counted)
    monkeypatch.setattr(going_on, "_MOST_ROWS", 25)
    choose_going_on(load_checkpoint(folder / "out"), data, CPU)
    assert len(seen) == len(STEPS)
    assert all(rows == data.sources.validation.rows[::3].tolist() for rows in seen)


def test_the_report_says_what_was_added(folder: Path) -> None:
    report = json.loads((folder / "out/report.json").read_text("utf-8"))
    assert report["training"]["going_on"] in STEPS


@given(st.lists(st.integers(0, 20), min_size=1, max_size=12))
def test_the_best_step_is_the_first_of_the_best_neighbourhoods(found: list[int]) -> None:
    scores = np.array(found) / 20
    around = [sum(found[max(0, at - 1) : at + 2]) for at in range(len(found))]
    sizes = [len(found[max(0, at - 1) : at + 2]) for at in range(len(found))]
    # In whole numbers, so that equal means are equal: of 1, 2 or 3.
    means = [6 // size * total for size, total in zip(sizes, around, strict=True)]
    assert best_step(scores) == means.index(max(means))
