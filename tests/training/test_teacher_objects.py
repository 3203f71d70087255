"""Teachers that are objects of Python, and sentence encoders that stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from rich.console import Console
from sklearn.linear_model import LogisticRegression

from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.display import Display
from neurolite_core.training.launching import Machine, launch
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.request import Request
from neurolite_core.training.run import train as train_request
from neurolite_core.training.sources import DataFiles, read_sources
from neurolite_core.training.teaching.augment import make_variants
from neurolite_core.training.teaching.teachers import as_teacher
from neurolite_core.training.teaching.teachers.objects import teacher_of
from neurolite_core.training.teaching.teachers.solved_head import PENALTY
from training.making import WANTS, make_transformer, rows, train, write_config, write_csv

LABELS = sorted(WANTS)
HINTS = {"alarm": ["alarm", "wake", "get"], "music": ["play", "put", "hear", "playlist"]}


def quiet(what: str, share: float) -> None:
    assert what
    assert 0 <= share <= 1


class Words:
    """Vectors of three components: words that speak for alarm, for music, and the length."""

    name = "words 1"

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.array(
            [
                [sum(word in HINTS[label] for word in text.split()) for label in HINTS] + [0.5]
                for text in texts
            ]
        )


class Sure:
    """Probabilities, its labels in another order than the data's."""

    name = "sure 1"
    labels = tuple(LABELS[::-1])

    def probabilities(self, texts: Sequence[str]) -> NDArray[np.float64]:
        right = Words().vectors(texts)
        alarm, music = right[:, 0] > 0, right[:, 1] > 0
        first = np.where(alarm, 2, np.where(music, 1, 0))
        found = np.full((len(texts), 3), 0.05)
        found[np.arange(len(texts)), first] = 0.9
        return found


@pytest.mark.parametrize("make", [Words, Sure])
def test_a_student_of_an_object(tmp_path: Path, make: Callable[[], Words | Sure]) -> None:
    data = write_csv(tmp_path / "data.csv", 240)
    config = NeuroLiteConfig.from_json(write_config(tmp_path / "config.json").read_text())
    request = Request(
        files=DataFiles(train=(str(data),)),
        config=config,
        options=TrainingOptions(epochs=6, batch_size=32, variants=1, folds=0),
        machine=Machine(workers=0),
        out=tmp_path / "out",
        work=tmp_path / "work",
        teachers=(make(),),
        pictures=False,
    )
    fabric = launch(request.machine)
    with Display(Console(quiet=True)) as display:
        trained = train_request(request, fabric, display, lambda _: None)
    assert trained.figures()["accuracy"] > 0.8
    assert trained.report.training["teachers"] == [make().name]


def test_the_head_on_vectors_is_that_of_another_solver(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 120)
    sources = read_sources(DataFiles(train=(str(data),)), tmp_path / "work", seed=0)
    teacher = teacher_of(Words())
    teacher.prepare(sources.train, sources.rows, sources.train.labels, quiet)
    texts = [text for text, _ in rows(60, seed=3)]
    found = teacher.logits(texts, quiet)
    vectors = teacher.vectors(sources.train.strings(sources.rows), quiet)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    theirs = LogisticRegression(C=1 / PENALTY, tol=1e-8, max_iter=5000)
    theirs.fit(vectors, sources.train.label_ids[sources.rows])
    expected = theirs.predict_log_proba(teacher.vectors(texts, quiet))
    logs = found - np.log(np.exp(found).sum(axis=1, keepdims=True))
    np.testing.assert_allclose(logs, expected, atol=0.05)


def test_probabilities_come_in_the_order_of_the_data(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    sources = read_sources(DataFiles(train=(str(data),)), tmp_path / "work", seed=0)
    teacher = teacher_of(Sure())
    teacher.prepare(sources.train, sources.rows, LABELS, quiet)
    logits = teacher.logits(["alarm at noon", "play jazz", "weather in oslo"], quiet)
    assert [LABELS[place] for place in logits.argmax(axis=1)] == LABELS


class Wrong(Words):
    """Gives one vector for whatever it is asked."""

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float64]:
        return np.zeros((1, 3))


class Other(Sure):
    """Knows other labels."""

    labels = ("alarm", "music", "song")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (Wrong(), r"words 1 gave an array of shape \(1, 3\) for \d+ texts"),
        (Other(), "sure 1 has other labels than the data: 'song' is on one side only"),
        (3, "A teacher is a int; give a folder, or an object with a name"),
    ],
)
def test_objects_that_cannot_teach_are_refused(tmp_path: Path, given: Words, message: str) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    sources = read_sources(DataFiles(train=(str(data),)), tmp_path / "work", seed=0)
    with pytest.raises(InputError, match=message):
        as_teacher(given).prepare(sources.train, sources.rows, LABELS, quiet)


def test_a_transformer_stays_as_it_is_under_a_solved_head(tmp_path: Path) -> None:
    words = [word for text, _ in rows(60) for word in text.split()]
    folder = make_transformer(tmp_path / "bert", words)
    work = tmp_path / "work"
    figures = train(
        write_csv(tmp_path / "data.csv", 240), "--model-config", write_config(tmp_path / "c.json"),
        "--teacher", folder, "--teacher-head", "solved", "--variants", 1, "--epochs", 8, "--batch-size",
        32, "--work", work, "--folds", 0, "--out", tmp_path / "out",
    )  # fmt: skip
    assert figures["accuracy"] > 0.6
    assert not [*work.glob("teacher-*")]  # nothing was tuned


def test_words_without_a_close_one_become_any() -> None:
    words = ["one", "two", "three"]
    made = [*make_variants(["alpha beta gamma delta epsilon"] * 40, 3, words, {}, seed=0)]
    assert {word for text in made for word in text.split()} == {
        *words,
        *["alpha", "beta", "gamma", "delta", "epsilon"],
    }
