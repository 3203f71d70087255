"""A command's options in a file: read, refused, overridden and saved, on a small command of every type."""

import inspect
import tomllib
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from neurolite_core.ground.configurable import RUN_FILE, Effective, configurable
from neurolite_core.ground.options import OneCall, options_of
from neurolite_core.ground.places import Place, placed, relative
from neurolite_core.ground.run_file import SIZE_LIMIT, run_text

app = typer.Typer(add_completion=False)
called: list[dict[str, Any]] = []


@app.command()
@configurable("paint")
def paint(
    effective: Effective,
    files: Annotated[list[str], typer.Argument(help="What to paint."), Place("hf:")],
    out: Annotated[Path, typer.Option(help="Where to.")],
    coats: Annotated[int, typer.Option()] = 2,
    thickness: Annotated[float | None, typer.Option()] = None,
    outer_colour: Annotated[str, typer.Option()] = "red",
    dry: Annotated[bool, typer.Option(help="Wait.")] = True,
    brush: Annotated[list[Path] | None, typer.Option()] = None,
    share: Annotated[str | None, typer.Option(), Place()] = None,
    as_json: Annotated[bool, typer.Option("--json"), OneCall()] = False,
    version: Annotated[bool, typer.Option("--version", is_eager=True)] = False,
) -> None:
    """Paints."""
    called.append({**effective.values})
    effective.save(out)


def run(*arguments: object) -> Result:
    called.clear()
    return CliRunner().invoke(app, [str(item) for item in arguments])


def refused(*arguments: object) -> str:
    done = run(*arguments)
    assert done.exit_code == 2, done.output
    assert not called
    lines = done.output.splitlines()
    assert len(lines) == 1, done.output
    return lines[0]


@pytest.fixture(autouse=True)
def _in_tmp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def write(text: str | bytes, path: str = "run.toml") -> Path:
    file = Path(path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return file


def test_every_type_is_read_and_paths_are_relative_to_the_file() -> None:
    file = write(
        """
        files = ["a.csv", "hf:squad", "/data/b.csv"]
        out = "made"
        coats = 3
        thickness = 1
        outer_colour = "ash"
        dry = false
        brush = "thin"
        share = "0.2"
        json = true
        """,
        "deep/run.toml",
    )
    assert run("--config", file).exit_code == 0
    assert called == [
        {
            "files": ["deep/a.csv", "hf:squad", "/data/b.csv"],
            "out": Path("deep/made"),
            "coats": 3,
            "thickness": 1.0,
            "outer_colour": "ash",
            "dry": False,
            "brush": [Path("deep/thin")],
            "share": "0.2",
            "as_json": True,
            "version": False,
        }
    ]
    assert isinstance(called[0]["thickness"], float)


def test_the_command_line_goes_before_the_file_also_where_it_says_the_default() -> None:
    file = write('files = ["a"]\nout = "made"\ncoats = 3\nbrush = ["x", "y"]\ndry = false\n')
    assert run("b", "c", "--config", file, "--coats", 2, "--brush", "z", "--dry").exit_code == 0
    (values,) = called
    assert (values["files"], values["coats"], values["brush"], values["dry"]) == (
        ["b", "c"],
        2,
        [Path("z")],
        True,
    )
    assert values["out"] == Path("made")


def test_what_was_in_effect_is_saved_and_gives_the_same_from_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("", "data/a.csv")
    write("", "squad/b.csv")
    done = run(
        "data/a.csv", "hf:squad", "hf:other", tmp_path / "c.csv", "--out", "made", "--brush", "b",
        "--thickness", "1e-5", "--json",
    )  # fmt: skip
    assert done.exit_code == 0
    saved = tomllib.loads(Path("made", RUN_FILE).read_text())
    assert saved == {
        "files": ["../data/a.csv", "hf:../squad", "hf:other", str(tmp_path / "c.csv")],
        "out": ".",
        "coats": 2,
        "thickness": 1e-5,
        "outer-colour": "red",
        "dry": True,
        "brush": ["../b"],
    }
    (before,) = called
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    file = Path("../made/run.toml")
    text = file.read_text()
    assert run("--config", file).exit_code == 0
    assert file.read_text() == text
    after = called[0]
    assert [Path(item.removeprefix("hf:")).resolve() for item in after["files"][:2]] == [
        tmp_path / "data" / "a.csv",
        tmp_path / "squad",
    ]
    assert after["files"][2:] == before["files"][2:]
    assert after["out"].resolve() == tmp_path / "made"
    assert run("--config", file, "--out", tmp_path / "third").exit_code == 0
    assert tomllib.loads((tmp_path / "third/run.toml").read_text())["out"] == "."


def test_links_are_followed_where_a_path_leaves_the_folder(tmp_path: Path) -> None:
    (tmp_path / "real" / "out").mkdir(parents=True)
    (tmp_path / "out").symlink_to("real/out")
    write("", "a.csv")
    (tmp_path / "link.csv").symlink_to("a.csv")
    assert run("link.csv", "--out", "out").exit_code == 0
    assert tomllib.loads(Path("out/run.toml").read_text())["files"] == ["../../link.csv"]
    assert Path("real/out/../../link.csv").exists()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("coat = 1", "run.toml: there is no option 'coat'; the nearest is 'coats'."),
        ("Brushes = 1", "the nearest is 'brush'."),
        ("xyzzy = 1", "there is no option 'xyzzy'; the nearest is"),
        ("config = 'other.toml'", "there is no option 'config'"),
        ("version = true", "there is no option 'version'"),
        ("coats = '3'", "coats is '3'; give a whole number."),
        ("coats = 3.0", "coats is 3.0; give a whole number."),
        ("coats = true", "coats is True; give a whole number."),
        ("thickness = true", "thickness is True; give a number."),
        ("thickness = 1" + "0" * 400, "; give a number."),
        ("dry = 1", "dry is 1; give true or false."),
        ("outer-colour = ['a']", "outer-colour is ['a']; give a string."),
        ("share = 0.2", 'share is 0.2; give a string, such as "0.2".'),
        ("brush = ['a', 1]", "brush is 1; give a path as a string, or a list of them."),
        ("files = [['a']]", "files is ['a']; give a string, or a list of them."),
        ("out = 1979-05-27", "out is datetime.date(1979, 5, 27); give a path as a string."),
        ("[coats]\nmost = 1", "[coats] is a table; options stand at the top of the file"),
        ("[paint]\ncoats = 1", "there is no option 'paint'"),
        ('out = "a\\u0000b"', "out holds the character U+0000"),
        ("outer-colour = 'a'\nouter_colour = 'b'", "'outer-colour' stands there twice"),
        ("coats = 1\ncoats = 2", "run.toml is not TOML: "),
        ("coats: 3", "run.toml is not TOML: "),
        (b"\xff\xfe", "run.toml is not TOML: "),
        ("a = " + "[" * 5000, "run.toml is not TOML: "),
        ("coats = 1" + "0" * 5000, "run.toml is not TOML: "),
        ("#" * (SIZE_LIMIT + 1), f"at most {SIZE_LIMIT:,} are read"),
        ("out = 'x'", "Missing: files. Give it on the command line, or in a file with --config"),
        ("", "Missing: files, out."),
        ("files = []\nout = 'x'", "Missing: files."),
    ],
)
def test_what_cannot_be_used_is_one_line(text: str | bytes, message: str) -> None:
    assert message in refused("--config", write(text))


