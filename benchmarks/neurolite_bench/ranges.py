"""Runs the ends of every range in ``pyproject.toml``: the oldest and the newest releases together.

``python -m neurolite_bench.ranges``, started in the repository, makes for each trial and end a fresh environment with
``uv`` (``--resolution lowest-direct`` or ``highest``), runs the commands that users type in it and the tests of the
rooms that it brings, and adds what was installed to ``benchmarks/results/ranges.json``, from which the table of
``docs/dependencies.md`` is written. A trial that fails leaves the file as it was.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from neurolite_bench.requirements import expanded, read_requirements
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import EXIT_REFUSED, exit_codes
from neurolite_core.ground.errors import GateError, MissingDependencyError
from neurolite_core.ground.files import read_limited

ENDS: Final[Mapping[str, str]] = MappingProxyType({"oldest": "lowest-direct", "newest": "highest"})
ROWS: Final = 200
_TEXTS: Final = ("plaese book a table for two at Luigi's", "wake me up at sevn tomorrow")
_LIMIT: Final = 2**24
# What the tests import beside the packages that are tried.
_TEST_TOOLS: Final = ("hypothesis", "pytest", "pytest-xdist", "scikit-learn")


@dataclass(frozen=True, slots=True)
class Trial:
    """An installation and what is run in it.

    Attributes:
        extras: that are installed.
        steps: commands with their arguments, run in an empty folder that has ``rows.csv`` and
            ``given.onnx`` in it; the first word is a console script of this package.
        tests: files and folders for pytest, run in the repository behind the steps.
    """

    extras: tuple[str, ...]
    steps: tuple[tuple[str, ...], ...]
    tests: tuple[str, ...] = ()


def _exporting(target: str, suffix: str, *, runs: bool = True) -> tuple[tuple[str, ...], ...]:
    precisions = ("--precision", "float32", "--precision", "int8")
    files = [f"{target}/neurolite-intents-{name}{suffix}" for name in ("float32", "int8")]
    return (
        ("neurolite-export", "--target", target, *precisions, "--out", target),
        *(("neurolite-run", file, *_TEXTS) for file in files if runs),
    )


TRIALS: Final[Mapping[str, Trial]] = MappingProxyType(
    {
        "run": Trial(("onnxruntime",), (("neurolite-run", "given.onnx", *_TEXTS),)),
        "torch": Trial(
            ("export", "train"),
            (
                *_exporting("onnx", ".onnx"),
                ("neurolite-train", "rows.csv", "--out", "trained", "--epochs", "1"),
                ("neurolite-export", "--checkpoint", "trained", "--int8", "--out", "own"),
            ),
            (
                "tests/hashing",
                "tests/network",
                "tests/training/test_batches.py",
                "tests/training/test_finishing.py",
                "tests/training/test_objective.py",
            ),
        ),
        "litert": Trial(("export-litert",), _exporting("litert", ".tflite")),
        "executorch": Trial(("export-executorch",), _exporting("executorch", ".pte")),
        # Core ML itself runs on macOS only; the gates compare by the reference reader.
        "coreml": Trial(("export-coreml",), _exporting("coreml", ".mlpackage", runs=False)),
        "coreai": Trial(("export-coreai",), _exporting("coreai", ".aimodel")),
    }
)


@dataclass(frozen=True, slots=True)
class Environment:
    """A virtual environment and the ``uv`` that fills it."""

    uv: str
    folder: Path

    def make(self, extras: Sequence[str], resolution: str, *, reuse: bool) -> None:
        """Creates it anew, or takes the one that is there, and installs this package with extras."""
        if not (reuse and self.program("python").exists()):
            _checked([self.uv, "venv", "--clear", "--python", sys.executable, str(self.folder)])
        wanted = f".[{','.join(extras)}]"
        install = [self.uv, "pip", "install", "--python", str(self.program("python"))]
        # Without --upgrade what is there stays, though it is not at the end of its range.
        _checked([*install, "--upgrade", "--resolution", resolution, "--editable", wanted])

    def add_test_tools(self) -> None:
        """Installs what the tests need, and changes nothing that is there already."""
        with tempfile.TemporaryDirectory() as scratch:
            held = Path(scratch, "held.txt")
            installed = self.versions().items()
            held.write_text("".join(f"{package}=={version}\n" for package, version in installed))
            install = [self.uv, "pip", "install", "--python", str(self.program("python"))]
            _checked([*install, "--constraints", str(held), *_TEST_TOOLS])

    def program(self, name: str) -> Path:
        """A program of the environment."""
        return self.folder / ("Scripts" if os.name == "nt" else "bin") / name

    def versions(self) -> dict[str, str]:
        """What is installed."""
        listed = _checked(
            [self.uv, "pip", "list", "--format=json", "--python", str(self.program("python"))]
        )
        return {entry["name"]: entry["version"] for entry in json.loads(listed)}


def run_trial(name: str, end: str, environment: Environment, work: Path) -> dict[str, Any]:
    """One entry of the result.

    Args:
        name: of the trial.
        end: ``oldest`` or ``newest``.
        environment: filled already.
        work: an empty folder for the steps, with the files that they read.

    Raises:
        GateError: a step failed; the message has the end of what it printed.
    """
    trial = TRIALS[name]
    start = time.perf_counter()
    for program, *arguments in trial.steps:
        _checked([str(environment.program(program)), *arguments], work)
    versions = environment.versions()
    passed = _passing(trial.tests, environment) if trial.tests else 0
    ranges = expanded(read_requirements(Path("pyproject.toml")), trial.extras)
    ranges = {name: wanted for name, wanted in ranges.items() if name in versions}
    return {
        "trial": name,
        "end": end,
        "extras": list(trial.extras),
        "commands": [" ".join(step) for step in trial.steps],
        "tests": {"files": list(trial.tests), "passed": passed},
        "ranges": {package: sorted(wanted) for package, wanted in sorted(ranges.items())},
        "versions": {package: versions[package].partition("+")[0] for package in sorted(ranges)},
        "seconds": round(time.perf_counter() - start),
    }


def _passing(tests: Sequence[str], environment: Environment) -> int:
    """How many tests passed, where none failed. Old releases may warn of what newer ones changed."""
    environment.add_test_tools()
    # The profile has no deadlines: another environment's load is no fault of a release.
    options = ["-q", "-p", "no:cacheprovider", "-W", "default", "--hypothesis-profile=ci"]
    said = _checked([str(environment.program("python")), "-m", "pytest", *options, *tests])
    found = re.search(r"^(\d+) passed", said, re.MULTILINE)
    if found is None:
        raise GateError(
            f"pytest does not say how many of {', '.join(tests)} passed:\n{said[-400:]}"
        )
    return int(found[1])


def _checked(
    command: Sequence[str], folder: Path | None = None, *, paths: str | None = None
) -> str:
    """What the command prints. An environment sees its own packages only, unless ``paths`` adds some."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if paths is not None:
        environment["PYTHONPATH"] = paths
    done = subprocess.run(  # noqa: S603 - commands of the table above
        command, capture_output=True, text=True, cwd=folder, env=environment
    )
    if done.returncode != 0:
        said = (done.stderr.strip() or done.stdout.strip())[-4000:]
        raise GateError(f"{' '.join(command)} ended with {done.returncode}:\n{said}")
    return done.stdout


