"""What follows a training: the threshold is where it was chosen, on texts that were not learned."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.answer.scores import scope_scores
from neurolite_core.data.checks import check_store
from neurolite_core.data.readers import open_source
from neurolite_core.data.store import TextStore
from neurolite_core.data.store_writer import build_store
from neurolite_core.training import finishing
from neurolite_core.training.cross_fitting import Scored
from neurolite_core.training.finishing import calibrate, out_of_scope_logits, out_of_scope_rows
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.fitting.task import Validation
from neurolite_core.training.sources import Sources
from training.making import write_config

CPU = torch.device("cpu")


def store_of(path: Path, rows: list[dict[str, str]]) -> TextStore:
    file = path.with_suffix(".jsonl")
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return build_store([open_source(file)], path)


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    own = store_of(
        tmp_path / "own", [{"text": f"text {n}", "label": "ab"[n % 2]} for n in range(40)]
    )
    other = store_of(tmp_path / "other", [{"text": f"chatter {n}"} for n in range(20)])
    rows = np.arange(len(own))
    validation = Validation(own, rows)
    return Sources(own, rows, validation, "validation", validation, other, check_store(own))


@pytest.fixture
def network(tmp_path: Path) -> NeuroLiteForClassification:
    torch.manual_seed(0)
    text = write_config(tmp_path / "config.json", dropout=0.5).read_text()
    return NeuroLiteForClassification(NeuroLiteConfig.from_json(text), labels=["a", "b"])


def test_the_threshold_of_a_half_splits_as_the_chosen_one_did(
    sources: Sources, network: NeuroLiteForClassification, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    inside, outside = rng.normal(2, 1, (40, 2)), rng.normal(-2, 1, (10, 2))

    def known(_: object, store: TextStore, rows: NDArray[np.int64], __: object) -> Any:  # noqa: ANN401
        before = inside if store is sources.train else outside
        scale = network.head.linear.weight.detach().numpy()[0, 0] / weight
        shift = network.head.linear.bias.detach().numpy()[0] - bias * scale
        return (before[: len(rows)] * scale + shift).astype(np.float32)

    weight = network.head.linear.weight.detach().numpy()[0, 0].copy()
    bias = network.head.linear.bias.detach().numpy()[0].copy()
    monkeypatch.setattr(finishing, "predict", known)
    point = calibrate(network, sources, CPU).point
    assert network.threshold == point.threshold == 0.5
    assert point.balanced_accuracy is not None
    assert point.balanced_accuracy > 0.9
    # With the shift in the head, a threshold of a half does what the point says.
    answered = scope_scores(known(None, sources.train, sources.rows, None)) >= 0.5
    assert answered.mean() == point.coverage
    held = scope_scores(out_of_scope_logits(network, sources, CPU))  # type: ignore[arg-type]
    assert (held < 0.5).mean() == point.out_of_scope_refused


def test_too_few_rows_are_no_threshold_and_the_reason_is_kept(
    sources: Sources, network: NeuroLiteForClassification
) -> None:
    rows = sources.rows[:19]
    few = replace(sources, validation=Validation(sources.train, rows), out_of_scope=None)
    chosen = calibrate(network, few, CPU)
    assert network.threshold is None
    assert chosen.point.threshold is None
    assert chosen.point.coverage == 1.0
    assert chosen.why_none is not None
    assert "19 rows are too few" in chosen.why_none


def test_rows_that_others_answered_give_a_threshold_and_are_counted_by_label(
    sources: Sources, network: NeuroLiteForClassification
) -> None:
    rows = sources.rows[:6]
    few = replace(sources, validation=Validation(sources.train, rows), out_of_scope=None)
    rng = np.random.default_rng(0)
    truth = (np.arange(60) >= 48).astype(np.int32)  # 12 of the second label, less sure
    logits = rng.normal(0, 0.1, (60, 2)).astype(np.float32)
    logits[np.arange(60), truth] += np.where(truth == 1, 1.0, 6.0).astype(np.float32)
    chosen = calibrate(network, few, CPU, Scored(logits, truth))
    assert network.threshold == chosen.point.threshold == 0.5
    assert (chosen.point.texts, chosen.cross_fitted) == (66, 60)
    assert (chosen.below, chosen.why_none) == ((), None)
    assert chosen.too_few == ()
    assert all(row.coverage >= 0.9 for row in chosen.coverage)


def test_out_of_scope_texts_are_measured_on_the_half_that_was_not_learned(
    sources: Sources, network: NeuroLiteForClassification, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[NDArray[np.int64]] = []

    def noting(_: object, __: object, rows: NDArray[np.int64], ___: object) -> Any:  # noqa: ANN401
        asked.append(rows)
        return np.zeros((len(rows), 2), np.float32)

    monkeypatch.setattr(finishing, "predict", noting)
    out_of_scope_logits(network, sources, CPU)
    assert sources.out_of_scope is not None
    learned, held = out_of_scope_rows(sources.out_of_scope)
    assert sorted([*learned, *held]) == list(range(20))
    assert asked[0].tolist() == held.tolist()
    assert not set(asked[0]) & set(learned)


@pytest.mark.parametrize("training", [True, False])
def test_predicting_drops_nothing_out_and_leaves_the_mode(
    sources: Sources, network: NeuroLiteForClassification, training: bool
) -> None:
    network.train(training)
    first = predict(network, sources.train, sources.rows, CPU)
    assert network.training is training
    network.eval()
    np.testing.assert_array_equal(predict(network, sources.train, sources.rows, CPU), first)
