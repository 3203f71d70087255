"""How the learner's settings were chosen: on clinc150's validation rows, never on its test rows.

``python -m neurolite_bench.learning_settings --encoder FILE.onnx`` draws few examples a label from the training rows
several times, asks the validation rows and the out-of-scope ones for validation and training, and writes
``benchmarks/results/learning_settings.json``. all-MiniLM-L6-v2 stands beside (``--teacher``).
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Final

import numpy as np
import typer
from numpy.typing import NDArray

from neurolite_bench.continual.method import Scores, accuracy
from neurolite_bench.continual.streams import VALIDATION, Rows, Stream, read_clinc150
from neurolite_bench.continual.taught import Embedded, batch_scores
from neurolite_bench.quality_measure import auroc
from neurolite_bench.quality_sets import data_folder, read_rows
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.answer.similarity import Similarity, cut, fit_similarity
from neurolite_core.ground.command_line import exit_codes
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.learning import Learner, Settings
from neurolite_runtimes.learning.calibration import similarity_of
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.scoring import EPISODIC, PROTOTYPES

RESULT: Final = RESULTS / "learning_settings.json"
OUTSIDE: Final = ("clinc150/oos_val.csv", "clinc150/oos_train.csv")
EACH: Final = (2, 3, 4, 5, 10)
FOCUS: Final = (8.0, 16.0, 32.0)
GAINS: Final = (0.1, 0.25)
COVERAGES: Final = (0.8, 0.85, 0.9, 0.95)
NEIGHBOURS: Final = 5

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Found = dict[str, list[float]]


def draw(rows: Rows, each: int, seed: int) -> Rows:
    """So many rows of every label."""
    rng = np.random.default_rng(seed)
    chosen = [
        rng.choice(np.flatnonzero(rows.labels == label), each, replace=False)
        for label in np.unique(rows.labels)
    ]
    return rows.at(np.concatenate(chosen))


def truths_of(memory: Memory, stream: Stream) -> NDArray[np.int64]:
    """Of the judged rows, int64 [N]: places of their labels among those of a store's scores."""
    places = {name: place for place, name in enumerate(stream.labels)}
    of_store = np.array([places[memory.names[number]] for number in memory.table().labels])
    found: NDArray[np.int64] = np.argsort(of_store)[stream.judged.labels]
    return found


class Asked:
    """What a store is asked, and how it is begun.

    Args:
        stream: clinc150, embedded.
        outside: float32 [O, D], vectors of texts without a label.
        session: with the training rows' vectors.
        folder: for stores.
    """

    def __init__(
        self, stream: Stream, outside: NDArray[np.float32], session: Embedded, folder: Path
    ) -> None:
        self.stream = stream
        self.inside = stream.judged.vectors
        self.outside = outside
        self._session = session
        self._path = folder / "study.nls"

    def memory(self, rows: Rows, *, fit: bool = False, settings: Settings | None = None) -> Memory:
        """Of a store that was taught rows."""
        self._path.unlink(missing_ok=True)
        with Learner.open(self._session, self._path, settings=settings) as learner:
            names = self.stream.labels
            pairs = zip((names[label] for label in rows.labels), rows.texts, strict=True)
            learner.add_all(pairs, skip_empty=True)
            if fit:
                learner.fit()
            return learner.memory

    def accuracy(self, memory: Memory, scores: Scores) -> float:
        """In per cent, of scores of the validation rows."""
        return 100 * accuracy(scores, truths_of(memory, self.stream))


