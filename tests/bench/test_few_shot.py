"""New labels from a few examples, as they are measured: draws, what a store is asked, the table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bench.test_continual import LABELS, SIZE, rows_of
from neurolite_bench.continual.streams import Stream
from neurolite_bench.continual.taught import Embedded
from neurolite_bench.few_shot import (
    FIRST,
    FITTED,
    Questions,
    few_shot_table,
    read_draws,
    taught,
)
from neurolite_bench.learning import Random
from neurolite_bench.learning_settings import nearest_mean
from neurolite_bench.quality_sets import write_rows
from neurolite_core.answer.similarity import cut
from neurolite_runtimes.learning import WAYS


@pytest.fixture
def stream() -> Stream:
    names = tuple(f"label {number}" for number in range(LABELS))
    return Stream("clinc150", names, LABELS, 3, True, rows_of(1, 12), rows_of(2))


@pytest.fixture
def questions(stream: Stream) -> Questions:
    away = np.random.default_rng(5).standard_normal((30, SIZE))
    return Questions(stream, cut(away, SIZE), rows_of(3))


def test_the_first_draw_is_the_file(stream: Stream, tmp_path: Path) -> None:
    (tmp_path / "fewshot/clinc150").mkdir(parents=True)
    for each in (5, 10):
        some = [12 * label + row for label in range(LABELS) for row in range(each)]
        rows = stream.train.at(np.array(some))
        names = [stream.labels[label] for label in rows.labels]
        write_rows(tmp_path / FIRST.format(each), rows.texts, names)
    draws = read_draws(stream, tmp_path, 3)
    assert [len(rows) for rows in draws[5]] == [5 * LABELS] * 3
    assert draws[5][0].texts == stream.train.at(np.array(
        [12 * label + row for label in range(LABELS) for row in range(5)]
    )).texts  # fmt: skip
    assert len({rows.texts for rows in draws[10]}) == 3
    for rows in draws[10]:
        assert (np.bincount(rows.labels) == 10).all()


@pytest.mark.parametrize("way", [*WAYS, FITTED])
def test_a_store_is_taught_asked_and_corrected(
    stream: Stream, questions: Questions, way: str, tmp_path: Path
) -> None:
    session = Embedded(Random.metadata, "numpy")
    session.remember(stream.train)
    session.remember(questions.asked)
    found = taught(session, stream.train, questions, way, tmp_path)
    assert found["accuracy"] > 0.9
    assert found["corrected"] >= found["accuracy"] - 0.05
    assert ("auroc" in found) == (way == "prototypes")
    assert found.get("auroc", 1.0) > 0.9


def test_corrections_teach_what_the_examples_did_not(
    stream: Stream, questions: Questions, tmp_path: Path
) -> None:
    session = Embedded(Random.metadata, "numpy")
    wrong = replace(stream.train, labels=(stream.train.labels + 1) % LABELS)
    session.remember(wrong)
    session.remember(questions.asked)
    one = wrong.at(np.arange(0, len(wrong), 12))
    found = taught(session, one, questions, "prototypes", tmp_path)
    assert found["accuracy"] < 0.1
    assert found["corrected"] > 0.8


def test_the_nearest_mean_beside(stream: Stream, questions: Questions) -> None:
    vectors = dict(zip(stream.train.texts, stream.train.vectors, strict=True))
    right, scope = nearest_mean(
        stream,
        stream.train,
        lambda texts: np.stack([vectors[text] for text in texts]),
        stream.judged.vectors,
        questions.outside,
    )
    assert right > 0.9
    assert scope > 0.9


def test_the_table_has_a_row_for_each_encoder_and_way() -> None:
    draws = [
        {"accuracy": 0.8, "corrected": 0.9, "auroc": 0.95},
        {"accuracy": 0.6, "corrected": 0.7, "auroc": 0.93},
    ]
    few = {"5": draws, "10": draws}
    plain = {each: [{"accuracy": 0.5, "corrected": 0.5}] for each in few}
    result = {
        "encoders": {"english": {"ways": {"prototypes": few, "episodic": plain}}},
        "minilm": {each: [{"accuracy": 0.9, "auroc": 0.99}] for each in few},
    }
    lines = few_shot_table(result).splitlines()
    assert lines[2] == (
        "| english, prototypes | 70.0 (60.0 to 80.0) | 70.0 (60.0 to 80.0) | 80.0 (70.0 to 90.0) | "
        "80.0 (70.0 to 90.0) | 0.940 | 0.940 |"
    )
    assert lines[3] == "| english, episodic | 50.0 | 50.0 | 50.0 | 50.0 | - | - |"
    assert lines[4] == "| MiniLM-L6 (90 MB), nearest mean | 90.0 | 90.0 | - | - | 0.990 | 0.990 |"
