"""The spiking way: it falls into one label, and learns from corrections."""

from __future__ import annotations

import numpy as np

from learning.toy import Toy, vector_of
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.matching import header_for
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.spiking import simulate, spiking

LABELS = ("chess", "rain", "song")


def memory() -> Memory:
    found = Memory(header_for(Toy().metadata, texts=True, dimension=None, settings=None))
    for number, label in enumerate(LABELS):
        found.apply(rec.NewLabel(number, label))
        for text in (f"{label} {word}".encode() for word in ("one", "two", "three")):
            found.apply(found.new_example(number, vector_of(text).astype(np.float16), text, 0))
    return found


def test_the_nearest_label_spikes_most() -> None:
    state = memory()
    for place, label in enumerate(LABELS):
        spikes = spiking(state, vector_of(f"{label} now".encode()))
        assert spikes.argmax() == place
        assert spikes.max() > np.sort(spikes)[-2]


def test_neurons_of_a_label_help_each_other_and_hold_the_others_down() -> None:
    weights = np.eye(4)
    vector = np.array([1.0, 0.98, 0.97, 0.0])
    alone, _ = simulate(weights, vector, np.array([0, 1, 2, 3]))
    together, _ = simulate(weights, vector, np.array([0, 0, 1, 2]))
    assert together[1] > alone[1]
    assert together[2] <= alone[2] < alone[0]


def test_a_correction_moves_the_border() -> None:
    state = memory()
    text = b"chess rain"  # between what one and the other label are about
    between = vector_of(b"chess one") + 0.9 * vector_of(b"rain one")
    vector = (between / np.linalg.norm(between)).astype(np.float32)
    assert spiking(state, vector).argmax() == 0
    for number in range(6):
        moved = vector + 0.01 * vector_of(b"%d" % number)
        half = (moved / np.linalg.norm(moved)).astype(np.float16)
        state.apply(state.new_example(1, half, text, 0))
        state.apply(rec.Correction(state.next_id - 1, 0))
    assert spiking(state, vector).argmax() == 1


def test_the_same_records_give_the_same_spikes() -> None:
    vector = vector_of(b"song now")
    assert spiking(memory(), vector).tolist() == spiking(memory(), vector).tolist()
