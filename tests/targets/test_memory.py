"""State in every target: its ports, answers and states over whole conversations, and sessions that go on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from artifacts import REMEMBERING, SOURCES, Store
from neurolite_bench.parity import TOLERANCES
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.network.state_spec import initial_state
from neurolite_export.gates import MAX_FLOAT32_ERROR
from neurolite_export.parity import measure_parity
from neurolite_export.probes import Probes
from neurolite_export.targets import EVERY_PART, TARGETS
from neurolite_runtimes import Conversation, open_artifact, run
from texts import generated_texts

TEXTS = [text for text in generated_texts(160, seed=71) if len(text) <= REMEMBERING.max_bytes][:100]
EVERY = [(target, each) for target in EVERY_PART for each in TARGETS[target].precisions]
NAMES = ["working", "working_filled", "long_term", "long_term_texts", "long_term_use"]


@pytest.mark.parametrize(("target", "precision"), EVERY)
def test_whole_conversations_agree(exported: Store, target: str, precision: str) -> None:
    """Two of 50 turns; file and reference go on from what each of them keeps."""
    network = SOURCES["remembering"]().network
    built = exported(target, "remembering", precision).built
    session = TARGETS[target].load().open(built.content)
    report = measure_parity(network, session, Probes("test", tuple(TEXTS)))
    print(report)  # noqa: T201 (how far apart, also when it passes)
    assert report.indices_different == 0
    assert report.sqnr_db >= TOLERANCES[target, precision].min_sqnr_db - 6
    assert [turn.turn for turn in report.turns] == list(range(1, 51))
    assert all(turn.texts == 2 for turn in report.turns)
    if precision == "float32":
        assert max(report.output_errors.values()) <= MAX_FLOAT32_ERROR
        assert {f"next_{name}" for name in NAMES} < report.output_errors.keys()
    early, late = (
        np.mean([turn.output for turn in part]) for part in (report.turns[1:11], report.turns[-10:])
    )
    assert float(late) <= max(2 * float(early), 1e-5)


@pytest.mark.parametrize("target", EVERY_PART)
def test_the_file_says_what_it_keeps(exported: Store, target: str) -> None:
    built = exported(target, "remembering", "int8").built
    assert built.metadata.state == SOURCES["remembering"]().network.state_specs
    inputs = {port.name: port for port in built.contents.inputs}
    outputs = {port.name for port in built.contents.outputs}
    assert set(inputs) == {"bytes", *NAMES}
    following = {f"next_{name}" for name in NAMES}
    # Core AI writes the next state in the place of the one that it was given.
    assert following & outputs == (set() if target == "coreai" else following)
    for spec in built.metadata.state:
        assert inputs[spec.name].dtype == "float32"
        assert inputs[spec.name].shape[1:] == spec.shape
    assert set(built.contents.products) <= {"int8", "int8 weights"}


@pytest.mark.parametrize("target", EVERY_PART)
def test_a_session_goes_on_from_a_state(exported: Store, target: str) -> None:
    session = open_artifact(exported(target, "remembering", "float32").path)
    network = SOURCES["remembering"]().network
    texts = ["Alice is an engineer living in Paris.", "Where does she live?", "And Bob?"]
    state = None
    for text in texts:
        with torch.no_grad():
            expected = network(input_texts=[text], update_memory=True)
        found = run(session, [text], state=state)
        state = found.state
        np.testing.assert_allclose(found.values["logits"], expected["logits"], atol=1e-4)
        for name in NAMES:
            np.testing.assert_allclose(state[name], expected[f"next_{name}"], atol=1e-4)


def test_rows_of_a_batch_are_conversations_of_their_own(exported: Store) -> None:
    session = open_artifact(exported("onnx", "remembering", "float32").path)
    texts = generated_texts(9, seed=3)
    first = run(session, texts, batch_size=4)
    both = run(session, texts[::-1], state=first.state, batch_size=2)
    for row, text in enumerate(texts):
        alone = run(session, [text])
        own = {name: values[row : row + 1] for name, values in first.state.items()}
        for name in NAMES:
            np.testing.assert_allclose(own[name], alone.state[name], atol=1e-5)
        after = run(session, [texts[-1 - row]], state=own)
        np.testing.assert_allclose(both.values["logits"][row], after.values["logits"][0], atol=1e-4)


def test_one_state_answers_all_texts(exported: Store) -> None:
    session = open_artifact(exported("onnx", "remembering", "int8").path)
    state = run(session, ["red"]).state
    many = run(session, ["which?", "what?", "which?"], state=state)
    one = run(session, ["which?"], state=state)
    assert np.array_equal(many.values["logits"][0], many.values["logits"][2])
    np.testing.assert_allclose(many.values["logits"][0], one.values["logits"][0], atol=1e-5)


def test_states_that_cannot_be_are_refused(exported: Store) -> None:
    session = open_artifact(exported("onnx", "remembering", "int8").path)
    state: dict[str, Any] = dict(initial_state(session.metadata.state, 1))
    for changed, message in (
        ({"working": state["working"][:, :3]}, r"'working' is float32 \[1, 3, 32\]"),
        ({"working": state["working"].astype(np.float64)}, "'working' is float64"),
        ({"long_term": np.full_like(state["long_term"], np.nan)}, "not finite numbers"),
        ({"slots": state["working"]}, "'slots', which the model does not know"),
    ):
        with pytest.raises(InputError, match=message):
            run(session, ["a"], state=state | changed)
    two = initial_state(session.metadata.state, 2)
    with pytest.raises(InputError, match=r"give float32 \[3, 6, 32\]"):
        run(session, ["a", "b", "c"], state=two)
    plain = open_artifact(exported("onnx", "one", "int8").path)
    with pytest.raises(InputError, match="it keeps no state"):
        run(plain, ["a"], state=state)
    with pytest.raises(InputError, match="one keeps no state"):
        Conversation(plain)


def test_a_file_that_keeps_nan_is_not_believed(exported: Store) -> None:
    from neurolite_runtimes.guarded import Guarded

    session = open_artifact(exported("onnx", "remembering", "int8").path)

    class Lying:
        metadata, runtime, settings = session.metadata, session.runtime, session.settings
        is_reference = False
        sealed = True

        def run_bytes(self, packed: Any, state: Any = None) -> Any:  # noqa: ANN401
            found = dict(session.session.run_bytes(packed, state))
            found["next_working"] = np.full_like(found["next_working"], np.nan)
            return found

    guarded = Guarded(Lying(), exported("onnx", "remembering", "int8").path)
    with pytest.raises(ArtifactError, match="what it keeps cannot be: state 'working'"):
        run(guarded, ["a"])
