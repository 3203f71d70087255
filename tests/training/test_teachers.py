"""Distillation from a transformer, from checkpoints, and what is made on the way."""

import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from neurolite_core import (
    InputError,
    NeuroLiteConfig,
    NeuroLiteForClassification,
    load_checkpoint,
)
from neurolite_core.training.cli import app
from neurolite_core.training.teaching.augment import close_words, count_words, make_variants
from neurolite_core.training.teaching.teachers import open_teacher
from neurolite_core.training.teaching.teachers.transformer import TransformerTeacher
from neurolite_core.training.vocabulary import start_from_words
from training.making import make_transformer, rows, train, write_config, write_csv


def said(what: str, share: float) -> None:
    assert what
    assert 0 < share <= 1


@pytest.fixture
def transformer(tmp_path: Path) -> Path:
    words = [word for text, _ in rows(60) for word in text.split()]
    return make_transformer(tmp_path / "bert", words)


def test_a_student_of_a_transformer(transformer: Path, tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 300)
    more = tmp_path / "more.txt"
    more.write_text("\n".join(text for text, _ in rows(50, seed=7)))
    config = write_config(tmp_path / "config.json")
    work, out = tmp_path / "work", tmp_path / "out"
    common = [
        data, "--model-config", config, "--epochs", 15, "--teacher", transformer, "--variants", 2,
        "--unlabelled", more, "--work", work,
    ]  # fmt: skip
    figures = train(*common, "--out", out)
    assert figures["accuracy"] > 0.6  # of three labels; the teacher's own start was random
    tuned = [path for path in work.iterdir() if path.name.startswith("teacher-")]
    assert len(tuned) == 1
    answers = sorted(work.glob("answers-*.json"))
    sizes = {json.loads(path.read_text())["shape"][0] for path in answers}
    assert 300 in sizes
    assert any(300 < size <= 50 + 2 * 270 for size in sizes)
    # The tuned teacher is a teacher too, and what was made is not made again.
    before = {path: path.stat().st_mtime_ns for path in work.rglob("*") if path.is_file()}
    train(*common, "--seed", 1, "--out", tmp_path / "second")
    assert before == {path: path.stat().st_mtime_ns for path in before}
    train(
        data,
        "--model-config",
        config,
        "--epochs",
        1,
        "--teacher",
        tuned[0],
        "--out",
        tmp_path / "third",
    )


def test_a_teacher_with_other_labels_is_refused(transformer: Path, tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    config = write_config(tmp_path / "config.json")
    train(data, "--model-config", config, "--epochs", 1, "--out", tmp_path / "first")
    other = tmp_path / "other.csv"
    other.write_text(data.read_text().replace(",music", ",song"))
    arguments = [
        str(other),
        "--model-config",
        str(config),
        "--epochs",
        "1",
        "--out",
        str(tmp_path / "o"),
    ]
    result = CliRunner().invoke(app, [*arguments, "--teacher", str(tmp_path / "first")])
    assert result.exit_code == 2
    assert "'music' is on one side only" in result.output


def test_an_ensemble_in_one_student(tmp_path: Path) -> None:
    data = write_csv(tmp_path / "data.csv", 300)
    config = write_config(tmp_path / "config.json")
    for seed in (1, 2):
        train(
            data,
            "--model-config",
            config,
            "--epochs",
            10,
            "--seed",
            seed,
            "--out",
            tmp_path / str(seed),
        )
    out = tmp_path / "student"
    figures = train(
        data, "--model-config", config, "--epochs", 10, "--teacher-weight", 1,
        "--teacher", tmp_path / "1", "--teacher", tmp_path / "2", "--out", out,
    )  # fmt: skip
    assert figures["accuracy"] > 0.9
    texts = [text for text, _ in rows(60, seed=5)]

    def probabilities(folder: Path) -> torch.Tensor:
        found: torch.Tensor = load_checkpoint(folder)(input_texts=texts)["logits"].softmax(1)
        return found

    mean = (probabilities(tmp_path / "1") + probabilities(tmp_path / "2")) / 2
    agreement = (probabilities(out).argmax(1) == mean.argmax(1)).float().mean()
    assert float(agreement) > 0.95


def test_pickled_weights_are_not_read(transformer: Path, tmp_path: Path) -> None:
    (transformer / "model.safetensors").rename(transformer / "pytorch_model.bin")
    data = write_csv(tmp_path / "data.csv", 60)
    arguments = [str(data), "--out", str(tmp_path / "out"), "--teacher", str(transformer)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "pickled weights are not read" in result.output


def test_code_of_a_teachers_folder_is_never_run(
    transformer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "evil"
    shutil.copytree(transformer, folder)
    (folder / "evil.py").write_text(f"open({str(tmp_path / 'PWNED')!r}, 'w')\n")
    names = {"AutoConfig": "evil.EvilConfig", "AutoModel": "evil.EvilModel"}
    (folder / "config.json").write_text(json.dumps({"model_type": "evil", "auto_map": names}))
    monkeypatch.setattr("sys.stdin", io.StringIO("y\ny\ny\n"))
    with pytest.raises(InputError, match=r"asks to run evil.EvilConfig, code of its folder"):
        open_teacher(folder)
    assert not (tmp_path / "PWNED").exists()


def test_close_words_are_the_nearest_by_cosine(transformer: Path) -> None:
    teacher = TransformerTeacher.open(transformer)
    words = list(count_words(text for text, _ in rows(60)))
    near, known, vectors = close_words(words, teacher, said)
    assert vectors is not None
    assert set(words) <= set(near)
    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -np.inf)
    for number in (0, len(words) - 1):
        best = [known[place] for place in np.argsort(-similar[number])[:15]]
        np.testing.assert_allclose(
            sorted(similar[number][[known.index(word) for word in near[words[number]]]]),
            sorted(similar[number][[known.index(word) for word in best]]),
            atol=1e-6,
        )


def test_variants_repeat_and_use_known_words() -> None:
    texts = [text for text, _ in rows(30)]
    words = list(count_words(texts))
    near = {"play": ["start"], "weather": ["forecast"]}
    once, again = (list(make_variants(texts, 4, words, near, seed=0)) for _ in range(2))
    assert once == again
    assert 100 < len(once) <= 120
    assert {word for text in once for word in text.split()} <= {*words, "start", "forecast"}
    assert set(once) - set(texts)
    assert once != list(make_variants(texts, 4, words, near, seed=1))


def test_a_table_learns_the_words() -> None:
    rng = np.random.default_rng(0)
    words = [
        f"{a}{b}" for a in ("wake", "play", "rain", "sing", "cook") for b in ("ing", "er", "s")
    ]
    vectors = rng.normal(size=(len(words), 8)).astype(np.float32)
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny(), num_labels=2)
    explained = start_from_words(network, words, vectors, said, seed=0)
    assert explained > 0.9