def prepare(folder: Path) -> None:
    """Writes what the steps read: ``rows.csv`` of ``ROWS`` labelled texts, and ``given.onnx``."""
    folder.mkdir(parents=True)
    words = {"book": ("a table", "a room", "a seat"), "play": ("a song", "the radio", "some jazz")}
    rows = ["text,label"]
    for number in range(ROWS // len(words)):
        for label, things in words.items():
            rows.append(f"{label} {things[number % len(things)]} number {number},{label}")
    (folder / "rows.csv").write_text("\n".join(rows) + "\n", "utf-8")
    export = ["-m", "neurolite_export.cli", "--int8", "--out", str(folder)]
    _checked([sys.executable, *export], paths=os.environ.get("PYTHONPATH"))
    (folder / "neurolite-intents-int8.onnx").rename(folder / "given.onnx")


def _merge(out: Path, run: dict[str, Any]) -> None:
    """Puts a run in the place of the one before it of the same trial and end."""
    runs = json.loads(read_limited(out, _LIMIT))["runs"] if out.exists() else []
    kept = [old for old in runs if (old["trial"], old["end"]) != (run["trial"], run["end"])]
    order = [(trial, end) for trial in TRIALS for end in ENDS]
    kept = sorted([*kept, run], key=lambda entry: order.index((entry["trial"], entry["end"])))
    write_result(out, {"benchmark": "ranges", "runs": kept})


def _tried(name: str, end: str, environments: Path | None, given: Path, out: Path) -> bool:
    """Makes an environment, runs the trial in it and says how it went."""
    with tempfile.TemporaryDirectory() as scratch:
        environment = Environment(_uv(), Path(environments or scratch).absolute() / f"{name}-{end}")
        work = Path(scratch, "work")
        shutil.copytree(given, work)
        try:
            environment.make(TRIALS[name].extras, ENDS[end], reuse=environments is not None)
            _merge(out, run_trial(name, end, environment, work))
        except GateError as error:
            typer.echo(f"{name}, {end}: {error}", err=True)
            return False
        typer.echo(f"{name}, {end}: passed")
        return True


def _uv() -> str:
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv is None:
        raise MissingDependencyError("uv is not installed. Install it: pip install uv")
    return uv


def main(
    trial: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(TRIALS)}; all without it.")
    ] = None,
    end: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(ENDS)}; both without it.")
    ] = None,
    environments: Annotated[
        Path | None,
        typer.Option(
            help="Keep the environments in this folder, and take up those that are there."
        ),
    ] = None,
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "ranges.json",
) -> None:
    """Run the oldest and the newest releases that pyproject.toml allows."""
    with exit_codes(), tempfile.TemporaryDirectory() as scratch:
        names, ends = trial or list(TRIALS), end or list(ENDS)
        for name in names:
            require_choice("--trial", name, TRIALS)
        for which in ends:
            require_choice("--end", which, ENDS)
        _uv()
        given = Path(scratch, "given")
        prepare(given)
        failed = [
            f"{name} {which}"
            for name in names
            for which in ends
            if not _tried(name, which, environments, given, out)
        ]
        if failed:
            typer.echo(f"Failed: {', '.join(failed)}.", err=True)
            raise typer.Exit(EXIT_REFUSED)


if __name__ == "__main__":
    typer.run(main)
