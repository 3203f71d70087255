"""``neurolite-learn`` over exported files: every part, both kinds of artifact, bad input."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import onnx
import pytest
from typer.testing import CliRunner

from artifacts import Store
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_runtimes.learn_cli import app
from sealing import save_sealed

ROWS = [
    *(("play chess", "chess"), ("a game of chess", "chess"), ("chess with me", "chess")),
    *(("will it rain", "weather"), ("rain today", "weather"), ("is it sunny", "weather")),
]


@pytest.fixture(scope="module")
def model(exported: Store) -> Path:
    return exported("onnx", "one", "float32").path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "mine.nls"


def call(*arguments: object, code: int = 0, stdin: bytes | None = None) -> str:
    """What a part prints; on standard error where it fails."""
    done = CliRunner().invoke(
        app, [str(item) for item in arguments], input=stdin, catch_exceptions=False
    )
    assert done.exit_code == code, done.output
    return done.stderr if code else done.stdout


def answers(*arguments: object) -> Any:  # noqa: ANN401  # JSON
    return json.loads(call(*arguments, "--json"))


def test_a_store_from_its_beginning_to_its_end(model: Path, store: Path, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in ROWS))
    own = (model, "--store", store)
    assert answers(*own, "add", "play chess", "chess") == {"id": 1}
    found = answers(*own, "import", table)
    assert found == {"rows": 6, "new": 5, "left_out": 0, "fitted": True}
    assert answers(*own, "import", table)["new"] == 0
    listed = answers("list", "--store", store, "--examples")
    assert [(item["name"], item["examples"]) for item in listed["labels"]] == [
        ("chess", 3),
        ("weather", 3),
    ]
    assert [item["text"] for item in listed["examples"]] == [text for text, _ in ROWS]
    assert listed["fitted"] is True
    answer = answers(*own, "classify", "play chess", "--evidence", "2")
    assert len(answer["evidence"]) == 2
    assert answer["evidence"][0]["text"] == "play chess"
    assert answer["trained"]["label"] in ("LABEL_0", "LABEL_1")
    assert answer["learned"]["label"] == "chess"
    assert json.loads(call(*own, "classify", "--explain", "play chess"))["examples"] == 6
    corrected = answers(*own, "correct", "play chess", "weather")
    assert corrected == {"id": 1}
    assert answers(*own, "used", 2, 3, "--reward", "0.5") == {"used": [2, 3]}
    assert answers(*own, "remove", 2) == {"removed": 2}
    assert b"a game of chess" not in store.read_bytes()
    assert answers(*own, "merge", "weather", "sky") == {"merged": "weather", "into": "sky"}
    other = tmp_path / "other.nls"
    call(model, "--store", other, "add", "sing a song", "music")
    assert answers(*own, "merge", "--from-store", other) == {"new": 1}
    assert answers(*own, "forget", "chess", "music")["left"] == 4
    assert answers(*own, "forget", "--keep", 1) == {"forgotten": 3, "left": 1}
    call(*own, "forget", "sky")
    assert answers("list", "--store", store)["labels"] == []
    assert b"rain" not in store.read_bytes()


def test_tables_for_people(model: Path, store: Path) -> None:
    own = (model, "--store", store)
    assert call(*own, "add", "[red]play\x1b[31m chess", "che[b]ss") == "stored as 1\n"
    for shown in (
        call(*own, "classify", "play chess"),
        call("--store", store, "list"),
        call("--store", store, "list", "--examples"),
    ):
        assert "che[b]ss" in shown
        assert "\x1b" not in shown
    assert "trained too" not in call(*own, "list")


def test_lines_of_standard_input_and_dashes(model: Path, store: Path) -> None:
    own = (model, "--store", store)
    call(*own, "add", "--", "-5 degrees", "--store")
    found = call(*own, "classify", "--json", stdin=b"-5 degrees\n\ncaf\xe9\n").splitlines()
    assert [json.loads(line)["text"] for line in found] == ["-5 degrees", "", "caf\ufffd"]
    assert json.loads(found[0])["evidence"][0]["label"] == "--store"
    said = call(*own, "classify", "-5 degrees", code=2)
    assert "comes behind --, as in:" in " ".join(said.replace("\u2502", " ").split())


def test_options_may_stand_anywhere(model: Path, store: Path) -> None:
    call(model, "add", "a b", "c", f"--store={store}", "--no-texts", "--wait", "0")
    listed = json.loads(call("list", "--json", "--store", store))
    assert listed["texts"] is False
    assert "classify" in call("--help")
    assert "Texts to answer" in call("classify", "--help")


def test_carried_over_and_repaired(model: Path, store: Path, tmp_path: Path) -> None:
    call(model, "--store", store, "add", "play chess", "chess")
    newer = tmp_path / "newer.onnx"
    changed = onnx.load(model)
    (entry,) = [item for item in changed.metadata_props if item.key == METADATA_KEY]
    entry.value = json.dumps(json.loads(entry.value) | {"model_id": "f" * 32})
    save_sealed(changed, newer)
    said = call(newer, "--store", store, "classify", "x", code=2)
    assert "neurolite-learn rebuild --encoder FILE --store" in said
    assert len(said.splitlines()) == 1
    assert answers("rebuild", "--encoder", newer, "--store", store)["examples"] == 1
    assert answers(newer, "--store", store, "classify", "play chess")["learned"]["label"] == "chess"
    content = store.read_bytes()
    store.write_bytes(content[:-40] + b"?" + content[-39:] + content[-60:])
    said = call(newer, "--store", store, "classify", "x", code=2)
    assert "is damaged at byte" in said
    assert "repair" in said
    assert answers("repair", "--store", store)["examples"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["add", "a", "b"], "Name the file of what is learned: --store mine.nls"),
        (["--store", "STORE", "add", "a", "b"], "Name the exported model first"),
        (["--store", "STORE", "list"], "Cannot read"),
        (["MODEL", "--store", "STORE", "remove", "1"], "Cannot read"),
        (["MODEL", "--store", "STORE", "add", "a", ""], "1 to 256 characters"),
        (["MODEL", "--store", "STORE", "add", " ", "a"], "no words to learn from"),
        (["MODEL", "--store", "STORE", "add", "a", "b", "--way", "x"], "--way is 'x'; choose one of"),
        (["MODEL", "--store", "STORE", "add", "a", "b", "--wait", "-1"], "--wait is -1"),
        (["MODEL", "--store", "STORE", "add", "a", "b", "--dimension", "0"], "dimension is 0"),
        (["MODEL", "--store", "STORE", "forget"], "Name labels to forget, or how many"),
        (["MODEL", "--store", "STORE", "merge", "a"], "Give two labels, SOURCE and INTO"),
        (["MODEL", "--store", "STORE", "import", "gone.csv"], "Cannot read gone.csv"),
        (["MODEL", "--store", "MODEL", "add", "a", "b"], "is no store of learned examples"),
        (["STORE", "--store", "STORE", "add", "a", "b"], "Cannot read"),
        (["MODEL", "--store", "STORE", "classify", "--evidence", "101", "a"], "--evidence is 101"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_code_2(
    model: Path, store: Path, arguments: list[str], said: str
) -> None:
    names = {"MODEL": str(model), "STORE": str(store)}
    found = call(*(names.get(item, item) for item in arguments), code=2)
    assert said in found
    assert len(found.splitlines()) == 1


def test_bad_rows_change_nothing_or_are_left_out(model: Path, store: Path, tmp_path: Path) -> None:
    table = tmp_path / "rows.csv"
    table.write_text("text,label\nplay chess,chess\nonly one\n  ,chess\nrain,sky\n")
    said = call(model, "--store", store, "import", table, code=2)
    assert "line 3" in said.lower()
    assert not store.exists()
    found = answers(model, "--store", store, "import", table, "--skip-bad-rows", "--no-fit")
    assert (found["new"], found["left_out"], found["fitted"]) == (2, 2, False)


def test_streams_and_a_full_disk(model: Path, store: Path, tmp_path: Path) -> None:
    program = [
        sys.executable,
        "-m",
        "neurolite_runtimes.learn_cli",
        str(model),
        "--store",
        str(store),
    ]
    subprocess.run([*program, "add", "play chess", "chess"], check=True, capture_output=True)
    with open("/dev/full", "wb") as full:  # noqa: PTH123
        done = subprocess.run(
            [*program, "classify", "--json", "x"], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 2
    assert b"Standard output cannot be written: No space left on device" in done.stderr
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*program, "classify", "--json", "x"], stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")
