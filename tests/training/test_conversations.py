"""Training through time: what only earlier turns tell is learned, rows without labels are read, windows go on."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import numpy as np
import pytest
import torch

from commands import call_command
from neurolite_core.artifact.checkpoint import load_checkpoint, read_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.conversations.batches import windows
from neurolite_core.training.conversations.reading import (
    UNLABELLED,
    read_conversations,
    read_parts,
)
from neurolite_core.training.conversations.run import by_turn, probes_of
from neurolite_core.training.conversations.unrolling import Unrolled, answers_of, first_state
from neurolite_core.training.sources import DataFiles
from neurolite_export.source import checkpoint_source

COLOURS = ("red", "green", "blue")
SMALL = NeuroLiteConfig(
    table_size=512,
    projection_size=24,
    hidden_size=24,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=24),
    max_words=16,
    max_bytes=64,
    memory=MemoryOptions(
        working=4, working_heads=3, long_term=4, persistent=4, key_size=8, hidden=32
    ),
)
CPU = torch.device("cpu")


def write(path: Path, conversations: int, seed: int) -> Path:
    """The other side names colours, and a turn that says nothing is labelled by the one before the last."""
    random_ = random.Random(seed)  # a seeded sample
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["talk", "text", "label"])
        for number in range(conversations):
            said: list[str] = []
            for _ in range(random_.randint(2, 5)):
                said.append(random_.choice(COLOURS))
                rows.writerow([f"t{number}", f"it is {said[-1]} now", ""])
                if len(said) > 1:
                    rows.writerow([f"t{number}", "and which was it before", said[-2]])
    return path


def files_of(train: Path, validation: str | None = None) -> DataFiles:
    return DataFiles(train=(str(train),), validation=validation, conversation="talk")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("talks") / "train.csv", 160, 0)


# --- Reading ---------------------------------------------------------------------------------------


def test_rows_of_one_name_are_one_conversation_in_their_order(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text("talk,text,label\na,one,x\nb,two,\na,three,\nb,four,y\n", "utf-8")
    found = read_conversations(files_of(path), (str(path),))
    assert found.texts == ("one", "three", "two", "four")
    assert found.bounds.tolist() == [0, 2, 4]
    assert found.labels == ("x", "y")
    assert found.label_ids.tolist() == [0, UNLABELLED, UNLABELLED, 1]
    assert found.turn_of.tolist() == [0, 1, 0, 1]
    some = found.some(np.array([1]))
    assert (some.texts, some.bounds.tolist()) == (("two", "four"), [0, 2])
    # Numbers of labels that the model knows stay; others come behind.
    known = read_conversations(files_of(path), (str(path),), ("y", "z"))
    assert known.labels == ("y", "z", "x")
    assert known.label_ids.tolist() == [2, UNLABELLED, UNLABELLED, 0]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("talk,text,label\n,one,x\n", "line 2.*the conversation, 'talk', is missing"),
        ("text,label\none,x\ntwo,y\n", "talk"),
        ("talk,text,label\na,one,x\nb,two,x\n", "has 1 label"),
        ("talk,text,label\na,one,x\na,two,y\n", "has 1 conversations, of which 0.1 are 0"),
    ],
)
def test_data_that_cannot_be_used_is_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, "utf-8")
    with pytest.raises(InputError, match=f"(?s){message}"):
        read_parts(files_of(path), 0)


def test_whole_conversations_are_held_out(data: Path) -> None:
    parts = read_parts(files_of(data, "0.25"), seed=3)
    assert (len(parts.train), len(parts.validation)) == (120, 40)
    whole = read_conversations(files_of(data), (str(data),))
    assert len(parts.train.texts) + len(parts.validation.texts) == len(whole.texts)


# --- Unrolling -------------------------------------------------------------------------------------


def test_a_window_is_the_turns_one_by_one(data: Path) -> None:
    """Side by side, cut by length and in windows: the same as a model that is told turn after turn."""
    torch.manual_seed(0)
    whole = read_conversations(files_of(data), (str(data),))
    some = whole.some(np.arange(5))
    network = NeuroLiteForClassification(SMALL, labels=some.labels).eval()
    found = answers_of(network, some, CPU)
    with torch.no_grad():
        for number in range(len(some)):
            network.reset_memory()
            for row in range(some.bounds[number], some.bounds[number + 1]):
                one = network(input_texts=[some.texts[row]], update_memory=True)["logits"][0]
                np.testing.assert_allclose(found[row], one, atol=1e-5)


def test_the_loss_is_traced_back_through_a_window_and_no_further(data: Path) -> None:
    torch.manual_seed(0)
    some = read_conversations(files_of(data), (str(data),)).some(np.arange(4))
    network = NeuroLiteForClassification(SMALL, labels=some.labels).train()
    unrolled, state = Unrolled(network), first_state(network, 4, CPU)
    first, second, *_ = windows(some, np.arange(4), SMALL, 2)
    logits, after = unrolled(first, state)
    assert logits.shape == (4, 2, 3)
    assert all(each.requires_grad for each in after[:1])
    _, last = unrolled(second, tuple(each.detach() for each in after))
    (gradient,) = torch.autograd.grad(last[0].sum(), after[0], allow_unused=True)
    assert gradient is None


def test_turns_are_counted_by_their_place() -> None:
    class Data:
        turn_of = np.array([0, 1, 0, 1, 14, 19])

    rows = np.arange(6)
    right = np.array([True, False, False, False, True, False])
    assert by_turn(Data(), rows, right) == {  # type: ignore[arg-type]
        "1": {"texts": 2, "accuracy": 0.5},
        "2": {"texts": 2, "accuracy": 0.0},
        "11 to 20": {"texts": 2, "accuracy": 0.5},
    }


def test_probes_are_whole_conversations(data: Path) -> None:
    whole = read_conversations(files_of(data), (str(data),))
    probes, numbers = probes_of(whole, COLOURS[:2])
    assert len(probes) == len(numbers) == len(whole.texts)
    assert {label for _, label in probes} == {None, *COLOURS[:2]}  # blue is not the model's


# --- The command -----------------------------------------------------------------------------------


def test_what_only_earlier_turns_tell_is_learned(data: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(SMALL.to_json(), "utf-8")
    validation = write(tmp_path / "valid.csv", 40, 1)
    command = ("neurolite-train", data, "--conversation", "talk", "--validation", validation)
    options = ("--model-config", "config.json", "--epochs", "24", "--batch-size", "48")
    more = ("--learning-rate", "0.01", "--typos", "0", "--no-pictures", "--json", "--out", "model")
    done = call_command(*command, *options, *more, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    figures = json.loads(done.stdout)
    assert figures["accuracy"] > 0.9  # the turn by itself says nothing: a third would be right
    report = json.loads((tmp_path / "model/report.json").read_text("utf-8"))
    turns = report["training"]["turns"]
    assert sum(row["texts"] for row in turns.values()) == report["texts"]
    assert list(turns) == ["3", "5", "7", "9"]  # the second colour, and every other turn from there
    # The checkpoint holds the memory, and its probes are conversations.
    network = load_checkpoint(tmp_path / "model")
    assert network.state_specs
    probes = checkpoint_source(tmp_path / "model").probes
    assert probes is not None
    assert len(set(probes.conversations)) == 40
    assert 0 < len(probes.unlabelled) < len(probes.texts)
    # The same command again has nothing left to do, and says the same.
    again = json.loads(call_command(*command, *options, *more, cwd=tmp_path).stdout)
    assert again["resumed_at"] == again["steps"] > 0
    assert again["accuracy"] == figures["accuracy"]


def test_a_preset_gets_a_memory(data: Path, tmp_path: Path) -> None:
    done = call_command(
        "neurolite-train", data, "--conversation", "talk", "--size", "tiny", "--epochs", "1",
        "--no-pictures", "--out", "model", cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr.decode()
    assert read_checkpoint(tmp_path / "model").config.memory == MemoryOptions()
    assert "by turn" in done.stdout.decode()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--multi-label",), "--multi-label was given with --conversation"),
        (("--wide", "on"), "a wide path knows one text alone"),
        (("--minutes", "1"), "--minutes was given with --conversation"),
        (("--devices", "2"), "runs as one process"),
        (("--turns", "0"), "turns is 0"),
        (("--conversation", "absent"), "absent"),
        (("--conversation", "text"), "which holds the texts or labels"),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    data: Path, tmp_path: Path, options: tuple[str, ...], message: str
) -> None:
    done = call_command(
        "neurolite-train", data, "--conversation", "talk", *options, "--out", "model", cwd=tmp_path
    )
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())


def test_turns_without_conversations_are_refused(data: Path, tmp_path: Path) -> None:
    done = call_command("neurolite-train", data, "--turns", "4", "--out", "model", cwd=tmp_path)
    assert done.returncode == 2
    assert "name the column of their conversations" in " ".join(done.stderr.decode().split())