def few_rows(asked: Asked, each: int, seed: int) -> Iterator[tuple[str, str, float]]:
    """Study, row and figure of one draw: accuracy of the ways, AUROC of scores, what coverages come to."""
    rows = draw(asked.stream.train, each, seed)
    memory = asked.memory(rows)
    near, far = (batch_scores(memory, v, PROTOTYPES) for v in (asked.inside, asked.outside))
    yield "accuracy", "prototypes", asked.accuracy(memory, near)
    fitted = asked.memory(rows, fit=each > 2)
    similarity = similarity_of(memory)
    if each > 2 and similarity is not None:
        logits, strange = (
            batch_scores(fitted, v, PROTOTYPES) for v in (asked.inside, asked.outside)
        )
        yield "accuracy", "fitted", asked.accuracy(fitted, logits)
        both, neither = logits + similarity.sharpness * near, strange + similarity.sharpness * far
        yield "accuracy", "sum of both", asked.accuracy(fitted, both)
        yield "scope", "the fit's largest logit", auroc(logits.max(axis=1), strange.max(axis=1))
        yield "scope", "the fit's energy", auroc(_energy(logits), _energy(strange))
        yield "scope", "energy of the sum", auroc(_energy(both), _energy(neither))
        yield "scope", "the fit's probability", auroc(_largest(logits), _largest(strange))
    for focus in FOCUS:
        votes = _episodic(memory, asked.inside, focus)
        yield "accuracy", f"episodic, focus {focus:g}", asked.accuracy(memory, votes)
    yield "scope", "nearest prototype", auroc(near.max(axis=1), far.max(axis=1))
    stored = memory.vectors[memory.rows()].T
    for count in (1, NEIGHBOURS):
        own, other = (_nearest(v @ stored, count) for v in (asked.inside, asked.outside))
        yield "scope", f"mean of the {count} nearest examples", auroc(own, other)
    yield from _coverages(memory, near.max(axis=1), far.max(axis=1))


def _episodic(memory: Memory, vectors: NDArray[np.float32], focus: float) -> Scores:
    """As a store of another focus answers; its prototypes are the same."""
    memory.header = replace(memory.header, settings=replace(memory.header.settings, focus=focus))
    return batch_scores(memory, vectors, EPISODIC)


def _coverages(memory: Memory, inside: Scores, outside: Scores) -> Iterator[tuple[str, str, float]]:
    rows = memory.rows()
    for coverage in COVERAGES:
        found = fit_similarity(
            memory.vectors[rows], memory.labels[rows], memory.header.dimension, coverage=coverage
        )
        if found is not None:
            yield "answered", f"{coverage:.0%}", 100 * _above(found, inside)
            yield "refused", f"{coverage:.0%}", 100 - 100 * _above(found, outside)


def _above(similarity: Similarity, steady: Scores) -> float:
    return float((similarity.in_scope(steady) >= similarity.threshold).mean())


def _nearest(cosines: NDArray[np.floating], count: int) -> Scores:
    found: Scores = np.sort(cosines, axis=1)[:, -count:].mean(axis=1).astype(np.float64)
    return found


def _energy(logits: Scores) -> Scores:
    """Logarithm of the sum of exponentials (Liu et al. 2020, arXiv:2010.03759)."""
    top = logits.max(axis=1)
    found: Scores = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
    return found


def _largest(logits: Scores) -> Scores:
    found: Scores = logits.max(axis=1) - _energy(logits)
    return found


def beside(stream: Stream, outside: Sequence[str], embed: Embed, seeds: int) -> dict[str, Any]:
    """The nearest mean on another encoder's vectors, with the same draws."""
    inside, strange = embed(stream.judged.texts), embed(outside)
    found: dict[str, Any] = {}
    for each in (5, 10):
        for seed in range(seeds):
            rows = draw(stream.train, each, seed)
            right, scope = nearest_mean(stream, rows, embed, inside, strange)
            values = found.setdefault(str(each), {"accuracy": [], "scope": []})
            values["accuracy"].append(100 * right)
            values["scope"].append(scope)
    return found


def nearest_mean(
    stream: Stream,
    examples: Rows,
    embed: Embed,
    inside: NDArray[np.float32],
    outside: NDArray[np.float32],
) -> tuple[float, float]:
    """Accuracy and AUROC of the nearest of the labels' mean vectors.

    Args:
        stream: whose judged rows are asked.
        examples: of its labels.
        embed: the encoder.
        inside: its vectors of the judged rows, float32 [N, D].
        outside: of texts without a label, float32 [O, D].
    """
    vectors = embed(examples.texts)
    sums = np.zeros((len(stream.labels), vectors.shape[1]))
    np.add.at(sums, examples.labels, vectors)
    means = cut(sums, vectors.shape[1])
    near, far = inside @ means.T, outside @ means.T
    right = accuracy(near.astype(np.float64), stream.judged.labels)
    return right, auroc(near.max(axis=1), far.max(axis=1))


