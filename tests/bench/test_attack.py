"""The attack command: it makes the same damage again, its counters count, and it survives what it opens."""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.attacked import READERS
from commands import call_module
from neurolite_bench.attack.changes import CHANGES, damaged
from neurolite_bench.attack.children import Child
from neurolite_bench.attack.kinds.commands import outcome_of, shell
from neurolite_bench.attack.material import Material
from neurolite_bench.attack.outcomes import Found, Outcome, Tally
from neurolite_bench.attack.places import SEALS, file_place, resealed
from neurolite_bench.attack.running import attack
from neurolite_bench.attack.summary import attack_table
from neurolite_bench.attack.table import KINDS
from neurolite_core.artifact.formats.table import FORMATS
from neurolite_runtimes.opening import RUNTIMES

DATA = bytes(range(256)) * 8


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Material:
    return Material(tmp_path_factory.mktemp("attacked"))


def only(name: str, material: Material, **options: int | bool) -> Tally:
    (tally,) = attack([name], material, **options)  # type: ignore[arg-type]
    return tally


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_changes_change_and_are_the_same_again(
    change: Callable[[bytes, random.Random], bytes],
) -> None:
    for size in (1, 7, len(DATA)):
        first = [change(DATA[:size], random.Random(seed)) for seed in range(40)]
        again = [change(DATA[:size], random.Random(seed)) for seed in range(40)]
        assert first == again
    assert sum(found != DATA for found in first) > 20
    assert len(set(first)) > 3


def test_all_changes_are_drawn() -> None:
    drawn = {damaged(DATA, random.Random(seed))[1] for seed in range(300)}
    assert len(drawn) == len(CHANGES)


def test_every_format_has_its_rows() -> None:
    for row in FORMATS:
        assert {row.name, f"resealed-{row.name}", f"lies-{row.name}"} <= set(KINDS)
        assert row.name in SEALS
    assert {name for name, kind in KINDS.items() if Outcome.CRASHED in kind.allowed} == {
        "resealed-litert",
        "resealed-executorch",
        "resealed-coreai",
    }


def test_nothing_that_is_damaged_opens(material: Material) -> None:
    tally = only("onnx", material, count=60)
    assert tally.faults == 0
    assert tally.counts[Outcome.REFUSED] > 50
    assert sum(tally.counts.values()) == 60


def test_without_seals_the_counter_of_other_answers_counts(material: Material) -> None:
    """The check that finds nothing above finds it where seals are not looked at."""
    tally = only("onnx", material, count=60, unsealed=True)
    assert tally.counts[Outcome.DIFFERENT] > 0
    assert tally.faults > 0
    assert tally.problems[0].outcome in (Outcome.DIFFERENT, Outcome.TRACEBACK)
    report = only("bench-report", material, count=200, unsealed=True)
    assert report.counts[Outcome.DIFFERENT] > 0


def test_resealed_files_are_whole_to_their_reader(material: Material) -> None:
    place = file_place(material.artifact("onnx"))
    found = resealed(place, {}, "onnx")
    assert found == place.files
    tally = only("resealed-onnx", material, count=20)
    assert tally.faults == 0
    assert tally.counts[Outcome.SAME] + tally.counts[Outcome.DIFFERENT] > 0


def test_a_kind_names_the_files_that_it_attacks() -> None:
    for name, kind in KINDS.items():
        target = name.rpartition("-")[2]
        if target in RUNTIMES:
            assert kind.targets == (target,)


def test_hostile_graphs_and_lies_are_refused(material: Material) -> None:
    assert only("graphs", material).counts.keys() == {Outcome.REFUSED}
    lies = only("lies-onnx", material, count=40)
    assert lies.faults == 0
    assert lies.counts[Outcome.REFUSED] > 30


@pytest.mark.parametrize("kind", ["checkpoint", "state", "certificate", "bench-report", "report"])
def test_what_is_read_back_is_whole_or_refused(kind: str, material: Material) -> None:
    tally = only(kind, material, count=30)
    assert tally.faults == 0
    assert tally.counts[Outcome.REFUSED] > 10


def child(reader: str, whole: Path) -> Child:
    command = (sys.executable, "-c", READERS)
    return Child(reader, whole, command=command)


