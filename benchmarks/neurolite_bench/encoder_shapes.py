"""What an encoder's table gives for its bytes and its time: ``python -m neurolite_bench.encoder_shapes``.

For each shape the table is solved for as ``neurolite-train --task embedding`` begins, and packed in four bits. Points
are those of the nearest class mean of clinc150's few rows (``fewshot/clinc150``), asked with its **validation** rows.
Times are of whole files in ONNX int8 with random weights, the networks behind the tables alike, in turn beside
``tiny``.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import torch
import typer
from numpy.typing import NDArray

from neurolite_bench.file_times import timed_files
from neurolite_bench.interleaved import ratio
from neurolite_bench.labelled import read_labelled
from neurolite_bench.quality_sets import Split
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.terminal import SafeConsole
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.network.model import NeuroLiteForEmbedding
from neurolite_core.network.row_packing import pack_rows
from neurolite_core.training.display import Display
from neurolite_core.training.launching import Machine
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.pretraining.run import answered_texts, solve
from neurolite_core.training.request import Request
from neurolite_core.training.sources import DataFiles
from neurolite_core.training.teaching.teachers import open_teacher
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source, seeded_source
from neurolite_export.targets import TARGETS
from neurolite_runtimes.native_library import NativeLibrary, load_library

RESULT: Final = RESULTS / "encoder_shapes.json"
FEW: Final = (5, 10)
# K, M and E: the preset's, and each of them changed.
SHAPES: Final = (
    (16, 7_168, 256),
    (8, 7_168, 256),
    (16, 4_096, 256),
    (16, 16_384, 256),
    (16, 7_168, 128),
    (16, 14_336, 128),
    (32, 7_168, 256),
)


@dataclass(frozen=True, slots=True)
class Points:
    """Right answers in percent by the nearest class mean, of 5 and of 10 rows a label.

    Attributes:
        solved: with the table as it is solved.
        packed: in four bits.
        halved: in four bits, vectors cut to their first half.
    """

    solved: tuple[float, ...]
    packed: tuple[float, ...]
    halved: tuple[float, ...]


def shape(num_hashes: int, table_size: int, width: int) -> NeuroLiteConfig:
    """The preset with another table; 256 words, so that times are those of other tables."""
    return replace(
        NeuroLiteConfig.english(),
        num_hashes=num_hashes,
        table_size=table_size,
        projection_size=width,
        max_words=256,
    )


def bags(
    texts: Sequence[str], config: NeuroLiteConfig, table: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Unit sums of a table's rows at the texts' indices, float32 [N, E]."""
    found = np.zeros((len(texts), table.shape[1]), np.float32)
    for row, text in enumerate(texts):
        indices, counts = features_of([text], config)
        found[row] = table[indices[0, : counts[0]].numpy().reshape(-1)].sum(axis=0)
    return _units(found)


def nearest_mean(
    shots: NDArray[np.float32],
    labels: Sequence[str],
    asked: NDArray[np.float32],
    truths: Sequence[str],
) -> float:
    """Share, in percent, of unit vectors [A, E] that are nearest to the mean of their label's [N, E]."""
    names, ids = np.unique(labels, return_inverse=True)
    means = np.zeros((len(names), shots.shape[1]), np.float32)
    np.add.at(means, ids, shots)
    answers = names[(asked @ _units(means).T).argmax(axis=1)]
    return round(100 * float((answers == np.asarray(truths)).mean()), 1)


