"""An exported generator in the bench: the reference's own probabilities, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from typer.testing import CliRunner

from artifacts import Store
from generating import SENTENCES, beginnings, taught_generator, vocabulary
from neurolite_bench.generation.__main__ import app
from neurolite_bench.generation.generator import ask
from neurolite_core.answer.spelling import BORDER, Speller
from neurolite_core.text.vocabulary import FIRST_WORD
from neurolite_export.exporting import export
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS
from neurolite_runtimes.opening import open_artifact


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = Source(taught_generator(), "taught", "of four sentences")
    folder = tmp_path_factory.mktemp("generator")
    probes = Probes("sentences", SENTENCES)
    return export(source, TARGETS["onnx"].load(), "float32", folder, probes).path


@torch.no_grad()
def test_each_word_has_the_probability_that_the_reference_gives_it(file: Path) -> None:
    said = ask(open_artifact(file), SENTENCES, vocabulary())
    texts, wanted = beginnings()
    logits = taught_generator()(input_texts=texts)["logits"]
    expected = logits.softmax(dim=1)[torch.arange(len(wanted)), wanted].numpy()
    np.testing.assert_allclose(said.probabilities, expected, rtol=1e-3, atol=1e-6)
    # By heart but for the first words, of which three of four are among the suggestions.
    assert said.hits.sum() == len(wanted) - 1


def test_the_command_measures_and_keeps_a_row(file: Path, tmp_path: Path) -> None:
    test, results = tmp_path / "test.txt", tmp_path / "generation.json"
    test.write_bytes(b"\n\n".join(SENTENCES))
    options = [str(file), str(test), "--name", "sentences", "--results", str(results)]
    for _ in range(2):
        done = CliRunner().invoke(app, ["generator", *options])
        assert done.exit_code == 0, done.output
    (row,) = json.loads(results.read_text())["rows"]
    assert row["model"] == "taught, onnx float32"
    assert row["words"] == len(beginnings()[1])
    # Four ways to begin, and all else is certain.
    assert 1 < row["perplexity"] < 4 ** (4 / row["words"]) * 1.1
    assert row["megabytes"] == pytest.approx(file.stat().st_size / 1e6)
    done = CliRunner().invoke(app, ["generator", *options, "--words", "10"])
    assert json.loads(results.read_text())["rows"][0]["words"] < row["words"]


def test_the_command_says_what_words_cost_that_are_no_entries(file: Path, tmp_path: Path) -> None:
    test = tmp_path / "test.txt"
    test.write_text("How are Adam?\n\nWhere do you live today?\nNot far from Neere.")
    done = CliRunner().invoke(app, ["spelling", str(file), str(test)])
    assert done.exit_code == 0, done.output
    row = json.loads(done.output)
    assert (row["words"], row["symbols"]) == (2, len(" Adam") + 1 + len(" Neere") + 1)
    speller, bits = Speller(vocabulary()), 0.0
    alike = np.ones(len(vocabulary()) - FIRST_WORD)
    for word in (b" Adam", b" Neere"):
        for place, symbol in enumerate((*word, BORDER)):
            bits -= float(np.log2(speller.shares(alike, word[:place])[symbol]))
    assert row["bits_anywhere"] == pytest.approx(bits / row["symbols"])
    assert row["bits"] != row["bits_anywhere"]
    test.write_text("How are you today?")
    done = CliRunner().invoke(app, ["spelling", str(file), str(test)])
    assert done.exit_code == 2
    assert "every word of the texts is an entry" in " ".join(done.output.split())


def test_another_task_is_refused_by_name(exported: Store, tmp_path: Path) -> None:
    test = tmp_path / "test.txt"
    test.write_text("a b")
    other = str(exported("onnx", "one", "float32").path)
    done = CliRunner().invoke(app, ["generator", other, str(test), "--name", "x"])
    assert done.exit_code == 2
    assert "is of the task classification; give a generator" in " ".join(done.output.split())
