"""Reservoirs that learn a transformer's layers: words and pieces, standardised values, and the command."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from neurolite_core import NeuroLiteConfig
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.cli import app
from neurolite_core.training.closed_form.blocks import places_of
from neurolite_core.training.closed_form.layers import LayerLessons, layers_of, make_lessons
from neurolite_core.training.closed_form.ridge import ridge, ridge_of_parts
from neurolite_core.training.closed_form.word_layers import table_of_words
from neurolite_core.training.pretraining.word_bags import word_bags
from neurolite_core.training.teaching.hidden_layers import hidden_teacher, keep_hidden, word_shares
from neurolite_core.training.teaching.kept_logits import keep_answers
from training.making import make_transformer, rows, train, write_csv
from training.solving import case_of, check_beside_pytorch, settings_of

SOLVED = ["--backbone", "reservoir", "--epochs", "0", *settings_of(24)]


@pytest.fixture(scope="module")
def transformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("teacher") / "bert"
    return make_transformer(folder, sorted({w for text, _ in rows(90) for w in text.split()}))


@pytest.mark.parametrize(
    ("blocks", "layers", "expected"),
    [(2, 6, (5, 6)), (1, 6, (6,)), (6, 6, (1, 2, 3, 4, 5, 6)), (3, 1, (1, 1, 1)), (0, 6, ())],
)
def test_blocks_have_the_last_layers(blocks: int, layers: int, expected: tuple[int, ...]) -> None:
    assert layers_of(blocks, layers) == expected


def test_a_word_is_the_mean_of_the_pieces_that_overlap_it() -> None:
    text = "Zürich-Kloten, née 42".encode()
    _, words = word_borders([text])
    assert [text[a:b].decode() for a, b in words] == ["Zürich", "-", "Kloten", ",", "née", "42"]
    #        [CLS]   Zür     ich-    Klo     ten,      née       4         2         [SEP]   pad
    pieces = [
        (0, 0),
        (0, 3),
        (3, 7),
        (7, 10),
        (10, 14),
        (15, 18),
        (19, 20),
        (20, 21),
        (0, 0),
        (0, 0),
    ]
    found = word_shares(text, words, np.array(pieces))
    expected = np.zeros((6, 10), np.float32)
    expected[0, [1, 2]] = 0.5
    expected[1, 2] = 1
    expected[2, [3, 4]] = 0.5
    expected[3, 4] = 1
    expected[4, 5] = 1
    expected[5, [6, 7]] = 0.5
    assert np.array_equal(found, expected)


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=24), st.integers(1, 5))
def test_shares_of_any_bytes_sum_to_one(text: bytes, step: int) -> None:
    _, words = word_borders([text])
    length = len(text.decode("utf-8", "replace"))
    pieces = [(at, min(at + step, length)) for at in range(0, length, step)] or [(0, 0)]
    found = word_shares(text, words, np.array(pieces))
    np.testing.assert_allclose(found.sum(axis=1), 1.0, rtol=1e-6)


@torch.no_grad()
def test_hidden_layers_are_the_transformers(transformer: Path, tmp_path: Path) -> None:
    teacher = hidden_teacher(transformer)
    texts = [text.encode() for text, _ in rows(30)] + [b"", b"jazz, now", b"unheard-of words"]
    kept = keep_hidden(teacher, texts, [0, 1], (64, 16), tmp_path, lambda *_: None, content="these")
    at = 0
    for text in texts:
        _, words = word_borders([text])
        if not len(words):
            continue
        made = teacher.tokenizer(text.decode(), return_offsets_mapping=True, return_tensors="pt")
        pieces = made.pop("offset_mapping")[0].tolist()
        hidden = teacher.encoder(**made, output_hidden_states=True).hidden_states
        for begin, end in words.tolist():
            own = [n for n, (a, b) in enumerate(pieces) if a < end and b > begin and b > a]
            expected = np.concatenate([layer[0, own].mean(dim=0).numpy() for layer in hidden])
            # Kept in 16 bits, computed in as many where that is faster.
            np.testing.assert_allclose(kept[at], expected, rtol=0.03, atol=0.03)
            at += 1
    assert at == kept.shape[0]


def test_lessons_are_components_of_values_between_minus_one_and_one(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    values = random.normal(size=(300, 12)) @ random.normal(size=(12, 12)) + random.normal(size=12)
    values[:3] *= 40  # which are cut off
    values[:, 5] = 1.0
    kept = keep_answers(tmp_path, "hidden", ["x"], (300, 12), lambda some: values[some])
    lessons = make_lessons("a teacher", kept, (3, 4), 2)
    half = values.astype(np.float16).astype(np.float64)
    parts = []
    for own in (half[:, :6], half[:, 6:]):
        scaled = (own - own.mean(axis=0)) / np.maximum(3 * own.std(axis=0), 1e-6)
        cut = np.clip(scaled, -1, 1)
        parts.append(cut - cut.mean(axis=0))
    _, _, turned = np.linalg.svd(parts[1], full_matrices=False)
    for target, part, varied in zip(lessons.targets, parts, lessons.varied, strict=True):
        expected = part @ turned[:2].T
        np.testing.assert_allclose(np.abs(target), np.abs(expected), atol=2e-4)
        assert varied == pytest.approx((part**2).sum())
    assert (lessons.layers, lessons.width) == ((3, 4), 2)


def test_a_ridge_of_parts_is_that_of_all() -> None:
    random = np.random.default_rng(1)
    x, y = random.normal(size=(90, 5)) + 7, random.normal(size=(90, 3)) - 2
    parts = [(x[a:b], y[a:b]) for a, b in ((0, 10), (10, 11), (11, 90))]
    for found in (ridge_of_parts(parts, 0.3), ridge(x, y, 0.3)):
        centred = x - x.mean(axis=0)
        expected = np.linalg.solve(centred.T @ centred + 0.3 * np.eye(5), centred.T @ y)
        np.testing.assert_allclose(found.weight, expected, rtol=1e-8, atol=1e-10)
        np.testing.assert_allclose(found.bias, (y - x @ found.weight).mean(axis=0), atol=1e-9)


def test_the_table_says_of_a_word_what_is_said_of_it_on_average() -> None:
    config = NeuroLiteConfig(table_size=4096, projection_size=8, hidden_size=8)
    texts = [b"one two", b"two three two", b"", b"never"]
    bags = word_bags(lambda some: [texts[row] for row in some], 4, config)
    said = np.random.default_rng(2).normal(size=(6, 3)).astype(np.float32)
    table = table_of_words(bags, np.array([1, 2, 0]), said, 4096, 1e-4)
    found = table[bags.indices].sum(axis=1)
    assert places_of(bags, np.array([1, 2, 0])).tolist() == [2, 3, 4, 0, 1]
    for word, places in (("one", [0]), ("two", [1, 2, 4]), ("three", [3])):
        own = bags.words[places[0]]
        np.testing.assert_allclose(found[own], said[places].mean(axis=0), atol=1e-2, err_msg=word)
    empty = table_of_words(bags, np.array([2]), said, 64, 1.0)
    assert empty.shape == (64, 3)
    assert not empty.any()


def test_what_is_solved_with_a_teacher_is_pytorchs_network(tmp_path: Path) -> None:
    case = case_of(ReservoirOptions(num_layers=2, units=12, read_hidden=48), 2048)
    bags = case.bags()
    # Of every word itself, and nothing of its neighbours: that can be learned whole, but for words of one text alone.
    words = np.random.default_rng(4).normal(size=(len(bags.indices), 4)) * 0.3
    said = words[bags.words].astype(np.float32)
    said -= said.mean(axis=0)
    square = float((said.astype(np.float64) ** 2).sum())
    lessons = LayerLessons("x", (5, 6), (said, said), (square, 2 * square))
    solved = case.solve(lessons=lessons)
    first, second = solved.reproduced
    assert (first.layer, second.layer) == (5, 6)
    assert second.error < 0.5
    assert first.whole_error == pytest.approx(first.error, abs=1e-6)
    assert second.whole_error == pytest.approx((1 + second.error) / 2, abs=1e-6)
    check_beside_pytorch(case, solved, tmp_path)


def test_the_command_says_the_error_of_each_layer(transformer: Path, tmp_path: Path) -> None:
    data, work = write_csv(tmp_path / "data.csv", 120), tmp_path / "work"
    given = [data, *SOLVED, "--teacher", transformer, "--work", work]
    figures = train(*given, "--out", tmp_path / "one")
    layers = figures["teacher"]["layers"]
    assert [row["layer"] for row in layers] == [1, 1]  # it has one
    assert all(row["components"] == 8 for row in layers)
    assert all(0 < row["error"] < row["whole_error"] < 1 for row in layers)
    assert figures["teacher"]["name"].startswith("bert ")
    (kept,) = work.glob("hidden-*.bin")
    before = kept.stat().st_mtime_ns
    result = CliRunner().invoke(app, [*map(str, given), "--out", str(tmp_path / "two")])
    assert result.exit_code == 0, result.output
    assert kept.stat().st_mtime_ns == before
    said = " ".join(result.output.split())
    assert f"layer 1 of the teacher: {layers[0]['error']:.3f} of its 8 largest components'" in said
    alone = train(data, *SOLVED, "--work", work, "--out", tmp_path / "three")
    assert "teacher" not in alone
    one, three = ((tmp_path / name / "model.safetensors").read_bytes() for name in ("one", "three"))
    assert one != three


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--teacher", "bert", "--teacher", "bert"], "--teacher was given 2 times"),
        (["--teacher", "bert", "--set", "num_layers=0"], "and num_layers is 0"),
        (["--teacher", "nothing"], "nothing"),
        (["--teacher", "ours"], "has no hidden layers of word pieces"),
    ],
)
def test_what_cannot_be_a_teacher_is_refused(
    transformer: Path, tmp_path: Path, options: list[str], message: str
) -> None:
    data = write_csv(tmp_path / "data.csv", 60)
    train(data, *SOLVED, "--out", tmp_path / "ours")
    places = {
        "bert": str(transformer),
        "ours": str(tmp_path / "ours"),
        "nothing": str(tmp_path / "n"),
    }
    given = [str(data), *SOLVED, "--out", str(tmp_path / "out")]
    result = CliRunner().invoke(app, [*given, *(places.get(word, word) for word in options)])
    assert result.exit_code == 2, result.output
    said = " ".join(result.output.split())
    assert places.get(message, message) in said
    assert "Traceback" not in said
    assert not (tmp_path / "out" / "model.safetensors").exists()
