"""An encoder from texts and a teacher's vectors: the table by its equations, the loop, the files."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from typer.testing import CliRunner

from neurolite_core.answer.similarity import Similarity, cut
from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.network.model import NeuroLiteForEmbedding
from neurolite_core.network.table_bits import (
    full_table,
    learn_rounded,
    trained_table,
    with_table_bits,
)
from neurolite_core.training.cli import app
from neurolite_core.training.pretraining.cosines import nearest_share
from neurolite_core.training.pretraining.ridge import solve_table
from neurolite_core.training.pretraining.word_bags import WordBags, word_bags

CONFIG = NeuroLiteConfig(
    table_size=256,
    projection_size=12,
    hidden_size=8,
    num_hashes=4,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=8),
    max_words=6,
    bag=True,
    table_bits=4,
)
WORDS = ["book", "table", "weather", "tomorrow", "play", "some", "music", "größe", "please", "near"]


def some_texts(count: int, seed: int = 0) -> list[str]:
    random = np.random.default_rng(seed)
    return [" ".join(random.choice(WORDS, random.integers(1, 9))) for _ in range(count)]


def bags_of(texts: list[str], config: NeuroLiteConfig = CONFIG) -> WordBags:
    return word_bags(lambda rows: [texts[row].encode() for row in rows], len(texts), config)


def dense(texts: list[str], config: NeuroLiteConfig = CONFIG) -> NDArray[np.float64]:
    """Bags as the network sums them, [N, M]."""
    indices, counts = features_of(texts, config)
    found = np.zeros((len(texts), config.table_size))
    for row, (words, count) in enumerate(zip(indices.numpy(), counts.numpy(), strict=True)):
        for index in words[:count].reshape(-1):
            found[row, index] += 1 / np.sqrt(max(count, 1))
    return found


def test_bags_are_those_of_the_network() -> None:
    texts = [*some_texts(40), "", "one two three four five six seven eight"]
    bags = bags_of(texts)
    indices, counts = features_of(texts, CONFIG)
    assert bags.counts.tolist() == counts.tolist()
    for row, count in enumerate(counts.tolist()):
        words = bags.words[bags.bounds[row] : bags.bounds[row + 1]]
        np.testing.assert_array_equal(bags.indices[words], indices[row, :count])
    assert len(np.unique(bags.indices, axis=0)) == len(bags.indices)


def test_the_table_solves_the_equations_of_ridge_regression() -> None:
    texts = some_texts(300)
    vectors = np.random.default_rng(1).standard_normal((300, 16)).astype(np.float32)
    bags = bags_of(texts)
    before = bags.indices.copy(), bags.words.copy()
    solved = solve_table(bags, vectors, table_size=256, width=12, penalty=0.5, whitening=0.2)
    np.testing.assert_array_equal(bags.indices, before[0])
    np.testing.assert_array_equal(bags.words, before[1])
    matrix = dense(texts)
    weights = np.linalg.solve(matrix.T @ matrix + 0.5 * np.eye(256), matrix.T @ vectors)
    np.testing.assert_allclose(solved.table, weights @ solved.directions, atol=1e-5)
    answers = matrix @ weights
    variance = np.sort(np.linalg.eigvalsh(answers.T @ answers / 300))[::-1][: len(WORDS)]
    sums = matrix @ solved.table.astype(np.float64)
    expected = variance * (variance / variance[0]) ** -0.4
    np.testing.assert_allclose((sums**2).mean(axis=0)[: len(WORDS)], expected, rtol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(solved.wanted(vectors), axis=1), 1, rtol=1e-5)
    with pytest.raises(InputError, match="projection_size is 20"):
        solve_table(bags, vectors, table_size=256, width=20, penalty=1.0, whitening=0.2)


@torch.no_grad()
def test_a_network_is_packed_and_unpacked() -> None:
    torch.manual_seed(0)
    plain = NeuroLiteForEmbedding(replace(CONFIG, table_bits=32)).eval()
    assert with_table_bits(plain, 32) is plain
    packed = with_table_bits(plain, 4)
    again = with_table_bits(packed, 32)
    texts = some_texts(20)
    torch.testing.assert_close(again(texts), packed(texts), rtol=1e-5, atol=1e-6)
    assert (plain(texts)["embedding"] * packed(texts)["embedding"]).sum(dim=1).mean() > 0.98
    learn_rounded(plain)
    torch.testing.assert_close(plain(texts), packed(texts), rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(trained_table(again).detach(), full_table(packed))
    with pytest.raises(InputError, match="packed"):
        trained_table(packed)


@pytest.fixture(scope="module")
def teacher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An encoder of our own, of random weights: what it says of a text is smooth enough to be learned."""
    torch.manual_seed(1)
    config = replace(CONFIG, table_bits=32, projection_size=16, num_hashes=8)
    return save_checkpoint(NeuroLiteForEmbedding(config), tmp_path_factory.mktemp("teacher") / "t")


