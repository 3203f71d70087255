"""Labels under other names: in every file of an export, in its probes; and what cannot be renamed."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from artifacts import ONE
from commands import call_command
from neurolite_core import NeuroLiteForClassification, save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_export.probes import Probes
from neurolite_export.renaming import read_renames, rename_labels
from neurolite_export.source import Source
from neurolite_runtimes import open_artifact, run

LABELS = ("book", "cancel", "a=b")


def checkpoint(folder: Path) -> Path:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(ONE, labels=LABELS).eval()
    texts = [f"text {number}" for number in range(6)]
    answers = network(input_texts=texts)["logits"].argmax(dim=1)
    probes = [(text, LABELS[int(place)]) for text, place in zip(texts, answers, strict=True)]
    return save_checkpoint(network, folder, probes=probes)


def test_a_file_has_the_new_names_and_answers_as_before(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    rows = {}
    for name, options in {
        "old": (),
        "new": ("--rename-label", "book=reserve", "--rename-label", "a=b=c"),
    }.items():
        done = call_command(
            "neurolite-export", "--checkpoint", folder, "--out", name, *options, "--json", cwd=tmp_path
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        (rows[name],) = json.loads(done.stdout)
    assert rows["old"]["metadata"]["labels"] == list(LABELS)
    assert rows["new"]["metadata"]["labels"] == ["reserve", "cancel", "c"]
    for row in rows.values():  # the probes' labels go with them: all are right
        assert row["parity"]["labelled"] == 6
        assert row["parity"]["accuracy_artifact"] == 1.0
    texts = ["book a table", "cancel"]
    files = [tmp_path / name / rows[name]["file"] for name in rows]
    logits = [run(open_artifact(path), texts).values["logits"] for path in files]
    assert np.array_equal(logits[0], logits[1])
    assert open_artifact(files[1]).metadata.labels == ("reserve", "cancel", "c")
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_file_of_probes_may_have_either_name(tmp_path: Path) -> None:
    folder = checkpoint(tmp_path / "m")
    (tmp_path / "probe.csv").write_text("text,label\nx,book\ny,reserve\nz,cancel\n")
    done = call_command(
        "neurolite-export", "--checkpoint", folder, "--probe", "probe.csv", "--out", "o",
        "--rename-label", "book=reserve", "--json", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)[0]["parity"]["labelled"] == 3
    refused = call_command(
        "neurolite-export", "--checkpoint", folder, "--out", "o", "--rename-label", "bok=x", cwd=tmp_path
    )  # fmt: skip
    assert refused.returncode == 2
    assert b"no label 'bok'" in refused.stderr
    assert b"Did you mean 'book'?" in refused.stderr


def test_names_may_be_swapped() -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(ONE, labels=LABELS)
    source = Source(network, "m", "w")
    probes = Probes("p", (b"x", b"y", b"z"), (("book",), ("cancel",), ("a=b",)))
    renames = read_renames(["book=cancel", "cancel=book"], LABELS)
    renamed, changed = rename_labels(source, probes, renames)
    assert renamed.network.labels == ("cancel", "book", "a=b")
    assert changed.labels == (("cancel",), ("book",), ("a=b",))
    assert source.network.labels == LABELS
    assert rename_labels(source, probes, {}) == (source, probes)
    unlabelled = Probes("p", (b"x",))
    assert rename_labels(source, unlabelled, renames)[1].labels is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["book"], "give OLD=NEW"),
        ([""], "give OLD=NEW"),
        (["=x"], "no label ''"),
        (["book="], "1 to 256 characters"),
        (["book=" + "x" * 257], "1 to 256 characters"),
        (["book= x"], "without spaces around it"),
        (["book=x\0"], "NUL"),
        (["nobody=x"], "no label 'nobody'; it has 'book', 'cancel', 'a=b'"),
        (["book=cancel"], "another label has the name 'cancel' already"),
        (["book=x", "cancel=x"], "another label has the name 'x' already"),
        (["book=x", "book=y"], "names 'book' twice"),
        (["book=" + "x" * 10**7], "1 to 256 characters"),
        (["x" * 10**7], "give OLD=NEW"),
    ],
)
def test_what_cannot_be_renamed_is_named(given: list[str], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_renames(given, LABELS)
    assert message in str(caught.value)
    assert len(str(caught.value)) < 400


def test_two_readings_are_refused() -> None:
    with pytest.raises(InputError, match="can be read in 2 ways"):
        read_renames(["a=b=c"], ("a", "a=b"))