def test_files_that_are_not_there_are_one_line() -> None:
    assert "Cannot read nowhere.toml: No such file" in refused("--config", "nowhere.toml")
    assert "Cannot read .: Is a directory." in refused("--config", ".")


def test_a_path_that_toml_cannot_hold_is_said_and_stops_nothing(tmp_path: Path) -> None:
    name = b"\xff.csv".decode("utf-8", "surrogateescape")
    done = run(name, "--out", "made")
    assert done.exit_code == 0
    assert len(called) == 1
    assert "made/run.toml was not written: files is" in done.output
    assert not Path("made/run.toml").exists()


def test_the_help_says_what_is_required() -> None:
    text = " ".join(run("--help").output.replace("│", " ").split())
    assert "What to paint. Required, here or in --config." in text
    assert "Where to. Required, here or in --config." in text
    assert "effective" not in text


@given(st.text(), st.floats(allow_nan=False), st.integers(), st.booleans())
def test_written_values_are_read_back(text: str, number: float, whole: int, flag: bool) -> None:
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        return
    values = {
        "files": ["hf:no/such"], "out": Path("x"), "coats": whole, "thickness": number,
        "outer_colour": text, "dry": flag, "brush": None, "share": None, "as_json": False,
    }  # fmt: skip
    read = tomllib.loads(run_text("paint", options_of(inspect.unwrap(paint)), values, Path("x")))
    assert read == {
        "files": ["hf:no/such"], "out": ".", "coats": whole, "thickness": number,
        "outer-colour": text, "dry": flag,
    }  # fmt: skip


@pytest.mark.parametrize("text", ["a.csv", "b/a.csv", "../a.csv", "x:train", "0.2", "", "hf:no"])
def test_a_place_and_back(text: str) -> None:
    folder = Path("some/where")
    folder.mkdir(parents=True)
    assert placed(relative(text, folder, "hf:"), folder, "hf:") in (
        text,
        f"some/where/../../{text}",
    )


@pytest.mark.parametrize("key", ["out", "files", "brush", "share"])
def test_an_empty_path_in_a_file_is_refused(key: str) -> None:
    Path("run.toml").write_text(f'{key} = ""\n')
    assert refused("--config", "run.toml") == (
        f"Error: run.toml: {key} is empty; give a path, or leave it out."
    )
