"""What people would use in our place, fitted on the same rows; a new baseline is a file and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from neurolite_bench.baselines import fasttext, hashed, minilm, tfidf
from neurolite_bench.baselines.base import Fitted, Settings
from neurolite_bench.quality_sets import Task


@dataclass(frozen=True, slots=True)
class BaselineRow:
    """A baseline.

    Attributes:
        title: how the tables call it.
        fit: fits it on a data set's training rows.
        seeded: whether anything in it depends on the seed; if not, one run says all.
    """

    title: str
    fit: Callable[[Task, Settings], Fitted]
    seeded: bool


BASELINES: Final[Mapping[str, BaselineRow]] = MappingProxyType(
    {
        "tfidf": BaselineRow("char tf-idf + LR", tfidf.fit, seeded=False),
        "fasttext": BaselineRow("fastText, quantized", fasttext.fit, seeded=True),
        "hashed": BaselineRow("char n-grams + LR in 1.1 MB", hashed.fit, seeded=False),
        "minilm": BaselineRow("MiniLM-L6 embeddings + LR", minilm.fit, seeded=False),
    }
)
