"""Two trainings at once against one: what they cost each other, waiting passively and spinning.

``python -m neurolite_bench.side_by_side`` trains on the package's own queries, alone and beside another, in turn. On a
machine whose processors are all taken by one training, two take twice as long if nothing is lost. Threads that spin
while they wait take processor time from those that they wait for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_core.ground.processors import available_processors
from neurolite_core.models.default import DEFAULT_CHECKPOINT

RESULT: Final = RESULTS / "side_by_side.json"
MOST: Final = 2.3
# The second is libgomp's own default, from before our commands asked for passive waiting.
SETTINGS: Final = {"passive": {}, "spinning": {"GOMP_SPINCOUNT": "300000"}}
_UNSET: Final = ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "MKL_NUM_THREADS")
_LONGEST_S: Final = 1800


def train_at_once(count: int, epochs: int, variables: dict[str, str]) -> float:
    """Starts ``count`` trainings together; seconds of the loop of the slowest.

    Args:
        count: processes.
        epochs: of each.
        variables: of their environment.

    Raises:
        NeuroLiteError: one of them failed.
    """
    kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
    with tempfile.TemporaryDirectory() as folder:
        started = [
            subprocess.Popen(  # noqa: S603  # this Python, our own module
                [
                    *(sys.executable, "-m", "neurolite_core.training"),
                    *(
                        str(DEFAULT_CHECKPOINT / "probes.jsonl"),
                        "--epochs",
                        str(epochs),
                        "--start",
                        "none",
                    ),
                    *("--out", str(Path(folder) / str(number)), "--json"),
                ],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=kept | variables,
            )
            for number in range(count)
        ]
        seconds = []
        for process in started:
            out, error = process.communicate(timeout=_LONGEST_S)
            if process.returncode != 0:
                raise NeuroLiteError(error.decode("utf-8", "replace")[-600:])
            seconds.append(json.loads(out)["seconds"])
    return float(max(seconds))


def measure(rounds: int, epochs: int) -> dict[str, Any]:
    """Seconds of one and of two, by setting; the settings and counts take turns in every round."""
    found: dict[str, dict[str, list[float]]] = {
        name: {"one_s": [], "two_s": []} for name in SETTINGS
    }
    for _ in range(rounds):
        for name, variables in SETTINGS.items():
            found[name]["one_s"].append(train_at_once(1, epochs, variables))
            found[name]["two_s"].append(train_at_once(2, epochs, variables))
    return {
        "processors": available_processors(),
        "rounds": rounds,
        "epochs": epochs,
        "most": MOST,
        "settings": {
            name: {**times, "ratio": median(times["two_s"]) / median(times["one_s"])}
            for name, times in found.items()
        },
    }


def main(
    rounds: Annotated[int, typer.Option(help="How often each is trained, in turn.")] = 3,
    epochs: Annotated[int, typer.Option(help="Of each training.")] = 40,
    out: Annotated[Path, typer.Option(help="File of the result.")] = RESULT,
) -> None:
    """Measure two trainings at once against one, and write the result; exit 1 if they take more than 2.3 times."""
    with exit_codes():
        result = measure(rounds, epochs)
        write_result(out, result)
        table = Table("waiting", "one, s", "two at once, s", "times")
        for name, row in result["settings"].items():
            one, two = median(row["one_s"]), median(row["two_s"])
            table.add_row(name, f"{one:.1f}", f"{two:.1f}", f"{row['ratio']:.2f}")
        Console().print(table)
        if result["settings"]["passive"]["ratio"] > MOST:
            raise typer.Exit(1)


if __name__ == "__main__":
    typer.run(main)
