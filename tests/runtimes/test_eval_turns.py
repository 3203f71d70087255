"""``neurolite-eval --conversation``: each labelled turn in the light of those before it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from artifacts import Store
from neurolite_core.answer.scores import softmax
from neurolite_runtimes import Conversation, open_artifact
from neurolite_runtimes.eval_cli import app
from neurolite_runtimes.evaluating import read_rows
from neurolite_runtimes.turn_by_turn import logits_of_turns

# Two conversations and a short one, their rows mixed; what has no label is read and not asked about.
ROWS = [
    ("a", "Alice is an engineer living in Paris.", ""),
    ("b", "I need a cab", "LABEL_1"),
    ("a", "Where does she live?", "LABEL_0"),
    ("b", "For how many?", ""),
    ("b", "three, please", "LABEL_2"),
    ("c", "hello", "oos"),
    ("a", "And Bob?", "LABEL_1"),
    ("b", "now", "LABEL_1"),
]


def written(path: Path) -> Path:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows([("talk", "text", "label"), *ROWS])
    return path


@pytest.fixture(scope="module")
def model(exported: Store) -> Path:
    return exported("onnx", "remembering", "int8").path


def test_turns_are_answered_as_a_conversation_answers_them(model: Path, tmp_path: Path) -> None:
    session = open_artifact(model)
    path, talks = written(tmp_path / "talks.csv"), {name: Conversation(session) for name in "abc"}
    answers = [talks[name].remember(text).values["logits"][0] for name, text, _ in ROWS]
    asked = [row for row, (_, _, label) in enumerate(ROWS) if label.startswith("LABEL")]
    arguments = [str(model), str(path), "--conversation", "talk", "--out-of-scope-label", "oos"]
    for batch_size in ("1", "2", "32"):
        done = CliRunner().invoke(app, [*arguments, "--batch-size", batch_size, "--json"])
        assert done.exit_code == 0, done.output
        found = json.loads(done.stdout)
        truths = [int(ROWS[row][2].removeprefix("LABEL_")) for row in asked]
        right = [
            int(answers[row].argmax()) == truth for row, truth in zip(asked, truths, strict=True)
        ]
        assert found["texts"] == len(asked) == 5
        assert found["accuracy"] == pytest.approx(np.mean(right))
        losses = [
            -np.log(softmax(answers[row][None])[0, truth])
            for row, truth in zip(asked, truths, strict=True)
        ]
        assert found["calibrated"]["nll"] == pytest.approx(np.mean(losses), rel=1e-3)


def test_what_came_before_changes_answers(model: Path) -> None:
    session = open_artifact(model)
    talks = [[text for name, text, _ in ROWS if name == talk] for talk in "ab"]
    told = logits_of_turns(session, talks, side_by_side=2)
    alone = logits_of_turns(session, talks, side_by_side=2, remember=False)
    for one, other in zip(told, alone, strict=True):
        np.testing.assert_allclose(one[0], other[0], atol=1e-5)
        assert np.abs(one[1:] - other[1:]).max() > 0.01


def test_the_user_is_told_what_a_model_that_remembers_wants(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("text,label\nhello,LABEL_0\nnow,LABEL_1\n")
    done = CliRunner().invoke(app, [str(model), str(path), "--json"])
    assert done.exit_code == 0
    assert (
        "each row is answered by itself; turns of conversations: --conversation COLUMN"
        in done.stderr
    )


def test_conversations_of_several_labels_are_refused(exported: Store, tmp_path: Path) -> None:
    several = exported("onnx", "several", "int8").path
    done = CliRunner().invoke(
        app, [str(several), str(written(tmp_path / "talks.csv")), "--conversation", "talk"]
    )
    assert done.exit_code == 2
    assert "--conversation is 'talk'" in done.stderr


def test_a_column_that_is_not_there_is_named(model: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, [str(model), str(written(tmp_path / "talks.csv")), "--conversation", "who"]
    )
    assert done.exit_code == 2
    assert "has no column 'who' (--conversation)" in done.stderr


def test_rows_know_their_turns(tmp_path: Path) -> None:
    rows = read_rows(
        [str(written(tmp_path / "talks.csv"))], conversation="talk", out_of_scope_label="oos"
    )
    told = {name: [turn.text for turn in turns] for (_, name), turns in rows.conversations.items()}
    assert told == {name: [text for own, text, _ in ROWS if own == name] for name in "abc"}
    assert rows.outside == ["hello"]
