"""What learning on the device costs, and how the ways of answering compare.

``python -m neurolite_bench.learning --data ../shared/data`` times additions and searches with random vectors, and
answers clinc150's test rows after 5 and 10 examples a label (``fewshot/clinc150``), before and after corrections. Until
the package has an encoder, its vectors are character n-grams under a random projection: they rank the ways, and say
nothing of an encoder.
"""

from __future__ import annotations

import csv
import json
import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
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
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited
from neurolite_runtimes.learning import WAYS, Learner
from neurolite_runtimes.learning.scoring import SPIKING
from neurolite_runtimes.learning.search import Exact

SIZE: Final = 256
FEATURES: Final = 2**15
STORED: Final = 10_000
LABELS: Final = 150
TIMED: Final = 200
TESTED: Final = 3  # every third test row
CORRECTED: Final = 200  # validation rows that are corrected where they are answered wrongly
RESULT: Final = RESULTS / "learning.json"
_LIMIT: Final = 2**24
_METADATA: Final = ArtifactMetadata(
    task="embedding", labels=(), threshold=None, max_words=256, max_bytes=4096, num_hashes=16,
    table_size=512, embedding_size=SIZE, parameters=1, target="onnx", precision="float32", name="n-grams",
    weights="a random projection", model_id="0" * 32, input_name="bytes", input_type="uint8", buckets=(),
    outputs=("embedding",), tools={},
)  # fmt: skip


class Ngrams:
    """A session of character n-grams, 2 to 5 inside words, under a random projection."""

    is_reference: Final = False
    sealed: Final = True
    runtime: Final = "scikit-learn"
    settings: Final[Mapping[str, str]] = {}
    metadata: Final = _METADATA

    def __init__(self) -> None:
        text = require("sklearn.feature_extraction.text", extra="baselines")
        self._count = text.HashingVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), n_features=FEATURES, norm=None, alternate_sign=False
        )  # fmt: skip
        self._table = np.random.default_rng(0).standard_normal((FEATURES, SIZE)).astype(np.float32)

    def run_bytes(
        self, packed: NDArray[np.uint8], _: object = None
    ) -> Mapping[str, NDArray[np.generic]]:
        """Vectors of zero-padded UTF-8 uint8 [N, T]."""
        texts = [bytes(row).rstrip(b"\0").decode("utf-8", "replace") for row in packed]
        counts = self._count.transform(texts).sqrt()
        words = np.array([len(item.split()) for item in texts], np.int32)
        return {"embedding": cut(counts @ self._table, SIZE), WORDS: words}


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


def accuracy(learner: Learner, rows: Sequence[tuple[str, NDArray[np.float32]]]) -> float:
    """Share of right labels, in per cent."""
    right = [learner.answer_vector(vector, evidence=0).label == label for label, vector in rows]
    return round(100 * sum(right) / len(right), 2)


def compared(data: Path, folder: Path) -> dict[str, Any]:
    """Accuracy of every way, before and after corrections that each hears of its own mistakes."""
    session = Ngrams()
    test = _rows(data / "test.csv")[::TESTED]
    asked = _rows(data / "valid.csv")[:: len(_rows(data / "valid.csv")) // CORRECTED][:CORRECTED]
    vectors = session.run_bytes(_packed([text for text, _ in test]))["embedding"].astype(np.float32)
    rows = [(label, vector) for (_, label), vector in zip(test, vectors, strict=True)]
    found: dict[str, Any] = {"test_rows": len(rows), "corrected_from_rows": len(asked)}
    for each in (5, 10):
        for way in (*WAYS, "logistic"):
            path = folder / f"{each}-{way}.nls"
            plain = "prototypes" if way == "logistic" else way
            with Learner.open(session, path, way=plain) as learner:
                learner.add_all((label, text) for text, label in _rows(data / f"train_{each}.csv"))
                if way == "logistic":
                    learner.fit()
                result: dict[str, Any] = {"before": accuracy(learner, rows)}
                wrong = [
                    learner.correct(text, label)
                    for text, label in asked
                    if learner.classify(text, evidence=0).label != label
                ]
                if way == "logistic":
                    learner.fit()
                result |= {"corrections": len(wrong), "after": accuracy(learner, rows)}
            found.setdefault(f"{each} examples", {})[way] = result
            typer.echo(f"{each} {way}: {result}")
    return found


def _rows(path: Path) -> list[tuple[str, str]]:
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [(row["text"], row["label"]) for row in csv.DictReader(stream)]
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}. Give --data.") from error


def _packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    data = [text.encode() for text in texts]
    found = np.zeros((len(data), max(map(len, data))), np.uint8)
    for row, text in enumerate(data):
        found[row, : len(text)] = np.frombuffer(text, np.uint8)
    return found


def ways_table(result: dict[str, Any]) -> str:
    """Accuracy of the ways, for docs/learning.md."""
    lines = [
        "| character n-grams, clinc150, % | 5 examples a label | 10 | 5, corrected | 10, corrected |",
        "|---|---|---|---|---|",
    ]
    names = {"logistic": "prototypes, fitted"}
    few, more = (result["ways"][f"{each} examples"] for each in (5, 10))
    for way in few:
        cells = (few[way]["before"], more[way]["before"], few[way]["after"], more[way]["after"])
        lines.append(f"| {names.get(way, way)} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")
    return "\n".join(lines)


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
    data: Annotated[Path, typer.Option(help="Folder with fewshot/clinc150.")] = Path(
        "../shared/data"
    ),
    out: Annotated[Path, typer.Option(help="Where the result goes.")] = RESULT,
    only: Annotated[
        str | None, typer.Option(help="cost or ways; the other stays as it is in the result.")
    ] = None,
) -> None:
    """Times additions and searches, and compares the ways of answering."""
    with exit_codes(), tempfile.TemporaryDirectory() as scratch:
        parts: dict[str, Callable[[], dict[str, Any]]] = {
            "cost": lambda: cost(Path(scratch)),
            "ways": lambda: compared(data / "fewshot" / "clinc150", Path(scratch)),
        }
        found: dict[str, Any] = {}
        if only is not None:
            require_choice("--only", only, parts)
            found = json.loads(read_limited(out, _LIMIT))
            found.pop("environment", None)
        for name, measure in parts.items():
            if only in (None, name):
                found[name] = measure()
        typer.echo(str(found["cost"]))
        write_result(out, found)


if __name__ == "__main__":
    typer.run(main)