def points(
    table: NDArray[np.float32], config: NeuroLiteConfig, few: Sequence[Split], asked: Split
) -> Points:
    """Of one solved table."""

    def of(found: NDArray[np.float32], width: int) -> tuple[float, ...]:
        queries = _units(bags(asked.texts, config, found)[:, :width])
        return tuple(
            nearest_mean(
                _units(bags(rows.texts, config, found)[:, :width]),
                rows.labels,
                queries,
                asked.labels,
            )
            for rows in few
        )

    packed = pack_rows(table).unpacked()
    width = table.shape[1]
    return Points(of(table, width), of(packed, width), of(packed, width // 2))


def times(
    shapes: Sequence[tuple[int, int, int]], rounds: int, library: NativeLibrary
) -> dict[str, dict[str, Any]]:
    """Of each shape beside tiny: megabytes, and times as long at 12 and 256 words, by body and by native op."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        target = TARGETS["onnx"].load()
        files = {"tiny": _file(seeded_source("tiny", 0), target, Path(folder) / "tiny")}
        for item in shapes:
            torch.manual_seed(0)
            network = NeuroLiteForEmbedding(shape(*item)).eval()
            files[name_of(item)] = _file(
                Source(network, "shape", "random"), target, Path(folder) / name_of(item)
            )
    for way, timings in timed_files(files, rounds, library):
        for name, timing in timings.items():
            row = found.setdefault(name, {"megabytes": round(len(files[name]) / 1e6, 3)})
            row[way] = {
                "milliseconds": round(timing.median_ms, 4),
                "times_tiny": asdict(ratio(timing, timings["tiny"])),
            }
    return found


def shapes_table(result: dict[str, Any]) -> str:
    """A row per shape: points, megabytes of the whole file, and times as long as tiny."""
    ways = [
        f"{kind}, {way}"
        for way in ("native op", "function body")
        for kind in ("12 words", "256 words")
    ]
    head = [
        "hashes, rows x columns",
        "5 / 10 rows a label",
        "as solved",
        "cut to half",
        "MB",
        *ways,
    ]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for name, row in result["shapes"].items():
        if "points" not in row:
            continue
        cells = [name, *(_pair(row["points"][kind]) for kind in ("packed", "solved", "halved"))]
        cells.append(f"{row['megabytes']:.2f}")
        cells += [f"{row[way]['times_tiny']['median']:.2f}" for way in ways]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _pair(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.1f}" for value in values)


def name_of(item: tuple[int, int, int]) -> str:
    """As the table's rows are called."""
    return f"K {item[0]}, {item[1]:,} x {item[2]}"


def _file(source: Source, target: Any, folder: Path) -> bytes:  # noqa: ANN401  # of any protocol
    return export(source, target, "int8", folder, built_in_probes()).path.read_bytes()


def _units(x: NDArray[np.float32]) -> NDArray[np.float32]:
    found: NDArray[np.float32] = x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)
    return found


def main(
    texts: Annotated[list[str], typer.Argument(help="As of neurolite-train --task embedding.")],
    teacher: Annotated[Path, typer.Option(help="Folder of a sentence encoder.")],
    work: Annotated[Path, typer.Option(help="Folder for what the teacher says.")],
    data: Annotated[Path, typer.Option(help="Folder that holds clinc150/ and fewshot/.")] = Path(
        "../shared/data"
    ),
    rounds: Annotated[int, typer.Option(help="How often all are timed in turn.")] = 20,
    out: Annotated[Path, typer.Option(help="The JSON file.")] = RESULT,
) -> None:
    """Measure shapes of an encoder's table: points, bytes and time. Takes a minute or two of a core for each."""
    with exit_codes():
        require_range("--rounds", rounds, 1, 10_000)
        library = load_library()  # missing, it is missed before anything takes long
        few = [read_labelled(data / f"fewshot/clinc150/train_{count}.csv") for count in FEW]
        asked = read_labelled(data / "clinc150/val.csv")
        measured: dict[str, dict[str, Any]] = {}
        with Display(SafeConsole(stderr=True)) as display:
            for item in SHAPES:
                request = Request(
                    files=DataFiles(train=tuple(texts)),
                    config=shape(*item),
                    options=TrainingOptions(variants=0),
                    machine=Machine(),
                    out=work,
                    work=work,
                )
                found, vectors = answered_texts(open_teacher(teacher), request, display)
                table = solve(found, vectors, request, display).table
                measured[name_of(item)] = asdict(points(table, request.config, few, asked))
                display.note(f"{name_of(item)}: {measured[name_of(item)]}")
        timed = times(SHAPES, rounds, library)
        for name, row in measured.items():
            timed[name]["points"] = row
        write_result(
            out,
            {
                "command": "python -m neurolite_bench.encoder_shapes",
                "texts": len(found.rows),
                "few": FEW,
                "load_average": [round(value, 2) for value in os.getloadavg()],
                "shapes": timed,
            },
        )
        typer.echo(json.dumps(timed, indent=2))


if __name__ == "__main__":
    typer.run(main)
