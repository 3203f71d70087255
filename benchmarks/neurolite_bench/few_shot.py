"""New labels from a few examples each, by the learner, on clinc150's test rows.

``python -m neurolite_bench.few_shot --encoder FILE.onnx`` teaches a store 5 and 10 examples of each of the 150 labels
and asks all 4,500 test rows and the 1,000 out of scope, in every way of answering, before corrections and after them.
The first examples are those of ``fewshot/clinc150``; more draws are of the training rows. Nothing is chosen here: the
settings are those of ``learning_settings``. all-MiniLM-L6-v2 stands beside with the same draws (``--teacher``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

from neurolite_bench.continual.method import accuracy
from neurolite_bench.continual.streams import TEST, Rows, Stream, read_clinc150
from neurolite_bench.continual.taught import Embedded, batch_scores
from neurolite_bench.learning_settings import draw, nearest_mean, truths_of
from neurolite_bench.quality_measure import auroc
from neurolite_bench.quality_sets import data_folder, read_rows
from neurolite_bench.quality_tables import percent
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.answer.similarity import cut
from neurolite_core.ground.command_line import exit_codes
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.learning import WAYS, Learner
from neurolite_runtimes.learning.scoring import PROTOTYPES, SPIKING

RESULT: Final = RESULTS / "few_shot.json"
EACH: Final = (5, 10)
FITTED: Final = "prototypes, fitted"
CORRECTED: Final = (
    200  # validation rows that are asked, and corrected where they are answered wrongly
)
FIRST: Final = "fewshot/clinc150/train_{}.csv"
ASKED: Final = "clinc150/val.csv"
OUTSIDE: Final = "clinc150/oos_test.csv"

Vectors = NDArray[np.float32]
Embed = Callable[[Sequence[str]], Vectors]
Figures = dict[str, float]


def read_draws(stream: Stream, data: Path, draws: int) -> dict[int, list[Rows]]:
    """Examples, by how many a label.

    Args:
        stream: clinc150, with or without vectors.
        data: folder of the data sets.
        draws: how many of each.

    Raises:
        InputError: a file is missing.
    """
    place = {text: row for row, text in enumerate(stream.train.texts)}
    found: dict[int, list[Rows]] = {}
    for each in EACH:
        rows = read_rows(data / FIRST.format(each))
        first = stream.train.at(np.array([place[text] for text, _ in rows]))
        found[each] = [first, *(draw(stream.train, each, seed) for seed in range(1, draws))]
    return found


class Questions:
    """What every store is asked.

    Attributes:
        stream: clinc150 with its vectors; the judged rows are those of the test.
        outside: float32 [O, D], vectors of texts without a label.
        asked: rows that are asked before, and corrected.
    """

    def __init__(self, stream: Stream, outside: Vectors, asked: Rows) -> None:
        self.stream, self.outside, self.asked = stream, outside, asked

    def figures(self, learner: Learner, way: str) -> Figures:
        """Accuracy of a store as a share, and AUROC where its prototypes answer."""
        judged, memory = self.stream.judged, learner.memory
        if way == SPIKING:  # corrections change what fires, which has no formula for many texts
            names = [self.stream.labels[label] for label in judged.labels]
            answers = [learner.answer_vector(vector, evidence=0).label for vector in judged.vectors]
            right = [answer == name for answer, name in zip(answers, names, strict=True)]
            return {"accuracy": sum(right) / len(right)}
        scores = batch_scores(memory, judged.vectors, way)
        found = {"accuracy": accuracy(scores, truths_of(memory, self.stream))}
        if way == PROTOTYPES and memory.weights is None:
            strange = batch_scores(memory, self.outside, way)
            found["auroc"] = auroc(scores.max(axis=1), strange.max(axis=1))
        return found

    def wrong(self, learner: Learner) -> Iterator[tuple[str, str]]:
        """Of the rows that are asked, those that the store answers wrongly, with what would be right."""
        for text, label, vector in zip(
            self.asked.texts, self.asked.labels, self.asked.vectors, strict=True
        ):
            name = self.stream.labels[label]
            if learner.answer_vector(vector, evidence=0).label != name:
                yield text, name


def taught(
    session: Embedded, examples: Rows, questions: Questions, way: str, folder: Path
) -> Figures:
    """A store that learned the examples: its figures, and its accuracy after corrections."""
    fitted = way == FITTED
    path = folder / "few.nls"
    path.unlink(missing_ok=True)
    names = questions.stream.labels
    with Learner.open(session, path, way=PROTOTYPES if fitted else way) as learner:
        pairs = zip((names[label] for label in examples.labels), examples.texts, strict=True)
        learner.add_all(pairs)
        if fitted:
            learner.fit()
        kind = PROTOTYPES if fitted else way
        found = questions.figures(learner, kind)
        for text, label in [*questions.wrong(learner)]:
            learner.correct(text, label)
        if fitted:
            learner.fit()
        found["corrected"] = questions.figures(learner, kind)["accuracy"]
    return found


def measure(encoder: Path, stream: Stream, data: Path, draws: int, folder: Path) -> dict[str, Any]:
    """All ways on one exported encoder.

    Raises:
        InputError: the file gives no embeddings, or a data file is missing.
    """
    artifact = open_artifact(encoder)

    def embed(texts: Sequence[str]) -> Vectors:
        return cut(run(artifact, texts).values["embedding"], artifact.metadata.embedding_size)

    outside = embed([text for text, _ in read_rows(data / OUTSIDE)])
    here = stream.embedded(embed)
    asked = _asked(here, data, embed)
    session = Embedded(artifact.metadata, artifact.runtime)
    session.remember(here.train)
    session.remember(asked)
    questions = Questions(here, outside, asked)
    found: dict[str, Any] = {
        "encoder": artifact.metadata.name,
        "model_id": artifact.metadata.model_id,
        "size_bytes": encoder.stat().st_size,
        "ways": {},
    }
    for each, drawn in read_draws(here, data, draws).items():
        for way in (*WAYS, FITTED):
            figures = [taught(session, rows, questions, way, folder) for rows in drawn]
            found["ways"].setdefault(way, {})[str(each)] = figures
    return found


def _asked(stream: Stream, data: Path, embed: Embed) -> Rows:
    """Evenly taken of the validation rows."""
    rows = read_rows(data / ASKED)
    rows = rows[:: len(rows) // CORRECTED][:CORRECTED]
    texts = [text for text, _ in rows]
    labels = np.array([stream.labels.index(label) for _, label in rows])
    return Rows(tuple(texts), labels, labels, embed(texts))


def few_shot_table(result: dict[str, Any]) -> str:
    """Means over the draws and their range, for docs/learning.md."""
    head = ["clinc150, test rows, %", "5 examples a label", "10", "5, corrected", "10, corrected"]
    head += ["AUROC, out of scope, 5", "10"]
    lines = [_line(head), "|" + "---|" * len(head)]
    for name, found in result["encoders"].items():
        for way, few in found["ways"].items():
            lines.append(_row(f"{name}, {way}", few))
    if "minilm" in result:
        lines.append(_row("MiniLM-L6 (90 MB), nearest mean", result["minilm"]))
    return "\n".join(lines)


def _row(name: str, few: Mapping[str, list[Figures]]) -> str:
    cells = [name]
    for figure in ("accuracy", "corrected"):
        cells += [
            percent(few[str(each)], figure) if figure in few["5"][0] else "-" for each in EACH
        ]
    for each in EACH:
        scope = [draw["auroc"] for draw in few[str(each)] if "auroc" in draw]
        cells.append(f"{np.mean(scope):.3f}" if scope else "-")
    return _line(cells)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def main(
    encoder: Annotated[
        list[str], typer.Option(help="NAME=FILE, an exported file that gives embeddings. Repeat.")
    ],
    teacher: Annotated[
        Path | None, typer.Option(help="Folder of all-MiniLM-L6-v2, to measure it beside.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data sets. [default: $NEUROLITE_DATA]")
    ] = None,
    draws: Annotated[int, typer.Option(min=1, help="Of examples.")] = 3,
    out: Annotated[Path, typer.Option(help="Where the result goes.")] = RESULT,
) -> None:
    """Teach the learner a few examples of each label, and ask clinc150's test rows."""
    with exit_codes(), tempfile.TemporaryDirectory() as scratch:
        folder = data_folder(data)
        stream = read_clinc150(folder, TEST)
        encoders = {}
        for each in encoder:
            name, _, file = each.rpartition("=")
            path = Path(file)
            encoders[name or path.stem] = measure(path, stream, folder, draws, Path(scratch))
            typer.echo(f"{name or path.stem}: done")
        result: dict[str, Any] = {"benchmark": "few shot", "draws": draws, "encoders": encoders}
        if teacher is not None:
            from neurolite_bench.baselines.minilm import embedder

            embed = embedder(teacher)
            inside = embed(stream.judged.texts)
            outside = embed([text for text, _ in read_rows(folder / OUTSIDE)])
            for count, drawn in read_draws(stream, folder, draws).items():
                found = [nearest_mean(stream, rows, embed, inside, outside) for rows in drawn]
                result.setdefault("minilm", {})[str(count)] = [
                    {"accuracy": right, "auroc": scope} for right, scope in found
                ]
        write_result(out, result)


if __name__ == "__main__":
    typer.run(main)
