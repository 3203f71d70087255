"""Reference points of next words: networks by value, their ONNX files word by word, and their fitting."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from generating import SENTENCES, vocabulary
from neurolite_bench.generation.neural.checkpoint import Peer, tensors_of
from neurolite_bench.generation.neural.fitting import Fitting, fit, perplexity
from neurolite_bench.generation.neural.graphs import float_model
from neurolite_bench.generation.neural.networks import WordNetwork, make_network
from neurolite_bench.generation.neural.quantized import quantize
from neurolite_bench.generation.neural.sequences import NOT_ASKED, Sequences
from neurolite_bench.generation.neural.shapes import LstmShape, Shape, TransformerShape
from neurolite_bench.generation.neural.stepping import MOST_WORDS, Stepper
from neurolite_core.text.vocabulary import END

LABELS = vocabulary().labels
SIZE = len(LABELS)
LSTM = LstmShape(entries=SIZE, width=12, hidden=20)
TRANSFORMER = TransformerShape(
    entries=SIZE, width=12, hidden=16, layers=2, heads=4, inner=24, window=8
)
SHAPES = pytest.mark.parametrize(
    "shape", [LSTM, replace(LSTM, read=10), TRANSFORMER, replace(TRANSFORMER, width=16)]
)
CPU = torch.device("cpu")


def network_of(shape: Shape) -> WordNetwork:
    torch.manual_seed(3)
    network = make_network(shape).eval()
    for value in network.parameters():
        torch.nn.init.normal_(value, std=0.3)
    return network


def peer_of(network: WordNetwork, shape: Shape) -> Peer:
    return Peer("small", shape, LABELS, tensors_of(network.state_dict()), {"epochs": 3})


def entries(count: int) -> list[int]:
    return [int(entry) for entry in np.random.default_rng(1).integers(0, SIZE, count)]


@torch.no_grad()
def whole(
    network: WordNetwork, read: list[int]
) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    found = network.logits(network(torch.tensor([[END, *read]])))
    return found[0].numpy()


@SHAPES
def test_word_by_word_a_file_says_what_the_network_says_of_the_whole_text(shape: Shape) -> None:
    network, read = network_of(shape), entries(150)
    expected = whole(network, read)
    stepper = Stepper(float_model(peer_of(network, shape)).SerializeToString())
    got = np.stack(list(stepper.read([*read, END])))
    np.testing.assert_allclose(got, expected, atol=2e-5)
    for count in (0, 1, MOST_WORDS - 1, MOST_WORDS, 150):
        logits, _ = stepper.after(read[:count])
        np.testing.assert_allclose(logits, expected[count], atol=2e-5)


@SHAPES
def test_int8_has_the_matrix_once_and_stays_close(shape: Shape) -> None:
    network, read = network_of(shape), entries(60)
    expected = whole(network, read)
    model = float_model(peer_of(network, shape))
    whole_bytes, small = model.SerializeToString(), quantize(model).SerializeToString()
    assert len(small) < len(whole_bytes) - 2 * SIZE * shape.width
    stepper = Stepper(small)
    assert (stepper.precision, stepper.kind, stepper.facts) == (
        "int8",
        peer_of(network, shape).kind,
        {"epochs": 3},
    )
    got = np.stack(list(stepper.read([*read, END])))
    assert np.square(got - expected).sum() < 0.01 * np.square(expected).sum()


def test_an_lstm_is_that_of_pytorch() -> None:
    network, read = network_of(LSTM), entries(9)
    tensors = dict(network.named_parameters())
    layer = torch.nn.LSTM(LSTM.width, LSTM.hidden, batch_first=True)
    layer.load_state_dict(
        {
            "weight_ih_l0": tensors["inputs"],
            "weight_hh_l0": tensors["states"],
            "bias_ih_l0": tensors["bias"],
            "bias_hh_l0": torch.zeros(4 * LSTM.hidden),
        }
    )
    words = functional.embedding(torch.tensor([[END, *read]]), tensors["said.weight"])
    hidden, _ = layer(words * math.sqrt(LSTM.width))
    narrow = hidden @ tensors["narrow.weight"].T + tensors["narrow.bias"]
    expected = narrow @ tensors["said.weight"].T + tensors["said.bias"]
    np.testing.assert_allclose(whole(network, read), expected[0].detach().numpy(), atol=1e-5)


def test_a_transformer_sees_its_window_and_nothing_that_comes_later() -> None:
    network, read = network_of(TRANSFORMER), entries(40)
    before = whole(network, read)
    reach = TRANSFORMER.layers * (TRANSFORMER.window - 1)
    changed = list(read)
    changed[10] = (read[10] + 1) % SIZE
    differs = np.abs(whole(network, changed) - before).max(axis=1) > 1e-6
    assert differs.nonzero()[0].tolist() == list(range(11, 11 + reach + 1))


def test_pieces_of_documents_are_read_behind_what_stands_before_them() -> None:
    texts = [[300, 301, 302, 303, END], [400, END]]
    pieces = Sequences.of(texts, 3, CPU)
    assert pieces.starts.tolist() == [0, 2, 5]
    assert pieces.lengths.tolist() == [2, 3, 2]
    read, wanted = pieces.take(np.array([1, 2]))
    assert read.tolist()[0] == [301, 302, 303]
    assert wanted.tolist() == [[302, 303, END], [400, END, NOT_ASKED]]
    assert read[:, :2].tolist() == [[301, 302], [END, 400]]
    whole_texts = Sequences.of(texts, 0, CPU)
    assert whole_texts.lengths.tolist() == [5, 2]
    batches = whole_texts.batches(6, None)
    assert [batch.tolist() for batch in batches] == [[1], [0]]
    shuffled = pieces.batches(6, np.random.default_rng(0))
    assert sorted(piece for batch in shuffled for piece in batch.tolist()) == [0, 1, 2]


def test_perplexity_of_a_made_model_by_hand() -> None:
    network = make_network(LSTM)
    for value in network.parameters():
        torch.nn.init.zeros_(value)
    texts = Sequences.of([[270, 271, END], [END]], 0, CPU)
    assert perplexity(network, texts) == pytest.approx(SIZE)
    with torch.no_grad():
        network.said.bias[END] = math.log(SIZE)
    end = SIZE / (2 * SIZE - 1)
    other = 1 / (2 * SIZE - 1)
    expected = (end**2 * other**2) ** (-1 / 4)
    assert perplexity(network, texts) == pytest.approx(expected)


@pytest.mark.parametrize("shape", [LSTM, TRANSFORMER])
@torch.enable_grad()
def test_fitting_learns_sentences_and_keeps_the_weights_that_validation_likes(shape: Shape) -> None:
    torch.manual_seed(0)
    targets = [vocabulary().targets(text) for text in SENTENCES]
    network = make_network(replace(shape, dropout=0.05))
    learned, held = Sequences.of(targets, 0, CPU), Sequences.of(targets[:2], 0, CPU)
    how = Fitting(epochs=80, learning_rate=0.03, words=32, window=0)
    lines: list[str] = []
    fitted = fit(network, learned, held, how, lines.append)
    assert fitted.perplexity is not None
    assert fitted.perplexity == min(fitted.history) == perplexity(network, held)
    assert fitted.perplexity < 1.5 < 100 < fitted.history[0]
    assert len(lines) == len(fitted.history) == fitted.epochs == 80


@torch.enable_grad()
def test_without_validation_the_last_weights_stay_and_minutes_end_it() -> None:
    network = make_network(LSTM)
    learned = Sequences.of([[270, 271, END]], 0, CPU)
    fitted = fit(network, learned, None, Fitting(minutes=1e-9), lambda _: None)
    assert (fitted.perplexity, fitted.history, fitted.epochs) == (None, (), 1)
