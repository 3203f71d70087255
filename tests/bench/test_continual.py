"""Continual learning as it is measured: figures of a matrix, tasks, replay, and methods that learn."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from neurolite_bench.continual.fine_tuned import FineTuned, Tuning
from neurolite_bench.continual.measures import figures
from neurolite_bench.continual.measuring import LEARNERS, Setting, measured
from neurolite_bench.continual.method import among_own, run_at_once, run_through
from neurolite_bench.continual.picture import drawn, so_far
from neurolite_bench.continual.replay import text_sizes, within
from neurolite_bench.continual.streams import Rows, Stream, raw_bytes
from neurolite_bench.continual.table import TITLES, stream_table
from neurolite_bench.continual.taught import Embedded
from neurolite_bench.learning import Random
from neurolite_core.answer.similarity import cut

LABELS, EACH, SIZE = 6, 8, 256


def rows_of(seed: int, each: int = EACH) -> Rows:
    """Labels apart, each around a direction of its own."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(0).standard_normal((LABELS, SIZE))
    labels = np.repeat(np.arange(LABELS), each)
    vectors = cut(centres[labels] + rng.standard_normal((len(labels), SIZE)), SIZE)
    texts = tuple(f"text {seed} {row}" for row in range(len(labels)))
    return Rows(texts, labels, labels, vectors)


@pytest.fixture
def stream() -> Stream:
    names = tuple(f"label {number}" for number in range(LABELS))
    return Stream("clinc150", names, LABELS, 3, True, rows_of(1), rows_of(2))


def test_figures_of_a_matrix() -> None:
    matrix = np.array([[0.9, 0.2, 0.1], [0.95, 0.8, 0.3], [0.7, 0.85, 0.6]])
    found = figures(matrix, 0.1)
    assert found.average == pytest.approx((0.7 + 0.85 + 0.6) / 3)
    assert found.forgetting == pytest.approx(((0.95 - 0.7) + (0.8 - 0.85)) / 2)
    assert found.backward == pytest.approx(((0.7 - 0.9) + (0.85 - 0.8)) / 2)
    assert found.forward == pytest.approx(((0.2 - 0.1) + (0.3 - 0.1)) / 2)
    matrix[:-1] = np.nan
    assert figures(matrix, 0.1).as_values() == {
        "average": round((0.7 + 0.85 + 0.6) / 3, 5),
        "forgetting": None,
        "backward": None,
        "forward": None,
    }


def test_steps_deal_all_rows_once(stream: Stream) -> None:
    steps = stream.steps(0)
    texts = sorted(text for step in steps for text in step.train.texts)
    assert texts == sorted(stream.train.texts)
    for step in steps:
        assert set(step.train.labels) == set(step.judged.labels)
        assert len(set(step.train.labels)) == LABELS // 3
    again = stream.steps(0)
    assert [step.train.texts for step in again] == [step.train.texts for step in steps]
    assert [step.train.texts for step in stream.steps(1)] != [step.train.texts for step in steps]


def test_replay_keeps_what_fits_of_every_label() -> None:
    rows = rows_of(1)
    sizes = text_sizes(rows)
    assert int(sizes.sum()) == raw_bytes(rows)
    half = within(rows, sizes, int(sizes.sum()) // 2, np.random.default_rng(0))
    assert int(text_sizes(half).sum()) <= sizes.sum() // 2
    counts = np.bincount(half.labels, minlength=LABELS)
    assert counts.max() - counts.min() <= 1
    assert counts.sum() == LABELS * EACH // 2
    assert len(within(rows, sizes, int(sizes.sum()), np.random.default_rng(0))) == len(rows)


def test_answers_among_own_labels() -> None:
    rows = rows_of(1).at(np.arange(2 * EACH))
    scores = np.zeros((len(rows), LABELS))
    scores[:, 5] = 9.0
    scores[np.arange(len(rows)), rows.labels] = 1.0
    assert among_own(scores, rows) == 1.0
    assert (scores.argmax(axis=1) == 5).all()


def test_replay_keeps_what_fine_tuning_alone_forgets(stream: Stream) -> None:
    steps = stream.steps(0)
    tuning = Tuning(20, 0.05)

    def average(budgets: Sequence[int]) -> float:
        method = FineTuned(LABELS, SIZE, tuning, 0, budgets=budgets)
        return figures(run_through(method, stream, steps)[0], 0.0).average

    alone, replayed = average([]), average([10**6] * 3)
    at_once = run_at_once(FineTuned(LABELS, SIZE, tuning, 0), steps)[0]
    assert np.isnan(at_once[:-1]).all()
    assert at_once[-1].mean() > 0.9
    assert replayed > 0.9
    assert replayed >= alone


def test_the_learner_and_all_methods_run(stream: Stream, tmp_path: Path) -> None:
    session = Embedded(Random.metadata, "numpy")
    session.remember(stream.train)
    found = dict(measured(Setting(stream, session, None, tmp_path), 0))
    assert set(LEARNERS) < set(found) <= set(TITLES)
    for name in LEARNERS:
        matrix = np.array(found[name]["matrix"])
        assert np.allclose(np.triu(matrix, 1), 0)
        assert found[name]["average"] > 0.9
        # A float16 vector, a text and a record's own bytes for each row.
        if name != "fitted_few":
            assert found[name]["kept_bytes"][-1] > len(stream.train) * 2 * SIZE
    assert list(tmp_path.iterdir()) == []
    result = {
        "encoder": "toy", "precision": "int8", "split": "test", "seeds": [0],
        "streams": {"clinc150": {
            "tasks": 3, "rows": 48, "raw_bytes": 600, "judged_rows": 48,
            "methods": {name: [values] for name, values in found.items()},
        }},
    }  # fmt: skip
    table = stream_table("clinc150")(result)
    assert f"| prototypes | {100 * found['prototypes']['average']:.1f} |" in table
    assert "| head, everything at once |" in table
    root = ET.fromstring(drawn(result))  # our own
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


def test_accuracy_so_far() -> None:
    assert so_far([[0.5, 0.0], [0.25, 0.75]]) == [50.0, 50.0]
    assert so_far([[None, None], [0.25, 0.75]]) == []
