"""The command that puts faults in: its list fits the tree, its changes are as described, and it catches them."""

from __future__ import annotations

import ast
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from neurolite_bench.mutants import c_changes, python_changes, running
from neurolite_bench.mutants.covering import Measured, choose, digest
from neurolite_bench.mutants.drawing import draw
from neurolite_bench.mutants.faults import fault_of, read_rows
from neurolite_bench.mutants.records import CAUGHT, SURVIVED, TIMEOUT, UNCOVERED, Mutant, Outcome
from neurolite_bench.mutants.rooms import ROOMS, own_tests, room_of, sources_of
from neurolite_bench.mutants.running import ask_all
from neurolite_bench.mutants.stored import known, read_judged, read_result, start_again, store
from neurolite_bench.mutants.table import drawn_table, faults_table
from neurolite_core.ground.errors import InputError
from neurolite_export.targets import TARGETS
from texts import ROOT

ROWS = read_rows()


def test_the_list_is_long_enough_in_every_room_and_every_target() -> None:
    assert len(ROWS) >= 48
    rooms = Counter(row["room"] for row in ROWS)
    assert {room: count for room, count in rooms.items() if count < 4} == {}
    assert set(rooms) == set(ROOMS)
    files = {row["file"] for row in ROWS}
    for target in TARGETS:
        folder = target.partition("-")[0]
        assert any(f"targets/{folder}/" in file for file in files), target


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_fault_can_be_put_in(row: dict[str, str]) -> None:
    mutant = fault_of(row, ROOT)
    content = (ROOT / mutant.file).read_bytes()
    changed = mutant.applied(content)
    assert changed != content
    assert room_of(mutant.file) == mutant.room
    if mutant.file.endswith(".py"):
        ast.parse(changed)  # a fault that cannot be imported proves nothing
    assert row["effect"].endswith(".")


def test_rooms_have_sources_and_tests() -> None:
    for room in ROOMS:
        assert list(sources_of(ROOT, room)), room
        assert list(own_tests(ROOT, room)), room


@pytest.mark.parametrize(
    ("find", "replace", "said"),
    [
        ("x = 1", "x = 2", "2 times"),
        ("y", "z", "0 times"),
        ("a = 3", "a = 3", "the same"),
    ],
)
def test_a_fault_that_cannot_be_put_in_is_refused(
    tmp_path: Path, find: str, replace: str, said: str
) -> None:
    (tmp_path / "file.py").write_text("x = 1\nx = 1\na = 3\n")
    row = {"id": "f", "room": "text", "file": "file.py", "find": find, "replace": replace}
    with pytest.raises(InputError, match=said):
        fault_of(row | {"effect": "It is wrong."}, tmp_path)


SOURCE = '''\
"""Text 1 < 2."""

def f(a: "int < 3", b=1):
    if not a <= b and b is not None:
        raise ValueError(f"{a < b} 3")
    total = 0.5
    total += g(a, b)
    for x in a[b:]:
        continue
    return a - b
'''


def test_changes_of_python_are_these() -> None:
    content = SOURCE.encode()
    found = {
        (change.kind, content[change.start : change.end].decode(), change.text.decode())
        for change in python_changes.changes_of(content)
    }
    condition = "not a <= b and b is not None"
    assert found == {
        ("constant by one", "1", "2"),
        ("constant by one", "1", "0"),
        ("condition turned round", condition, f"not ({condition})"),
        ("dropped not", "not", ""),
        ("comparison", "<=", "<"),
        ("comparison", "is not", "is"),
        ("and/or", "and", "or"),
        ("statement left out", 'raise ValueError(f"{a < b} 3")', "pass"),
        ("constant doubled", "0.5", "1.0"),
        ("statement left out", "total += g(a, b)", "pass"),
        ("arguments exchanged", "a, b", "b, a"),
        ("slice by one", "b", "(b) + 1"),
        ("statement left out", "continue", "pass"),
        ("nothing returned", "a - b", "None"),
        ("operator", "-", "+"),
    }


