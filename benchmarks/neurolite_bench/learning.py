"""What learning on the device costs.

``python -m neurolite_bench.learning`` times additions to a store and searches in it with random vectors. How well a
learner answers is measured by ``few_shot``.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

from neurolite_bench.results import RESULTS, write_result
from neurolite_core.answer.similarity import cut
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import WORDS
from neurolite_core.ground.command_line import exit_codes
from neurolite_runtimes.learning import Learner
from neurolite_runtimes.learning.scoring import SPIKING
from neurolite_runtimes.learning.search import Exact

SIZE: Final = 256
STORED: Final = 10_000
LABELS: Final = 150
TIMED: Final = 200
RESULT: Final = RESULTS / "learning.json"
_METADATA: Final = ArtifactMetadata(
    task="embedding", labels=(), threshold=None, max_words=256, max_bytes=4096, num_hashes=16,
    table_size=512, embedding_size=SIZE, parameters=1, target="onnx", precision="float32", name="random vectors",
    weights="none", model_id="0" * 32, input_name="bytes", input_type="uint8", buckets=(),
    outputs=("embedding",), tools={},
)  # fmt: skip


class Random:
    """A session of random vectors, which cost next to nothing."""

    is_reference: Final = False
    sealed: Final = True
    runtime: Final = "numpy"
    settings: Final[Mapping[str, str]] = {}
    metadata: Final = _METADATA

    def __init__(self) -> None:
        self._rng = np.random.default_rng(1)
        self.seconds = 0.0

    def run_bytes(
        self, packed: NDArray[np.uint8], _: object = None
    ) -> Mapping[str, NDArray[np.generic]]:
        """A random vector for each text."""
        begun = time.perf_counter()
        vectors = self._rng.standard_normal((len(packed), SIZE)).astype(np.float32)
        self.seconds += time.perf_counter() - begun
        return {"embedding": vectors, WORDS: np.ones(len(packed), np.int32)}


def milliseconds(step: Callable[[int], object], count: int = TIMED) -> dict[str, float]:
    """Medians of a step: on the clock, and of this process's own processor time, which others do not lengthen."""
    clock, own = [], []
    for number in range(count):
        begun, begun_own = time.perf_counter(), time.process_time()
        step(number)
        own.append(1e3 * (time.process_time() - begun_own))
        clock.append(1e3 * (time.perf_counter() - begun))
    return {"clock": round(median(clock), 3), "processor": round(median(own), 3)}


def cost(folder: Path) -> dict[str, Any]:
    """Times of additions to a small and a large store, and of searches in the large one."""
    found: dict[str, Any] = {}
    sizes = []
    with Learner.open(Random(), folder / "cost.nls") as learner:
        for stored in (10, STORED):
            missing = stored - len(learner.memory)
            learner.add_all(
                (f"label {row % LABELS}", f"text {stored} {row}") for row in range(missing)
            )
            before = (folder / "cost.nls").stat().st_size

            def add(number: int, base: int = stored) -> int:
                return learner.add(f"label {number % LABELS}", f"new {base} {number}")

            found[f"add_at_{stored}"] = milliseconds(add)
            sizes.append(((folder / "cost.nls").stat().st_size - before) / TIMED)
        with (folder / "plain").open("wb") as plain:
            data = bytes(round(sizes[-1]))

            def durable(_: int) -> None:
                plain.write(data)
                plain.flush()
                os.fsync(plain.fileno())

            found["write_and_fsync_alone"] = milliseconds(durable)
        rng = np.random.default_rng(2)
        queries = cut(rng.standard_normal((TIMED, SIZE)), SIZE)
        index = Exact()
        found["search"] = milliseconds(lambda row: index.nearest(learner.memory, queries[row], 3))
        learner.answer_vector(queries[0])
        found["classify"] = milliseconds(lambda row: learner.answer_vector(queries[row]))
    begun = time.perf_counter()
    with Learner.open(Random(), folder / "cost.nls", write=False, way=SPIKING) as learner:
        found["open_ms"] = round(1e3 * (time.perf_counter() - begun), 1)
        learner.answer_vector(queries[0])
        found["classify_spiking"] = milliseconds(lambda row: learner.answer_vector(queries[row]))
    return {"stored": STORED, "dimension": SIZE, "bytes_an_addition": sizes, "milliseconds": found}


def cost_table(result: dict[str, Any]) -> str:
    """What an addition and a search take, for docs/learning.md."""
    found = result["cost"]["milliseconds"]
    names = {
        "add_at_10": "an addition beyond its embedding, at 10 examples",
        f"add_at_{STORED}": f"the same at {STORED:,}",
        "write_and_fsync_alone": "as many bytes written, with fsync, and nothing else",
        "search": f"the nearest three of {STORED:,} examples found",
        "classify": f"an answer with evidence, at {STORED:,} examples",
        "classify_spiking": "the same in the spiking way",
    }
    lines = ["| median, milliseconds | on the clock | of the processor |", "|---|---|---|"]
    for key, name in names.items():
        lines.append(f"| {name} | {found[key]['clock']:.2f} | {found[key]['processor']:.2f} |")
    return "\n".join(lines)


def main(
    out: Annotated[Path, typer.Option(help="Where the result goes.")] = RESULT,
) -> None:
    """Times additions and searches."""
    with exit_codes(), tempfile.TemporaryDirectory() as scratch:
        found = {"cost": cost(Path(scratch))}
        typer.echo(str(found["cost"]))
        write_result(out, found)


if __name__ == "__main__":
    typer.run(main)
