"""Fuzzes the C library of models: ``python -m neurolite_bench.c_fuzz``.

Made texts to ``c_models`` by every instruction set of this machine, compared with plain C to the bit, and files of
models with numbers that were changed, with AddressSanitizer and UndefinedBehaviorSanitizer; then more texts without
them. ``runtimes/native/fuzz/model_fuzz.c`` does it and says what a round is.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.c_build import SANITIZERS, compiled, version_of
from neurolite_bench.c_models import made_models
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import GateError
from neurolite_runtimes.native_build import source_folder

RESULT: Final = RESULTS / "c_fuzz.json"
STATUSES: Final = ("opened", "NULL", "not a model", "damaged", "unsupported")
_MOST: Final = 10**10
_SHOWN: Final = 2_000


@dataclass(frozen=True, slots=True)
class Fuzzing:
    """One kind of run.

    Attributes:
        kind: ``texts`` or ``blobs``.
        sanitized: with both sanitizers.
        rounds: how many are wanted.
    """

    kind: str
    sanitized: bool
    rounds: int


def fuzzed(
    run: Fuzzing,
    program: Path,
    models: Sequence[Path],
    *,
    seed: int,
    processes: int,
    seconds: float,
) -> dict[str, Any]:
    """Rounds in a few processes, each with numbers of its own, and what came out.

    Args:
        run: which.
        program: compiled.
        models: files.
        seed: of all chance.
        processes: at once.
        seconds: after which a process stops; 0: none.

    Raises:
        GateError: a round failed.
    """
    share = -(-run.rounds // processes)
    started = [
        subprocess.Popen(  # noqa: S603  # compiled a moment ago
            [str(program), run.kind, str(seed), str(place * share), str(share), str(seconds), *map(str, models)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for place in range(processes)
    ]  # fmt: skip
    found = [_answer(process) for process in started]
    compared: Counter[str] = Counter()
    for one in found:
        compared.update(one["compared"])
    sums = {key: sum(one[key] for one in found) for key in ("rounds", "opened", "verified")}
    statuses = [sum(column) for column in zip(*(one["statuses"] for one in found), strict=True)]
    row = {
        "kind": run.kind, "sanitized": run.sanitized, "wanted": run.rounds, "seed": seed, "processes": processes,
        "rounds": sums["rounds"], "seconds": max(one["seconds"] for one in found),
        "compared_with_plain_c": dict(compared),
    }  # fmt: skip
    if run.kind == "blobs":
        row |= {"verified": sums["verified"], **dict(zip(STATUSES, statuses, strict=False))}
    return row


def _answer(process: subprocess.Popen[str]) -> dict[str, Any]:
    out, errors = process.communicate()
    if process.returncode != 0:
        raise GateError(f"model_fuzz ended with {process.returncode}: {errors[-_SHOWN:]}")
    answer: dict[str, Any] = json.loads(out)
    return answer


def fuzz_table(result: dict[str, Any]) -> str:
    """A row of each kind of run."""
    lines = [
        "| rounds of | with ASan and UBSan | done | opened | verified | compared with plain C |",
        "|---|---|---:|---:|---:|---|",
    ]
    for row in result["runs"]:
        compared = ", ".join(
            f"{name} {number:,}" for name, number in row["compared_with_plain_c"].items()
        )
        opened = f"{row['opened']:,} | {row['verified']:,}" if "opened" in row else "all | all"
        sanitized = "yes" if row["sanitized"] else "no"
        kind = "damaged files" if row["kind"] == "blobs" else "texts"
        lines.append(f"| {kind} | {sanitized} | {row['rounds']:,} | {opened} | {compared} |")
    return "\n".join(lines)


def measure(
    runs: Sequence[Fuzzing], *, compiler: str, seed: int, processes: int, seconds: float
) -> Iterator[dict[str, Any]]:
    """Each run's row as it ends.

    Raises:
        GateError: a round failed.
    """
    source = source_folder() / "fuzz" / "model_fuzz.c"
    with tempfile.TemporaryDirectory(prefix="neurolite-fuzz-") as name:
        folder = Path(name)
        models = []
        for number, content in enumerate(made_models(seed).values()):
            models.append(folder / f"{number:02}.nlm")
            models[-1].write_bytes(content)
        programs = {
            sanitized: compiled(
                source,
                folder / f"built-{sanitized}",
                compiler=compiler,
                flags=SANITIZERS if sanitized else (),
            )
            for sanitized in {run.sanitized for run in runs}
        }
        for run in runs:
            program = programs[run.sanitized]
            yield fuzzed(run, program, models, seed=seed, processes=processes, seconds=seconds)


def main(
    texts: Annotated[int, typer.Option(help="Texts with sanitizers.")] = 10_000_000,
    blobs: Annotated[int, typer.Option(help="Damaged files with sanitizers.")] = 1_000_000,
    plain_texts: Annotated[int, typer.Option(help="Texts without sanitizers.")] = 100_000_000,
    seconds: Annotated[float, typer.Option(help="Most of each of the three; 0: no limit.")] = 0,
    seed: Annotated[int, typer.Option(help="Of models, texts and damage.")] = 1,
    processes: Annotated[int, typer.Option(help="At once.")] = 2,
    compiler: Annotated[
        str, typer.Option(help="clang, gcc; by default the first that is there.")
    ] = "",
    out: Annotated[Path, typer.Option(help="The JSON file.")] = RESULT,
) -> None:
    """Fuzz the C library of models; exit 1 when a fault is found."""
    with exit_codes():
        for name, value in (("--texts", texts), ("--blobs", blobs), ("--plain-texts", plain_texts)):
            require_range(name, value, 0, _MOST)
        require_range("--processes", processes, 1, 256)
        chosen = compiler or next(filter(shutil.which, ("clang", "gcc", "cc")), "cc")
        wanted = [Fuzzing("texts", True, texts), Fuzzing("blobs", True, blobs)]
        wanted += [Fuzzing("texts", False, plain_texts)]
        rows = []
        for row in measure(
            [run for run in wanted if run.rounds], compiler=chosen, seed=seed, processes=processes, seconds=seconds
        ):  # fmt: skip
            typer.echo(json.dumps(row))
            rows.append(row)
        found = {
            "command": "python -m neurolite_bench.c_fuzz",
            "compiler": version_of(chosen),
            "runs": rows,
        }
        write_result(out, found)


if __name__ == "__main__":
    typer.run(main)