@pytest.mark.parametrize(
    ("content", "outcome", "said"),
    [
        ("whole", Outcome.SAME, ""),
        ("other", Outcome.DIFFERENT, ""),
        ("refused", Outcome.REFUSED, "no good"),
        ("raises", Outcome.TRACEBACK, "ZeroDivisionError"),
        ("dies", Outcome.CRASHED, "SIGKILL"),
        ("exits", Outcome.CRASHED, "exit code 3"),
        ("hangs", Outcome.HUNG, "no answer"),
    ],
)
def test_a_child_may_end_in_any_way_and_the_next_file_is_opened(
    content: str, outcome: Outcome, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurolite_bench.attack.children.LIMIT", 2.0)
    whole, file = tmp_path / "whole", tmp_path / "file"
    whole.write_text("whole")
    with child("any", whole) as opener:
        file.write_text(content)
        found = opener.open(file, "case")
        assert (found.case, found.outcome) == ("case", outcome)
        assert said in found.said
        assert opener.open(whole, "next").outcome is Outcome.SAME


def test_what_is_whole_must_be_read(tmp_path: Path) -> None:
    (tmp_path / "bad").write_text("refused")
    with pytest.raises(RuntimeError, match="which is whole, is not read"):
        child("any", tmp_path / "bad")


@pytest.mark.parametrize(
    ("code", "errors", "outcome"),
    [
        (0, "", Outcome.SAME), (1, "Refused: x", Outcome.REFUSED), (2, "Error: x", Outcome.REFUSED),
        (130, "Interrupted.", Outcome.REFUSED), (1, "Traceback (most", Outcome.TRACEBACK), (3, "", Outcome.TRACEBACK),
        (-11, "", Outcome.CRASHED), (139, "", Outcome.CRASHED),
    ],
)  # fmt: skip
def test_ends_of_programs(code: int, errors: str, outcome: Outcome) -> None:
    assert outcome_of(code, errors) is outcome


def test_a_program_that_hangs_is_counted(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert shell("sleep 60", "case", tmp_path, 0.5).outcome is Outcome.HUNG
    assert time.monotonic() - begun < 30


def test_the_command_counts_shows_and_keeps(material: Material, tmp_path: Path) -> None:
    out = tmp_path / "attack.json"
    options = ["--models", material.folder, "--out", out, "--seed", 3]
    code, shown = call_module(
        "neurolite_bench.attack", *options, "--kinds", "report", "--count", 5, "--json"
    )
    assert code == 0
    (row,) = json.loads(shown)["kinds"]
    assert (row["tried"], row["refused"] + row["same"]) == (5, 5)
    code, shown = call_module(
        "neurolite_bench.attack", *options, "--kinds", "bench-report", "--count", 200, "--unsealed"
    )
    assert code == 1
    result = json.loads(out.read_text())
    assert [row["kind"] for row in result["kinds"]] == ["bench-report", "report"]
    assert result["kinds"][0]["problems"]
    assert "| a report" not in attack_table(result).splitlines()[0]
    assert "in a report of a training | 5 | 0 |" in attack_table(result)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--kinds", "onx"], "--kinds is 'onx'; choose one of"),
        (["--count", "0"], "--count"),
        (["--seconds", "0"], "--seconds is 0"),
    ],
)
def test_wrong_usage_is_said(arguments: list[str], said: str) -> None:
    code, shown = call_module("neurolite_bench.attack", *arguments)
    assert code == 2
    assert said in shown


def test_allowed_faults_do_not_fail() -> None:
    tally = Tally("x", "y", frozenset({Outcome.CRASHED}))
    for outcome in (Outcome.CRASHED, Outcome.REFUSED):
        tally.add(Found("case", outcome))
    assert tally.faults == 0
    tally.add(Found("case", Outcome.HUNG))
    assert tally.faults == 1
    row = tally.to_json()
    assert (row["tried"], row["crashed"], row["allowed"]) == (3, 1, ["crashed"])


def test_time_is_kept_and_every_kind_is_tried(material: Material) -> None:
    names = ["report", "model-config"]
    found = list(attack(names, material, count=10**6, seconds=4))
    assert [tally.kind for tally in found] == names
    assert all(1 <= sum(tally.counts.values()) < 10**6 for tally in found)


def test_stores_are_changed_behind_their_checksums(material: Material) -> None:
    from neurolite_bench.attack.kinds.stores import ends_of, with_checksums
    from neurolite_runtimes.learning.store_file import read_store

    whole = material.store.read_bytes()
    assert ends_of(whole)[-1] == len(whole) == read_store(material.store).end
    changed = [with_checksums(whole, random.Random(seed)) for seed in range(200)]
    assert changed == [with_checksums(whole, random.Random(seed)) for seed in range(200)]
    # Wrong checksums would be found before what they are of: none of these may be refused for that.
    said = [only_reader(material, content) for content, _ in changed]
    assert not any("checksum" in text for text in said)
    assert sum("damaged" in text for text in said) > 20
    assert sum(text == "" for text in said) > 5


def only_reader(material: Material, content: bytes) -> str:
    from neurolite_bench.attack.readers import read_store
    from neurolite_core.ground.errors import InputError, StoreError

    path = material.folder / "changed.nls"
    path.write_bytes(content)
    try:
        read_store(path, unsealed=False)
    except (InputError, StoreError) as error:
        return str(error)
    return ""