def test_places_are_bytes_behind_letters_of_more_bytes() -> None:
    content = 'x = "Ünïcödé"; y = f("ß", 7)\n'.encode()
    for change in python_changes.changes_of(content):
        ast.parse(content[: change.start] + change.text + content[change.end :])
    texts = {content[c.start : c.end].decode() for c in python_changes.changes_of(content)}
    assert texts == {"7", '"ß", 7'}


def test_changes_of_c_leave_comments_texts_and_the_preprocessor_alone() -> None:
    content = b"""#define ONE 1 + 1
/* a < b, 2 */
int f(int a) {
    const char *s = "3 - 3";  // 4 < 4
    while (a <= 0x10 && a) {
        a++;
    }
    return a - 5u;
}
"""
    found = {
        (change.kind, content[change.start : change.end].decode(), change.text.decode())
        for change in c_changes.changes_of(content)
    }
    assert found == {
        ("comparison", "<=", "<"),
        ("operator", "&&", "||"),
        ("constant by one", "0x10", "17"),
        ("constant by one", "0x10", "15"),
        ("statement left out", "a++;", ";"),
        ("operator", "-", "+"),
    }


def test_draws_are_the_same_from_the_same_seed_and_alike_in_rooms() -> None:
    count = 2 * len(ROOMS)
    first = draw(ROOT, count, 0)
    assert first == draw(ROOT, count, 0)
    assert {mutant.id for mutant in first} != {mutant.id for mutant in draw(ROOT, count, 1)}
    assert Counter(mutant.room for mutant in first) == dict.fromkeys(ROOMS, 2)
    assert len({mutant.id for mutant in first}) == count
    for mutant in first:
        changed = mutant.applied((ROOT / mutant.file).read_bytes())
        if mutant.file.endswith(".py"):
            ast.parse(changed)


TOY = """\
def add(a, b):
    return a + b


def below(a, b):
    return a < b


def count(limit):
    number = 0
    while number < limit:
        number += 1
    return number


def unused(a):
    return a + 1
"""
TOY_TESTS = """\
from neurolite_core.ground.toy import add, below, count


def test_add():
    assert add(2, 3) == 5


def test_below():
    assert below(1, 2)
    assert not below(2, 1)


def test_count():
    assert count(3) == 3
"""


def toy_mutant(name: str, find: str, replace: str) -> Mutant:
    return Mutant(
        id=name,
        room="ground",
        file="neurolite_core/ground/toy.py",
        start=TOY.index(find),
        find=find.encode(),
        replace=replace.encode(),
        note="",
    )