def arguments(folder: Path, teacher: Path, *more: str) -> list[str]:
    texts, shape = folder / "texts.txt", folder / "shape.json"
    texts.write_text("\n".join(dict.fromkeys(some_texts(1600))) + "\n")
    shape.write_text(CONFIG.to_json())
    return [
        str(texts), "--task", "embedding", "--teacher", str(teacher), "--model-config", str(shape),
        "--out", str(folder / "encoder"), "--epochs", "2", "--batch-size", "64", "--table-rate", "0.2",
        "--variants", "0", *more,
    ]  # fmt: skip


def test_an_encoder_comes_close_to_its_teacher(tmp_path: Path, teacher: Path) -> None:
    run = CliRunner().invoke(app, [*arguments(tmp_path, teacher), "--json"])
    assert run.exit_code == 0, run.output
    figures = json.loads(run.stdout)
    assert 0.6 < figures["cosine_solved"] < figures["cosine"] <= 1
    best = max(
        line["score"]
        for line in json.loads((tmp_path / "encoder/report.json").read_text())["history"]
    )
    assert figures["cosine"] == pytest.approx(
        best, abs=1e-5
    )  # what was validated is what is stored
    assert json.loads((tmp_path / "encoder/report.json").read_text())["history"]
    again = CliRunner().invoke(app, arguments(tmp_path, teacher))
    assert again.exit_code == 0
    assert "cosine, trained and stored" in again.stdout
    # What the teacher said is kept: without its weights the same command ends at the same place.
    assert json.loads((tmp_path / "encoder/report.json").read_text())["cosine"] == figures["cosine"]


def write_labelled(path: Path, rows: int) -> Path:
    """Texts whose label is a word that they have twice."""
    lines = [f"{text} {word} {word},{word}" for text in some_texts(rows, 1) for word in WORDS[:3]]
    path.write_text("text,label\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_labelled_texts_say_what_cosines_mean(tmp_path: Path, teacher: Path) -> None:
    labelled = write_labelled(tmp_path / "labelled.csv", 40)
    run = CliRunner().invoke(app, arguments(tmp_path, teacher, "--labelled", str(labelled)))
    assert run.exit_code == 0, run.output
    assert "12 of 12 components" in run.stdout
    (measured,) = json.loads((tmp_path / "encoder/report.json").read_text())["cosines"]
    assert measured["nearest"] > 0.6
    (kept,) = load_checkpoint(tmp_path / "encoder").similarities
    assert kept == Similarity(**measured["similarity"])
    assert kept.dimension == CONFIG.projection_size


@pytest.mark.parametrize(
    ("rows", "more", "message"),
    [
        (1, (), "give some ten texts for each of several labels"),
        (40, ("--task", "classification"), "with --task embedding"),
    ],
)
def test_labelled_texts_that_say_nothing_are_refused(
    tmp_path: Path, teacher: Path, rows: int, more: tuple[str, ...], message: str
) -> None:
    labelled = write_labelled(tmp_path / "labelled.csv", rows)
    given = arguments(tmp_path, teacher, "--labelled", str(labelled), *more)
    run = CliRunner().invoke(app, given)
    assert (run.exit_code, message in " ".join(run.output.split())) == (2, True), run.output


def test_nearest_leaves_each_text_out_of_its_own_mean() -> None:
    random = np.random.default_rng(0)
    ids = random.integers(0, 5, 60)
    centres = random.normal(size=(5, 8))
    units = cut(centres[ids] + random.normal(size=(60, 8)), 8)
    right = 0
    for row in range(60):
        rest = np.arange(60) != row
        means = np.stack([units[rest & (ids == label)].mean(axis=0) for label in range(5)])
        means /= np.linalg.norm(means, axis=1, keepdims=True)
        right += int((means @ units[row]).argmax() == ids[row])
    assert 0 < right < 60
    assert nearest_share(units, ids) == pytest.approx(right / 60)


def test_what_an_encoder_cannot_use_is_refused(tmp_path: Path, teacher: Path) -> None:
    for more, message in (
        (["--out-of-scope", "a.txt"], "--out-of-scope was given with --task embedding"),
        (["--multi-label"], "--multi-label was given with --task embedding"),
        (["--devices", "2"], "one process"),
    ):
        run = CliRunner().invoke(app, arguments(tmp_path, teacher, *more))
        assert (run.exit_code, message in run.output) == (2, True), run.output
    few = tmp_path / "few.txt"
    few.write_text("one\ntwo\n")
    run = CliRunner().invoke(app, [str(few), *arguments(tmp_path, teacher)[1:]])
    assert run.exit_code == 2
    assert "There are 2 different texts" in run.output
    alone = CliRunner().invoke(app, [str(few), "--task", "embedding", "--out", str(tmp_path / "o")])
    assert "--teacher FOLDER" in alone.output
