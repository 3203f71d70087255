"""Which of the models that were trained is taken, and what is told of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from torch import Tensor

from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.table_bits import with_table_bits
from neurolite_core.training.choosing.alone import NGRAMS
from neurolite_core.training.choosing.few_rows import Settled
from neurolite_core.training.choosing.sizes import multiply_adds, onnx_bytes, require_one
from neurolite_core.training.cross_fitting import Scored
from neurolite_core.training.fitting.state import Progress
from neurolite_core.training.fitting.task import Task
from neurolite_core.training.wide.beside import Widened
from neurolite_core.training.wide.settings import Tried

if TYPE_CHECKING:
    from neurolite_core.training.request import Request

WORDS: Final = 12
"""Of the text whose multiply-adds are told."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fitted:
    """A candidate that was trained.

    Attributes:
        request: its config, start, options and name.
        task: its network has the weights that were chosen.
        progress: how far it came.
        score: on validation rows, or cross-fitted; None where it was given up as clearly worse.
        how: what decided its weights, for people.
        hopeless: whether it was given up as too far behind another; it gets no wide path.
        resumed_at: the step at which an interrupted training went on; 0 for a new one.
        initial: weights with which it began, where validation rows chose.
        settled: what was found where all rows chose.
        widened: the network with its wide path, where that was kept; ``score`` is its score then.
        wide_facts: what became of the wide path; None where none was wanted.
        ngrams: the settings that were tried for one, the best first.
    """

    request: Request
    task: Task
    progress: Progress
    score: float | None
    how: str
    hopeless: bool = False
    resumed_at: int = 0
    initial: Mapping[str, Tensor] = field(default_factory=dict)
    settled: Settled | None = None
    widened: Widened | None = None
    wide_facts: Mapping[str, Any] | None = None
    ngrams: tuple[Tried, ...] = ()

    @property
    def stored(self) -> NeuroLiteForClassification:
        """The classifier as it will be stored, but for its calibration."""
        if self.widened is not None:
            return self.widened.network
        return with_table_bits(self.network, self.request.config.table_bits)

    @property
    def crossed(self) -> Scored | None:
        """Cross-fitted answers of what is stored, where there are some."""
        if self.widened is not None:
            return self.widened.crossed
        return None if self.settled is None else self.settled.crossed

    @property
    def config(self) -> NeuroLiteConfig:
        """With its wide path."""
        wide = None if self.widened is None else self.widened.network.config.wide
        return replace(self.request.config, wide=wide)

    @property
    def network(self) -> NeuroLiteForClassification:
        """The classifier that was trained."""
        network = self.task.network
        assert isinstance(network, NeuroLiteForClassification)  # noqa: S101  # what is trained with labels
        return network

    @property
    def is_wide_alone(self) -> bool:
        """Whether the network has no share in the answer."""
        return self.widened is not None and self.widened.facts["share"] == 1

    @property
    def bytes(self) -> int:
        """Of its int8 ONNX file, by ``onnx_bytes``."""
        network = self.task.network
        return onnx_bytes(self.config, network.task, network.labels)

    def facts(self) -> dict[str, Any]:
        """For the report."""
        config, network = self.config, self.task.network
        words = min(WORDS, config.max_words)
        return {
            "score": self.score,
            "how": self.how,
            "onnx_int8_bytes": self.bytes,
            "multiply_adds": multiply_adds(
                replace(config, wide=None), network.task, network.labels, words
            ),
            "words": words,
            "seconds": self.progress.seconds,
            "steps": self.progress.step,
            "wide": self.wide_facts,
        }


def pick(found: Sequence[Fitted]) -> Fitted | None:
    """The one with the best score; of equals the smallest file, then the first.

    A wide path that answers alone beside a network gives way to n-grams alone, which are the same with more rows.
    """
    scored = [one for one in found if one.score is not None]
    if any(one.request.name == NGRAMS for one in scored):
        scored = [one for one in scored if one.request.name == NGRAMS or not one.is_wide_alone]
    return max(scored, key=lambda one: (one.score, -one.bytes), default=None)


def chosen_ngrams(found: Sequence[Fitted]) -> tuple[Tried, ...]:
    """The settings of n-grams that were tried for the first with a wide path; empty where none had room for one."""
    return next((one.ngrams for one in found if one.ngrams), ())


def facts_of(found: Sequence[Fitted], left_out: Mapping[str, int]) -> dict[str, dict[str, Any]]:
    """Of all candidates by name, those that were too large included; empty where there was one alone."""
    if len(found) + len(left_out) < 2:
        return {}
    tried = {one.request.name: one.facts() for one in found}
    for name, size in left_out.items():
        tried[name] = {"score": None, "how": "not trained: over --max-mb", "onnx_int8_bytes": size}
    return tried


def within(
    sizes: Mapping[str, int], most_bytes: int | None
) -> tuple[dict[str, int], dict[str, int]]:
    """Candidates that may be trained, and those whose files would be too large; bytes by name.

    Raises:
        InputError: all are too large; the message says which limit would do.
    """
    if most_bytes is None:
        return dict(sizes), {}
    require_one(sizes, most_bytes)
    return (
        {name: size for name, size in sizes.items() if size <= most_bytes},
        {name: size for name, size in sizes.items() if size > most_bytes},
    )
