"""Probes turn by turn: their order, what calibration sees, the errors of turns, and the gate on drift."""

from __future__ import annotations

import dataclasses
import json
from types import MappingProxyType

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from artifacts import SOURCES, Store
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.state_spec import State
from neurolite_export.certificate_names import PASSED, REFUSED
from neurolite_export.contents import Contents
from neurolite_export.conversations import conversations_of, feeds_of, groups_of
from neurolite_export.drift import TurnError
from neurolite_export.exporting import calibration_of
from neurolite_export.gates import check_gates
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.target import ProbeOutputs

TEXTS = tuple(f"text {number}".encode() for number in range(7))
# Conversation 5 has four turns, 2 has two, 9 has one; their rows are mixed.
MIXED = Probes("own", TEXTS, conversations=(5, 2, 5, 9, 5, 2, 5))
CONTENTS = Contents(
    format_version="IR 8",
    inputs=(),
    outputs=(),
    weight_values={"int8": 10},
    products={"int8": 3},
    hash_types=("float32", "int32"),
)


def test_turns_are_in_order_and_conversations_end() -> None:
    assert conversations_of(MIXED) == [[0, 2, 4, 6], [1, 5], [3]]
    assert list(groups_of(MIXED, turn_by_turn=True)) == [[[0, 1, 3], [2, 5], [4], [6]]]
    alone = list(groups_of(MIXED, turn_by_turn=False))
    assert sorted(place for group in alone for turn in group for place in turn) == list(range(7))
    many = Probes("many", tuple(f"{number}".encode() for number in range(120)))
    assert [len(own) for own in conversations_of(many)] == [50, 50, 20]


def test_calibration_sees_every_other_conversation_whole() -> None:
    half = MIXED.every_other()
    assert half.texts == tuple(TEXTS[place] for place in (0, 2, 3, 4, 6))
    assert half.conversations == (5, 5, 9, 5, 5)
    both = calibration_of(MIXED)
    built_in = len(built_in_probes().texts)
    assert len(both.texts) == len(both.conversations) == built_in + 5
    assert not set(both.conversations[:built_in]) & set(both.conversations[built_in:])


def test_feeds_are_what_a_network_meets_in_its_conversations() -> None:
    network = SOURCES["remembering"]().network
    feeds = list(feeds_of(network, MIXED))
    assert [len(feed[0]) for feed in feeds] == [3, 2, 1, 1]
    with torch.no_grad():
        for turn, position in enumerate((0, 2, 4, 6)):
            kept = network.memory_state
            for spec, values in zip(network.state_specs, feeds[turn][2:], strict=True):
                expected = (
                    torch.full(spec.shape, spec.initial) if kept is None else kept[spec.name][0]
                )
                torch.testing.assert_close(values[0], expected)
            network(input_texts=[TEXTS[position]], update_memory=True)


class Reference:
    """The network itself, with an error that is added to what it keeps."""

    runtime = "the reference"

    def __init__(self, error: float) -> None:
        self.network, self.error = SOURCES["remembering"]().network, error

    @torch.no_grad()
    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        given = torch.from_numpy(packed)
        indices, _ = self.network.model.featurize(None, given)
        _, words = self.network.model.hash(given)
        kept = [torch.from_numpy(state[spec.name]) for spec in self.network.state_specs]
        found = self.network.network(indices, words.clamp(max=16), state=kept)
        values = {name: value.numpy() for name, value in found.items()}
        values["next_working"] = values["next_working"] + np.float32(self.error)
        return ProbeOutputs(indices.numpy().astype(np.int32), words.numpy(), values)


def test_a_file_goes_on_from_its_own_state_and_the_error_of_each_turn_is_told() -> None:
    network = SOURCES["remembering"]().network
    assert isinstance(network, NeuroLiteForClassification)
    labels = tuple((network.labels[0],) if place in (2, 6) else () for place in range(7))
    unlabelled = frozenset({0, 1, 3, 4, 5})
    probes = dataclasses.replace(MIXED, labels=labels, unlabelled=unlabelled)
    same = measure_parity(network, Reference(0.0), probes)
    assert max(same.output_errors.values()) < 1e-5
    assert same.labelled == 2
    assert [(turn.turn, turn.texts) for turn in same.turns] == [(1, 3), (2, 2), (3, 1), (4, 1)]
    off = measure_parity(network, Reference(0.25), probes)
    assert off.output_errors["next_working"] >= 0.25
    assert off.turns[0].largest == pytest.approx(0.25, abs=1e-5)
    assert off.turns[0].output < 1e-5  # what is kept is wrong, and nobody has read it yet
    assert off.turns[1].output > 1e-4
    assert off.turns[3].largest > 0.5 * off.turns[0].largest


def report_of(errors: list[float]) -> ParityReport:
    turns = tuple(
        TurnError(turn=turn, texts=4, output=error, state=error, largest=error, agreement=1.0)
        for turn, error in enumerate(errors, 1)
    )
    return ParityReport(
        probes="own", texts=1_000, indices=1, indices_different=0, output_errors={"logits": 0.0}, output="logits",
        max_abs_error=0.0, mean_abs_error=0.0, sqnr_db=50.0, agreement=1.0, disagreements=0, worst_text="", labelled=0,
        accuracy_reference=None, accuracy_artifact=None, only_reference_right=0, only_artifact_right=0, turns=turns,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("errors", "verdict"),
    [
        ([0.05] * 50, PASSED),
        ([0.05] * 40 + [0.076] * 10, REFUSED),
        ([0.05] * 40 + [0.074] * 10, PASSED),
        ([0.001] * 40 + [0.019] * 10, PASSED),  # far too little to change an answer
        ([0.05] * 49 + [float("nan")], REFUSED),
        ([0.05] * 20 + [0.9] * 9, None),  # too short to tell
    ],
)
def test_int8_may_not_drift(errors: list[float], verdict: str | None) -> None:
    results = check_gates("int8", report_of(errors), CONTENTS)
    found = [result.verdict for result in results if "drift" in result.gate]
    assert found == ([] if verdict is None else [verdict])
    assert not [r for r in check_gates("float32", report_of(errors), CONTENTS) if "drift" in r.gate]


def test_the_certificate_has_every_turn(exported: Store) -> None:
    done = exported("onnx", "remembering", "int8")
    (row,) = json.loads(done.certificate.read_text("utf-8"))["files"]
    turns = row["parity"]["turns"]
    assert [turn["turn"] for turn in turns] == list(range(1, 51))
    assert {"output", "state", "largest", "agreement", "texts"} < turns[0].keys()
    page = done.certificate.with_name(done.certificate.name.replace(".json", ".html"))
    assert "Conversations, turn by turn" in page.read_text("utf-8")
