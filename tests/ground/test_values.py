"""Values in messages: quoted, short, and never the reason of an error of their own."""

from __future__ import annotations

import pytest
import typer
from typer.testing import CliRunner

from neurolite_core.answer.labels import check_labels
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import GateError, InputError
from neurolite_core.ground.values import joined, listed, short_lines, shown

LONG = "x" * 10_000_000


def test_a_value_is_quoted_and_cut() -> None:
    assert shown("a\n'b'") == repr("a\n'b'")
    assert shown("x" * 58) == repr("x" * 58)
    assert shown("x" * 59) == "'" + "x" * 56 + "..."
    assert len(shown(LONG)) == len(shown(LONG.encode())) == len(shown([LONG])) == 60
    assert shown(None) == "None"


def test_a_list_of_values_is_cut() -> None:
    assert listed("abc") == "'a', 'b', 'c'"
    assert listed(str(n) for n in range(11)) == ", ".join(f"'{n}'" for n in range(10)) + ", ..."
    assert len(listed([LONG] * 100)) < 700


def test_long_lines_lose_their_middle() -> None:
    assert short_lines("a\nb") == "a\nb"
    whole = "x" * 1_000
    assert short_lines(whole) == whole
    cut = short_lines("begin" + LONG + "end\nsecond")
    first, second = cut.split("\n")
    assert (len(first), second) == (1_000, "second")
    assert first.startswith("beginx")
    assert first.endswith("xend")


def test_paths_keep_their_ends() -> None:
    assert joined(["a.csv", "b/c.csv"]) == "a.csv, b/c.csv"
    cut = joined(["first/" + LONG, "x" * 400 + "/last.csv"])
    assert len(cut) == 300
    assert cut.startswith("first/x")
    assert cut.endswith("x/last.csv")


def test_errors_of_values_are_short() -> None:
    for wrong in (
        lambda: check_labels([LONG, "b"]),
        lambda: require_choice("x", LONG, ["a"]),
        lambda: require_range("x", LONG, 0, 1),
    ):
        with pytest.raises(InputError) as caught:
            wrong()
        assert len(str(caught.value)) < 300


@pytest.mark.parametrize(("kind", "code"), [(InputError, 2), (GateError, 1)])
def test_no_error_of_a_command_fills_the_screen(kind: type[Exception], code: int) -> None:
    app = typer.Typer()

    @app.command()
    def main() -> None:
        with exit_codes():
            raise kind(f"{LONG}.csv cannot be read; give another file.")

    done = CliRunner().invoke(app, [])
    assert done.exit_code == code
    assert len(done.stderr) < 1_100
    assert done.stderr.endswith("give another file.\n")
