"""Conversations that go on after a restart: the object, its file in any language, and the command."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from artifacts import Store
from commands import call_command
from golden.state.make import HERE, SAVED, SPECS, described
from neurolite_core.artifact.state_file import (
    SavedState,
    decode_state,
    encode_state,
    load_state,
    save_state,
)
from neurolite_core.ground.errors import InputError, StateError
from neurolite_runtimes import Conversation, open_artifact
from neurolite_runtimes.following import joined
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.session import Outputs

GOLDEN = (HERE / "plain.nlstate").read_bytes()
TURNS = ("Alice is an engineer.", "She lives in Paris.", "Bob lives in Lyon.")


@pytest.fixture
def session(exported: Store) -> Guarded:
    return open_artifact(exported("onnx", "remembering", "int8").path)


# --- The object ------------------------------------------------------------------------------------


def test_what_is_remembered_changes_answers_and_asking_does_not(session: Guarded) -> None:
    conversation = Conversation(session)
    first = conversation.ask("Where?").values["logits"]
    assert np.array_equal(first, conversation.ask("Where?").values["logits"])
    for number, text in enumerate(TURNS, 1):
        conversation.remember(text)
        assert conversation.turns == number
    assert not np.array_equal(first, conversation.ask("Where?").values["logits"])
    conversation.forget()
    assert conversation.turns == 0
    assert np.array_equal(first, conversation.ask("Where?").values["logits"])


def test_a_saved_conversation_goes_on(exported: Store, session: Guarded, tmp_path: Path) -> None:
    path = tmp_path / "alice.nlstate"
    conversation = Conversation(session)
    for text in TURNS[:2]:
        conversation.remember(text)
    conversation.save(path)
    opened = Conversation.open(path, session)
    assert opened.turns == 2
    for one in (conversation, opened):
        one.remember(TURNS[2])
    for name, values in conversation.state.items():
        assert np.array_equal(values, opened.state[name])
    # The same model in another precision goes on with it.
    other = open_artifact(exported("onnx", "remembering", "float32").path)
    assert Conversation.open(path, other).turns == 2


def test_the_state_of_another_model_is_refused(session: Guarded, tmp_path: Path) -> None:
    path = tmp_path / "a.nlstate"
    conversation = Conversation(session)
    conversation.save(path)
    other = replace(session.metadata, model_id="f" * 32)
    with pytest.raises(StateError, match=f"of another model: of {session.metadata.model_id}"):
        load_state(path, other)
    smaller = replace(session.metadata, state=session.metadata.state[:2])
    with pytest.raises(StateError, match="does not fit"):
        load_state(path, smaller)
    without = replace(session.metadata, model_id=None)
    with pytest.raises(InputError, match="no model_id"):
        save_state(path, without, conversation.state, 0)


def test_what_callers_get_is_not_what_is_kept(session: Guarded) -> None:
    conversation = Conversation(session)
    given = conversation.remember(TURNS[0]).state
    before = conversation.state
    for values in (*given.values(), *conversation.state.values()):
        values += 1
    assert all(np.array_equal(before[name], each) for name, each in conversation.state.items())


# --- The file --------------------------------------------------------------------------------------


def test_the_golden_file_is_what_is_written_and_read_today() -> None:
    assert encode_state(SAVED, SPECS) == GOLDEN
    assert json.loads((HERE / "plain.json").read_text("utf-8")) == described()
    found, specs = decode_state(GOLDEN, "golden")
    assert specs == SPECS
    assert (found.model_id, found.turns) == (SAVED.model_id, SAVED.turns)
    for name, values in SAVED.values.items():
        assert found.values[name].dtype == values.dtype
        assert found.values[name].tobytes() == values.tobytes()


def test_a_reader_by_the_document_alone_finds_the_same() -> None:
    """In the words of docs/memory.md, sharing no code with ours."""
    magic, version, length = struct.unpack_from("<8sII", GOLDEN)
    assert (magic, version) == (b"NLSTATE\n", 1)
    assert length % 8 == 0
    header = json.loads(GOLDEN[16 : 16 + length])
    place = 16 + length
    kept = json.loads((HERE / "plain.json").read_text("utf-8"))
    for item, expected in zip(header["state"], kept["state"], strict=True):
        size = 4 * int(np.prod(item["shape"], dtype=int))
        assert GOLDEN[place : place + size].hex() == expected["values"]
        place += size
    assert hashlib.sha256(GOLDEN[:place]).digest() == GOLDEN[place:]


def resealed(content: bytes) -> bytes:
    return content + hashlib.sha256(content).digest()


def with_header(**changes: object) -> bytes:
    """The golden file with another header, sealed."""
    (length,) = struct.unpack_from("<I", GOLDEN, 12)
    header = json.loads(GOLDEN[16 : 16 + length]) | changes
    text = json.dumps(header).encode()
    start = struct.pack("<8sII", b"NLSTATE\n", 1, len(text))
    return resealed(start + text + GOLDEN[16 + length : -32])


NAN = resealed(GOLDEN[:-36] + struct.pack("<f", np.nan))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"PK\3\4 something else", "is no saved state"),
        (GOLDEN[:20], "is cut short"),
        (GOLDEN[:-1], "is damaged"),
        (GOLDEN + b"\0", "is damaged"),
        (resealed(GOLDEN[:8] + b"\2" + GOLDEN[9:-32]), "of version 2; this release reads 1"),
        (resealed(GOLDEN[:-33]), "not the bytes"),
        (resealed(GOLDEN[:12] + b"\xff\xff\xff\x7f" + GOLDEN[16:-32]), "header that cannot be"),
        (NAN, "'gain' holds values that are not finite"),
        (with_header(model_id="x"), "header that cannot be"),
        (with_header(turns=-1), "header that cannot be"),
        (with_header(turns=True), "header that cannot be"),
        (with_header(state=[{"name": "working"}]), "header that cannot be"),
        (with_header(state={"a": 1}), "header that cannot be"),
        (
            with_header(
                state=[{"name": "a", "shape": [2**30], "dtype": "float32", "initial": 0.0}]
            ),
            "a size of state 'a'",
        ),
    ],
)
def test_what_is_no_state_gets_one_clear_error(content: bytes, message: str) -> None:
    with pytest.raises(StateError, match=message) as caught:
        decode_state(content, "file.nlstate")
    assert "file.nlstate" in str(caught.value)


def test_every_changed_byte_is_found() -> None:
    for place in range(len(GOLDEN)):
        changed = bytearray(GOLDEN)
        changed[place] ^= 1
        with pytest.raises(StateError):
            decode_state(bytes(changed), "f")


def test_values_that_are_not_finite_are_not_written() -> None:
    values = {**SAVED.values, "gain": np.full((1, 2, 2), np.inf, np.float32)}
    with pytest.raises(InputError, match="'gain' holds values that are not finite"):
        encode_state(SavedState(SAVED.model_id, 0, values), SPECS)


# --- The command -----------------------------------------------------------------------------------


def answers(output: bytes) -> list[dict[str, object]]:
    return [json.loads(line) for line in output.decode().split("\n") if line]


def test_follow_remembers_each_line_and_a_state_goes_on(exported: Store, tmp_path: Path) -> None:
    model = exported("onnx", "remembering", "int8").path
    whole = "".join(f"{text}\n" for text in TURNS).encode()
    once = answers(
        call_command("neurolite-run", model, "--follow", cwd=tmp_path, stdin=whole).stdout
    )
    assert [row["turn"] for row in once] == [1, 2, 3]
    found = []
    for text in TURNS:
        done = call_command(
            "neurolite-run", model, "--follow", "--state", "a.nlstate", text, cwd=tmp_path
        )
        found += answers(done.stdout)
    assert found == once
    before = (tmp_path / "a.nlstate").read_bytes()
    (asked,) = answers(
        call_command("neurolite-run", model, "--state", "a.nlstate", TURNS[0], cwd=tmp_path).stdout
    )
    assert "turn" not in asked
    assert asked["score"] != once[0]["score"]
    assert (tmp_path / "a.nlstate").read_bytes() == before


def test_states_that_cannot_be_used_end_the_command(exported: Store, tmp_path: Path) -> None:
    model = exported("onnx", "remembering", "int8").path
    (tmp_path / "damaged.nlstate").write_bytes(GOLDEN[:-1])
    (tmp_path / "other.nlstate").write_bytes(GOLDEN)
    for name, options, message in (
        ("absent.nlstate", (), "is not there. Texts are remembered"),
        ("damaged.nlstate", ("--follow",), "is damaged"),
        ("other.nlstate", ("--follow",), "of another model"),
    ):
        done = call_command(
            "neurolite-run", model, "--state", name, *options, "a text", cwd=tmp_path
        )
        assert done.returncode == 2
        assert message in " ".join(done.stderr.decode().split())
        assert not done.stdout
    plain = exported("onnx", "one", "int8").path
    done = call_command("neurolite-run", plain, "--follow", "a text", cwd=tmp_path)
    assert done.returncode == 2
    assert "keeps no state" in done.stderr.decode()


def test_what_fired_is_told_of_every_turn() -> None:
    parts = [
        Outputs(
            values={"logits": np.full((1, 2), turn, np.float32)},
            words=np.ones(1, np.int32),
            truncated=np.zeros(1, np.bool_),
            state={"kept": np.full((1, 1), turn, np.float32)},
            rules=np.array([[turn, 1]], np.int32),
        )
        for turn in (0, 1)
    ]
    found = joined(parts)
    assert found.rules is not None
    assert found.rules.tolist() == [[0, 1], [1, 1]]
    assert found.state["kept"].tolist() == [[1]]
    assert joined([replace(part, rules=None) for part in parts]).rules is None