MUTANTS = {
    "sum": toy_mutant("sum", "a + b", "a - b"),
    "border": toy_mutant("border", "a < b", "a <= b"),
    "endless": toy_mutant("endless", "number += 1", "pass"),
    "unused": toy_mutant("unused", "a + 1", "a + 2"),
}


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A checkout with one module, its tests, and a second test file of which nothing was measured."""
    root = tmp_path / "toy"
    for name, text in {
        "neurolite_core/__init__.py": "",
        "neurolite_core/ground/__init__.py": "",
        "neurolite_core/ground/toy.py": TOY,
        "tests/ground/test_toy.py": TOY_TESTS,
        "tests/other/test_other.py": "def test_nothing():\n    pass\n",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    subprocess.run(["git", "init", "-q", root], check=True)
    return root


def measured(root: Path, lines: list[int]) -> dict[str, Measured]:
    source = "neurolite_core/ground/toy.py"
    test = "tests/ground/test_toy.py"
    return {
        test: Measured(
            digest=digest(root / test),
            seconds=0.1,
            passed=True,
            lines={source: lines},
            sources={source: digest(root / source)},
        )
    }


def test_faults_are_caught_survive_or_never_end(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "_MORE", 20.0)
    files = sorted(path for path in toy.rglob("*") if path.is_file() and ".git" not in path.parts)
    before = {path: path.read_bytes() for path in files}
    found: dict[str, Outcome] = {}

    def told(mutant: Mutant, outcome: Outcome) -> None:
        found[mutant.id] = outcome

    ask_all(
        toy, None, list(MUTANTS.values()), measured(toy, [*range(1, 13)]), told,
        most=60.0, processes=2, preloaded=("pytest",),
    )  # fmt: skip
    assert {name: outcome.outcome for name, outcome in found.items()} == {
        "sum": CAUGHT,
        "border": SURVIVED,
        "endless": TIMEOUT,
        "unused": UNCOVERED,
    }
    assert found["sum"].by == "tests/ground/test_toy.py::test_add"
    assert found["endless"].seconds >= 20
    after = {path: path.read_bytes() for path in files}
    assert after == before
    assert (
        sorted(path for path in toy.rglob("*") if ".git" not in path.parts and path.is_file())
        == files
    )


def test_a_change_for_another_file_is_refused(toy: Path) -> None:
    wrong = toy_mutant("sum", "a + b", "a - b")
    (toy / wrong.file).write_text("# moved\n" + TOY)
    with pytest.raises(InputError, match="not the file"):
        ask_all(
            toy,
            None,
            [wrong],
            measured(toy, [*range(1, 9)]),
            lambda *_: None,
            most=60.0,
            preloaded=("pytest",),
        )


def test_tests_are_chosen_by_lines_or_where_the_source_changed_by_files(toy: Path) -> None:
    mutant = MUTANTS["sum"]
    own = "tests/ground/test_toy.py"
    assert choose(mutant, toy, measured(toy, [2]), 60.0).files == (own,)
    assert choose(mutant, toy, measured(toy, [1, 6]), 60.0).files == ()
    # Not measured: by the table of rooms.
    assert choose(mutant, toy, {}, 60.0).files == (own,)
    kept = measured(toy, [1, 6])
    (toy / mutant.file).write_text(TOY + "# changed\n")
    assert choose(mutant, toy, kept, 60.0).files == (own,)


def test_what_takes_too_long_is_left_out_and_counted(toy: Path) -> None:
    row = measured(toy, [2])["tests/ground/test_toy.py"]
    kept = {
        name: Measured(
            digest="", seconds=seconds, passed=True, lines=row.lines, sources=row.sources
        )
        for name, seconds in {
            "tests/ground/test_toy.py": 50.0,
            "tests/other/test_other.py": 5.0,
        }.items()
    }
    chosen = choose(MUTANTS["sum"], toy, kept, 52.0)
    assert chosen.files == ("tests/ground/test_toy.py",)  # the room's own come first
    assert chosen.left_out == ("tests/other/test_other.py",)
    assert choose(MUTANTS["sum"], toy, kept, 60.0).left_out == ()


def test_results_are_added_one_by_one_and_shown(tmp_path: Path) -> None:
    path = tmp_path / "mutants.json"
    row = ROWS[0]
    mutant = fault_of(row, ROOT)
    outcome = Outcome(
        outcome=CAUGHT, by="tests/a/test_b.py::test_c", seconds=1.0, files=2, left_out=0
    )
    store("faults", "old", "abc", mutant, 7, outcome, path)
    lost = Outcome(outcome=SURVIVED, by="", seconds=1.0, files=2, left_out=1)
    store("faults", "new", "def", mutant, 7, lost, path)
    assert known("faults", "old", path) == {row["id"]}
    table = faults_table(read_result(path))
    assert f"| {row['id']} | {row['effect']} | tests/a/test_b.py | **survived** (1 more" in table
    assert (
        "the old suite caught 1 of 1 that it was asked for, the new one 0 of 1.\nTrees: old abc; new def."
        in table
    )
    assert table.count("not run") == sum(2 - ("old_why" in row) for row in ROWS[1:])

    drawn = draw(ROOT, 1, 0, ("ground",))[0]
    store("drawn", "new", "abc", drawn, 3, lost, path)
    table = drawn_table(read_result(path))
    assert "| ground | 1 | 0 | 1 | 0 |" in table
    assert f"{drawn.id}, {drawn.file}:3" in table
    start_again("drawn", path)
    assert known("drawn", "new", path) == frozenset()
    assert known("faults", "new", path) == {row["id"]}


def test_judgements_say_why() -> None:
    for name, why in read_judged().items():
        assert name.partition("-")[0] in ROOMS
        assert why.endswith("."), name
