"""Generators trained by the command: what is learned, where it goes on, and what is refused."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st
from torch.nn import functional
from typer.testing import CliRunner

from neurolite_core import (
    GenerationOptions,
    NeuroLiteConfig,
    NeuroLiteForGeneration,
    load_checkpoint,
)
from neurolite_core.data.documents import documents
from neurolite_core.data.store_writer import build_store
from neurolite_core.data.windows import KINDS, Windows
from neurolite_core.network.features import features_of
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import END, Vocabulary, count_words, make_vocabulary
from neurolite_core.training.cli import app
from neurolite_core.training.display import Display
from neurolite_core.training.fitting.loop import StepReport
from neurolite_core.training.fitting.state import STATE_FILE
from neurolite_core.training.generation.batches import NOT_ASKED, window_batch
from neurolite_core.training.generation.calibrating import FEWEST_WORDS, calibrate
from neurolite_core.training.generation.task import asked_vectors, measure, noised
from neurolite_core.training.generation.tokens import log_shares, read_tokens
from neurolite_core.training.generation.tying import TiedHead, tied, untied
from training.making import train

NAMES = ("Ada", "Tom", "Eve", "Max")
PLACES = ("Rome", "Oslo", "Bern", "Kiel")
SHAPE = ("table_size=512", "projection_size=32", "num_hashes=8", "dropout=0", "state=4")


def talk(rng: random.Random) -> str:
    name, place = rng.choice(NAMES), rng.choice(PLACES)
    return f"Hello, my name is {name}.\nWhere do you live, {name}?\nI live in {place}. {place}!"


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("corpus"), random.Random(4)
    for name, count in (("train", 240), ("valid", 30), ("test", 20)):
        texts = [talk(rng) for _ in range(count)]
        (folder / f"{name}.txt").write_text("\n\n".join(texts))
    return folder


def options(*more: object) -> list[object]:
    settings = [word for each in SHAPE for word in ("--set", each)]
    return ["--task", "generation", "--hidden-size", 24, "--num-layers", 1, *settings, *more]


@pytest.fixture(scope="module")
def trained(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("trained")
    more = ("--vocab-size", 300, "--seq-length", 16, "--epochs", 100, "--learning-rate", 0.005)
    return out, train(corpus, *options(*more), "--out", out)


def test_it_learns_what_can_be_known_and_remembers_a_name(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    """Of each text two words in four are chance: nothing can do better than their entropy."""
    out, figures = trained
    words = len(split_segments([talk(random.Random(0)).encode()])[0].words) + 1
    least = math.exp(2 * math.log(4) / words)
    # A window of 16 words does not see what the one before has said, so that the place is chance twice.
    assert least * 0.99 < figures["perplexity"] < 1.6
    assert figures["split"] == "test"
    assert figures["words"] == 20 * words
    network = load_checkpoint(out)
    assert isinstance(network, NeuroLiteForGeneration)
    assert network.config.max_words == 16
    assert len(network.labels) == figures["vocabulary"] <= 300
    with torch.no_grad():
        for name in NAMES:
            text = f"Hello, my name is {name}.\nWhere do you live,"
            entry = int(network(input_texts=[text])["logits"][0].argmax())
            assert network.labels[entry] == f" {name}"


def test_the_report_has_the_history_and_samples(trained: tuple[Path, dict[str, Any]]) -> None:
    out, figures = trained
    report = json.loads((out / "report.json").read_text())
    assert report["perplexity"] == figures["perplexity"]
    first, *_, last = report["history"]
    assert first["perplexity"] > last["perplexity"] > 1
    assert last["inverse_perplexity"] == pytest.approx(1 / last["perplexity"])
    assert len(report["samples"]) == 6
    assert all(sample["prompt"] == "Hello, my name is" for sample in report["samples"])
    assert any(name in report["samples"][0]["written"] for name in NAMES)


def test_how_sure_it_is_is_what_held_words_ask_for(
    corpus: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    """Factors that make its head another are found back, and leave no slope: by autograd, of the loss itself."""
    found = json.loads((trained[0] / "report.json").read_text())["calibration"]
    assert found["after"] < found["before"]
    network = load_checkpoint(trained[0])
    assert isinstance(network, NeuroLiteForGeneration)
    store = build_store([Windows(corpus / "valid.txt", 16)], tmp_path / "store", labels=KINDS)
    tokens = read_tokens(store, Vocabulary(network.labels), network.config, tmp_path / "tokens")
    rows, cpu = np.arange(len(store)), torch.device("cpu")
    right, words = measure(network, tokens, rows, cpu)
    assert words == found["words"] > FEWEST_WORDS
    with torch.no_grad():
        network.head.entries.weight.mul_(1.8)
        network.head.entries.bias.mul_(0.6)
    again = calibrate(network, tokens, rows, cpu)
    assert again is not None
    assert again.context == pytest.approx(1 / 1.8, rel=0.01)
    assert again.bias == pytest.approx(1 / 0.6, rel=0.02)
    assert math.log(again.after) == pytest.approx(right / words, abs=1e-5)
    context = torch.tensor(1.0, requires_grad=True)
    loss, entries = torch.tensor(0.0), network.head.entries
    for vectors, wanted in asked_vectors(network, tokens, rows, cpu):
        narrow = network.head.narrow(vectors)
        logits = context * (narrow @ entries.weight.detach().T) + entries.bias.detach()
        loss = loss + functional.cross_entropy(logits, wanted, reduction="sum") / words
    (slope,) = torch.autograd.grad(loss, context)
    assert abs(float(slope)) < 1e-3


def test_a_few_words_say_nothing_of_how_sure_it_is(
    corpus: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    network = load_checkpoint(trained[0])
    assert isinstance(network, NeuroLiteForGeneration)
    before = network.head.entries.weight.clone()
    store = build_store([Windows(corpus / "test.txt", 16)], tmp_path / "store", labels=KINDS)
    tokens = read_tokens(store, Vocabulary(network.labels), network.config, tmp_path / "tokens")
    assert calibrate(network, tokens, np.arange(4), torch.device("cpu")) is None
    assert torch.equal(network.head.entries.weight, before)


def test_the_vocabulary_is_of_the_train_texts_alone(
    corpus: Path, trained: tuple[Path, dict[str, Any]]
) -> None:
    labels = load_checkpoint(trained[0]).labels
    words = {
        word.decode()
        for text in documents(corpus / "train.txt")
        for word in split_segments([text.encode()])[0].words
    }
    assert set(labels[258:]) == words


@torch.no_grad()
def test_perplexity_is_that_of_one_answer_after_the_other(
    corpus: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    network = load_checkpoint(trained[0])
    assert isinstance(network, NeuroLiteForGeneration)
    vocabulary = Vocabulary(network.labels)
    store = build_store([Windows(corpus / "test.txt", 64)], tmp_path / "store", labels=KINDS)
    rows, expected, words = np.arange(3), 0.0, 0
    network.config.__dict__["max_words"] = 64  # as the windows are
    for text in store.texts(rows):
        targets = vocabulary.targets(text)
        pieces = split_segments([text])[0].words
        beginnings = [b"".join(pieces[:place]) for place in range(len(targets))]
        logs = network(input_texts=beginnings)["logits"].log_softmax(dim=1)
        expected -= float(logs[torch.arange(len(targets)), targets].sum())
        words += len(targets)
    tokens = read_tokens(store, vocabulary, network.config, tmp_path / "tokens")
    nats, asked = measure(network, tokens, rows, torch.device("cpu"))
    assert asked == words
    assert nats == pytest.approx(expected, rel=1e-4)


def test_windows_ask_for_each_word_of_a_document_once(
    corpus: Path, trained: tuple[Path, dict[str, Any]], tmp_path: Path
) -> None:
    network = load_checkpoint(trained[0])
    vocabulary = Vocabulary(network.labels)
    store = build_store([Windows(corpus / "test.txt", 5)], tmp_path / "store", labels=KINDS)
    tokens = read_tokens(store, vocabulary, network.config, tmp_path / "tokens")
    batch = window_batch(tokens, range(len(store)), network.config.max_words)
    asked = batch.targets[batch.targets != NOT_ASKED].tolist()
    wanted = [vocabulary.targets(text.encode()) for text in documents(corpus / "test.txt")]
    assert asked == [number for own in wanted for number in own]
    assert asked.count(END) == 20
    times = Counter(number for own in wanted for number in own)
    total = times.total() + len(vocabulary) / 2
    shares = [math.log((times[number] + 0.5) / total) for number in range(len(vocabulary))]
    assert log_shares(tokens, len(vocabulary)).tolist() == pytest.approx(shares)
    indices, counts, *_ = network.features(store.texts(range(len(store))))
    most = network.config.max_words
    assert torch.equal(batch.counts, counts.clamp(max=most))
    read = torch.arange(batch.places.shape[1]) < batch.counts[:, None]
    assert torch.equal(batch.indices[batch.places][read], indices[read])


@torch.no_grad()
def test_a_tied_head_is_folded_into_a_plain_one_that_says_the_same(
    trained: tuple[Path, dict[str, Any]],
) -> None:
    network = load_checkpoint(trained[0])
    assert isinstance(network, NeuroLiteForGeneration)
    own = network.head.entries.weight.clone()
    own_head = tied(network).head
    assert isinstance(own_head, TiedHead)
    words = [label.replace("\n", "|") for label in network.labels[258:]]
    indices = features_of(words, network.config)[0]
    alone = network.model.projection(indices, torch.ones((len(words), 1, 1)))[:, 0]
    made = torch.cat([torch.zeros((258, alone.shape[1])), alone]) @ own_head.tie.weight.T
    torch.testing.assert_close(own_head.matrix(), own * 0.7 + made)
    texts = ["Hello, my", "", "Where do you live, Ada?\nI live"]
    expected = network(input_texts=texts)["logits"]
    plain = untied(network)
    assert not isinstance(plain.head, TiedHead)
    assert set(plain.state_dict()) == set(load_checkpoint(trained[0]).state_dict())
    torch.testing.assert_close(plain(input_texts=texts)["logits"], expected)


def test_words_are_noised_by_frequency_and_never_outside() -> None:
    torch.manual_seed(3)
    places = torch.tensor([[1, 1, 1, 2], [1, 0, 0, 0]]).repeat(5_000, 1)
    inside = torch.tensor([[True] * 4, [True, False, False, False]]).repeat(5_000, 1)
    found = noised(places, inside, 0.5)
    assert torch.equal(found[~inside], places[~inside])
    # Of five words four are 1: half of the others become one of them in four of five times.
    was_two = found[places == 2]
    assert float((was_two == 1).float().mean()) == pytest.approx(0.4, abs=0.03)
    assert float((was_two == 2).float().mean()) == pytest.approx(0.6, abs=0.03)
    assert torch.equal(noised(places, inside, 0.0), places)


@given(
    st.lists(
        st.text(alphabet="aB'\u2019 .\n\u0301\u4eca\U0001f600\t", max_size=30),
        min_size=1,
        max_size=5,
    )
)
@example([".\u0301'\u0301."])
@settings(max_examples=100, deadline=None)
def test_the_table_of_words_is_what_texts_are_hashed_to(texts: list[str]) -> None:
    vocabulary = make_vocabulary(count_words([b"a B ."]), 300)
    config = NeuroLiteConfig.tiny().replace(generation=GenerationOptions(), max_words=64)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "texts.txt"
        path.write_text("\n\n".join(["a", *texts]))
        store = build_store([Windows(path, 64)], Path(folder) / "store", labels=KINDS)
        tokens = read_tokens(store, vocabulary, config, Path(folder) / "tokens")
        for row in range(len(store)):
            indices, counts, *_ = features_of([store.text(row)], config)
            own = tokens.table[tokens.words[tokens.bounds[row] : tokens.bounds[row + 1]]]
            assert own.tolist() == indices[0, : int(counts[0])].tolist()


def test_an_interrupted_training_goes_on_to_the_same_weights(corpus: Path, tmp_path: Path) -> None:
    more = ("--vocab-size", 300, "--seq-length", 8, "--epochs", 3, "--max-samples", 64)
    whole = train(corpus, *options(*more), "--out", tmp_path / "whole")
    out, steps = tmp_path / "again", Display.step

    def interrupted(self: Display, report: StepReport) -> None:
        steps(self, report)
        if report.progress.step == 13:
            raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Display, "step", interrupted)
        with pytest.raises((KeyboardInterrupt, AssertionError)):
            train(corpus, *options(*more), "--out", out)
    again = train(corpus, *options(*more), "--out", out)
    assert 0 < again["resumed_at"] <= 13 < whole["steps"] == again["steps"]
    assert again["perplexity"] == whole["perplexity"]
    one, other = (load_checkpoint(each).state_dict() for each in (tmp_path / "whole", out))
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert train(corpus, *options(*more), "--out", out, "--restart")["resumed_at"] == 0
    assert (out / STATE_FILE).is_file()


def test_a_file_alone_holds_documents_out(corpus: Path, tmp_path: Path) -> None:
    more = ("--vocab-size", 280, "--seq-length", 64, "--epochs", 1)
    figures = train(corpus / "train.txt", *options(*more), "--out", tmp_path)
    assert figures["split"] == "validation"
    assert figures["vocabulary"] == 280
    assert figures["words"] % (240 // 20) == 0


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--task", "generation", "--rules", "r.toml"], "--rules was given with --task generation"),
        (["--task", "generation", "--vocab-size", "9"], "vocab_size is 9"),
        (["--task", "generation", "--max-samples", "0"], "max_samples is 0"),
        (["--task", "generation", "--backbone", "fnet"], "'fnet' reads words behind"),
        (["--task", "generation", "--devices", "2"], "runs as one process"),
        (["--task", "generation", "--use-memory"], "--use-memory is not built: a generator"),
        (["--vocab-size", "300"], "--vocab-size is 300, and nothing is written here"),
    ],
)
def test_what_does_not_go_together_is_one_clear_line(
    corpus: Path, tmp_path: Path, given: list[str], message: str
) -> None:
    result = CliRunner().invoke(app, [str(corpus), "--out", str(tmp_path), *given])
    assert result.exit_code == 2, result.output
    assert message in " ".join(result.output.split())
    assert "Traceback" not in result.output
