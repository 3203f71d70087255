"""``python -m neurolite_bench.generation spelling``: how well words are spelled that are no entries."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from neurolite_bench.generation.generator import answers, spread, vocabulary_of
from neurolite_core.answer.spelling import BORDER, Speller, weights_of
from neurolite_core.data.documents import documents
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import FIRST_WORD, UNKNOWN
from neurolite_runtimes.opening import open_artifact


@dataclass(frozen=True, slots=True)
class Spelled:
    """What unknown words cost.

    Attributes:
        words: how many there are.
        symbols: their bytes and ends together.
        bits: of a symbol, spelled by entries that may stand in the word's place.
        bits_anywhere: of a symbol, spelled by all entries alike.
    """

    words: int
    symbols: int
    bits: float
    bits_anywhere: float


def spelling(
    file: Annotated[Path, typer.Argument(help="An exported generator.")],
    test: Annotated[Path, typer.Argument(help="Texts to measure with.")],
    words: Annotated[
        int, typer.Option(min=1, help="Words of texts spread over all of them to read, about.")
    ] = 50_000,
) -> None:
    """Bits of a byte of words that are no entries, beside the 8 that bits a byte of the other figures count.

    Exit codes: 0 measured; 2 wrong usage or input.
    """
    with exit_codes():
        session = open_artifact(file)
        vocabulary = vocabulary_of(session, str(file))
        texts = spread([text.encode() for text in documents(test)], words)
        unknown = [
            word
            for segments in split_segments(texts)
            for word in segments.words
            if word not in vocabulary.places
        ]
        before = (
            logits for logits, wanted in answers(session, texts, vocabulary) if wanted == UNKNOWN
        )
        found = spelled(Speller(vocabulary), zip(before, unknown, strict=True))
        typer.echo(json.dumps({"file": file.name, "texts": test.name, **asdict(found)}))


def spelled(speller: Speller, asked: Iterable[tuple[NDArray[np.floating], bytes]]) -> Spelled:
    """Spells words.

    Args:
        speller: of the vocabulary.
        asked: the logits float [V] before each word, and its bytes.

    Raises:
        InputError: not one word.
    """
    words, symbols, bits, anywhere = 0, 0, 0.0, 0.0
    for logits, word in asked:
        by_place = weights_of(logits[FIRST_WORD:].astype(np.float64))
        words, symbols = words + 1, symbols + len(word) + 1
        bits += _bits(speller, by_place, word)
        anywhere += _bits(speller, np.ones(len(by_place)), word)
    if not words:
        raise InputError("every word of the texts is an entry; give texts with others.")
    return Spelled(words, symbols, bits / symbols, anywhere / symbols)


def _bits(speller: Speller, weights: NDArray[np.float64], word: bytes) -> float:
    steps = enumerate([*word, BORDER])
    return -sum(
        float(np.log2(speller.shares(weights, word[:place])[symbol])) for place, symbol in steps
    )
