"""``python -m neurolite_bench.generation``: how well next words are said, by a generator and by n-grams of its size."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from neurolite_bench.generation.commands_speed import agreement, speed
from neurolite_bench.generation.commands_spelling import spelling
from neurolite_bench.generation.generator import ask, spread, vocabulary_of
from neurolite_bench.generation.kneser_ney import KneserNey, fit
from neurolite_bench.generation.neural.stepping import Stepper, hear
from neurolite_bench.generation.rows import GENERATION, GENERATOR, MEGABYTE, NGRAMS, keep
from neurolite_bench.generation.scoring import Score, TestTexts, is_suggested, read_targets, score
from neurolite_core.artifact.package import FILE_LIMIT, read_content, size_of
from neurolite_core.data.documents import documents
from neurolite_core.ground.command_line import App, exit_codes
from neurolite_core.text.vocabulary import count_words, make_vocabulary
from neurolite_runtimes.opening import open_artifact

app = App(add_completion=False)
app.command()(speed)
app.command()(agreement)
app.command()(spelling)


@app.callback()
def generation() -> None:
    """A generator, and reference points for it."""


@app.command()
def ngrams(
    train: Annotated[Path, typer.Argument(help="Texts to count in, plain or gzip.")],
    test: Annotated[Path, typer.Argument(help="Texts to measure with.")],
    name: Annotated[str, typer.Option(help="The row's name of the texts.")],
    vocab_size: Annotated[int, typer.Option(help="Words to choose from, of the texts.")] = 10_000,
    order: Annotated[int, typer.Option(min=1, max=7, help="Words of the longest n-grams.")] = 5,
    megabytes: Annotated[float, typer.Option(min=0.1, help="To prune the n-grams to.")] = 4.0,
    suggested: Annotated[
        int,
        typer.Option(min=1, help="Words of texts spread over all of them to ask for suggestions."),
    ] = 50_000,
    results: Annotated[Path, typer.Option(help="JSON that keeps the rows.")] = GENERATION,
) -> None:
    """Modified Kneser-Ney n-grams, pruned to a size: perplexity, bits per byte, next word in the top three.

    Exit codes: 0 measured; 2 wrong usage or input.
    """
    with exit_codes():
        counts = count_words(_texts(train))
        vocabulary = make_vocabulary(counts, vocab_size)
        asked = read_targets(list(_texts(test)), vocabulary)
        trained = [vocabulary.targets(text) for text in _texts(train)]
        model = fit(trained, len(vocabulary), order, int(megabytes * MEGABYTE))
        found = measure(model, asked, suggested)
        row = {
            "texts": name,
            "kind": NGRAMS,
            "model": f"Kneser-Ney, {order} words",
            "vocabulary": len(vocabulary),
            "megabytes": model.bytes / MEGABYTE,
            "trained_words": sum(map(len, trained)),
            **asdict(found),
        }
        keep(results, row)
        typer.echo(json.dumps(row))


@app.command()
def generator(
    file: Annotated[Path, typer.Argument(help="An exported generator.")],
    test: Annotated[Path, typer.Argument(help="Texts to measure with.")],
    name: Annotated[str, typer.Option(help="The row's name of the texts.")],
    words: Annotated[
        int,
        typer.Option(min=1, help="Words of texts spread over all of them to ask for, about."),
    ] = 50_000,
    results: Annotated[Path, typer.Option(help="JSON that keeps the rows.")] = GENERATION,
) -> None:
    """An exported file, by its state or a window: perplexity, bits per byte, next word in the top three.

    Exit codes: 0 measured; 2 wrong usage or input.
    """
    with exit_codes():
        session = open_artifact(file)
        vocabulary = vocabulary_of(session, str(file))
        some = spread(list(_texts(test)), words)
        asked, said = read_targets(some, vocabulary), ask(session, some, vocabulary)
        metadata = session.metadata
        row = {
            "texts": name,
            "kind": GENERATOR,
            "precision": metadata.precision,
            "model": f"{metadata.name}, {metadata.target} {metadata.precision}",
            "vocabulary": len(vocabulary),
            "megabytes": size_of(read_content(file, FILE_LIMIT)) / MEGABYTE,
            "form": "stream" if metadata.state else f"window of {metadata.max_words} words",
            "runtime": session.runtime,
            **asdict(score(asked, said.probabilities, said.hits)),
        }
        keep(results, row)
        typer.echo(json.dumps(row))


@app.command()
def peer(
    file: Annotated[Path, typer.Argument(help="A reference point that was exported.")],
    test: Annotated[Path, typer.Argument(help="Texts to measure with.")],
    name: Annotated[str, typer.Option(help="The row's name of the texts.")],
    words: Annotated[
        int,
        typer.Option(min=1, help="Words of texts spread over all of them to ask for, about."),
    ] = 1_000_000,
    results: Annotated[Path, typer.Option(help="JSON that keeps the rows.")] = GENERATION,
) -> None:
    """An LSTM or a transformer, word by word: perplexity, bits per byte, next word in the top three.

    Exit codes: 0 measured; 2 wrong usage or input.
    """
    with exit_codes():
        stepper = Stepper(file)
        some = spread(list(_texts(test)), words)
        asked = read_targets(some, stepper.vocabulary)
        said = hear(stepper, asked.targets)
        row = {
            "texts": name,
            "kind": stepper.kind,
            "precision": stepper.precision,
            "model": stepper.name,
            "vocabulary": len(stepper.vocabulary),
            "megabytes": file.stat().st_size / MEGABYTE,
            **stepper.facts,
            **asdict(score(asked, said.probabilities, said.hits)),
        }
        keep(results, row)
        typer.echo(json.dumps(row))


def measure(model: KneserNey, asked: TestTexts, suggested: int) -> Score:
    """Scores n-grams; the top three on about ``suggested`` words, as each takes a pass over the vocabulary."""
    step = -(-sum(map(len, asked.targets)) // suggested)
    hits = [
        is_suggested(model.distribution(target[:place]), word)
        for target in asked.targets[::step]
        for place, word in enumerate(target)
    ]
    return score(asked, model.probabilities(asked.targets), np.array(hits))


def _texts(path: Path) -> Iterator[bytes]:
    return (text.encode() for text in documents(path))


if __name__ == "__main__":
    app()