def many_rows(asked: Asked) -> dict[str, float]:
    """Accuracy of prototypes on all training rows, by the gain from which on they are split."""
    found = {}
    for gain in (*GAINS, 1.0):
        memory = asked.memory(asked.stream.train, settings=Settings(split_gain=gain))
        scores = batch_scores(memory, asked.inside, PROTOTYPES)
        name = "one a label" if gain == 1 else f"split from a gain of {gain:g}"
        found[name] = round(asked.accuracy(memory, scores), 2)
    for focus in FOCUS:
        votes = _episodic(memory, asked.inside, focus)
        found[f"episodic, focus {focus:g}"] = round(asked.accuracy(memory, votes), 2)
    return found


def main(
    encoder: Annotated[Path, typer.Option(help="An exported file that gives embeddings.")],
    teacher: Annotated[
        Path | None, typer.Option(help="Folder of all-MiniLM-L6-v2, to measure it beside.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the data sets. [default: $NEUROLITE_DATA]")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="Draws of examples.")] = 5,
    out: Annotated[Path, typer.Option(help="Where the result goes.")] = RESULT,
) -> None:
    """Compare the learner's settings on validation rows."""
    with exit_codes(), tempfile.TemporaryDirectory() as scratch:
        folder = data_folder(data)
        session = open_artifact(encoder)

        def embed(texts: Sequence[str]) -> NDArray[np.float32]:
            return cut(run(session, texts).values["embedding"], session.metadata.embedding_size)

        outside = [text for name in OUTSIDE for text, _ in read_rows(folder / name)]
        stream = read_clinc150(folder, VALIDATION).embedded(embed)
        known = Embedded(replace(session.metadata, similarities=()), session.runtime)
        known.remember(stream.train)
        asked = Asked(stream, embed(outside), known, Path(scratch))
        few: dict[str, dict[str, Found]] = {}
        for each in EACH:
            for seed in range(seeds):
                for study, row, value in few_rows(asked, each, seed):
                    found = few.setdefault(study, {}).setdefault(row, {})
                    found.setdefault(str(each), []).append(round(value, 4))
            typer.echo(f"{each} examples a label: done")
        result: dict[str, Any] = {
            "benchmark": "learning settings",
            "encoder": session.metadata.name,
            "model_id": session.metadata.model_id,
            "draws": seeds,
            "few": few,
            "all_rows": many_rows(asked),
        }
        if teacher is not None:
            from neurolite_bench.baselines.minilm import embedder

            result["minilm"] = beside(stream, outside, embedder(teacher), seeds)
        write_result(out, result)


def few_table(result: dict[str, Any]) -> str:
    """Accuracy and AUROC of few examples a label, for docs/learning.md."""
    few, lines = result["few"], []
    counts = [str(each) for each in EACH]
    lines += [f"| validation rows, % right | {' | '.join(counts)} examples |", _rule(len(counts))]
    lines += [_line(name, found, counts, 1) for name, found in few["accuracy"].items()]
    other = result.get("minilm", {})
    if other:
        lines.append(_line("MiniLM-L6 (90 MB), means", _by_count(other, "accuracy"), counts, 1))
    lines += ["", "| AUROC, out of scope | 5 examples | 10 |", _rule(2)]
    lines += [_line(name, found, ("5", "10"), 3) for name, found in few["scope"].items()]
    if other:
        lines.append(_line("MiniLM-L6 (90 MB), means", _by_count(other, "scope"), ("5", "10"), 3))
    return "\n".join(lines)


def more_table(result: dict[str, Any]) -> str:
    """Coverage at few examples, and prototypes and focus at all training rows."""
    few = result["few"]
    titles = [f"{kind}, {each}" for each in ("5", "10") for kind in ("answered", "refused")]
    lines = [f"| a label's texts answered, aimed at | {' | '.join(titles)} |", _rule(4)]
    for name in few["answered"]:
        cells = [
            f"{np.mean(few[kind][name][n]):.0f}"
            for n in ("5", "10")
            for kind in ("answered", "refused")
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    lines += ["", "| all 15,000 training rows | validation rows, % right |", _rule(1)]
    lines += [f"| {name} | {value:.1f} |" for name, value in result["all_rows"].items()]
    return "\n".join(lines)


def _by_count(values: Mapping[str, Any], figure: str) -> dict[str, list[float]]:
    return {each: found[figure] for each, found in values.items()}


def _line(name: str, found: Mapping[str, list[float]], counts: Sequence[str], digits: int) -> str:
    cells = [f"{np.mean(found[n]):.{digits}f}" if n in found else "-" for n in counts]
    return f"| {name} | {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|---|" + "---|" * columns


if __name__ == "__main__":
    typer.run(main)
