"""What a target is: one file that turns the reference model into another format and opens it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import EXACT, INDICES, NGRAMS, OFFSETS, RULES, WORDS
from neurolite_core.artifact.package import Content
from neurolite_core.network.state_spec import State
from neurolite_export.contents import Contents
from neurolite_export.probes import Probes

if TYPE_CHECKING:  # the table of targets is read before PyTorch is known to be there
    from neurolite_core.network.config import NeuroLiteConfig
    from neurolite_core.network.model import TextNetwork


@dataclass(frozen=True, slots=True)
class ExportJob:
    """One file to make.

    Attributes:
        network: the reference model.
        metadata: what the file will say of itself; its ``precision`` is the one to build.
        calibration: texts on which activation ranges are measured.
    """

    network: TextNetwork
    metadata: ArtifactMetadata
    calibration: Probes


@dataclass(frozen=True, slots=True)
class ProbeOutputs:
    """What a built file computed for a batch.

    Attributes:
        indices: int32 [N, L, K], the table indices as the file's own graph hashed them.
        words: int32 [N].
        values: output name -> [N, ...], the next state among them by its specs' ``next_name``; ``tags`` [N, L, T] are
            zero behind a text's last word.
        ngrams: int32 [N, P, O], the numbers of n-grams as the file's own graph hashed them; None without a wide path.
        rules: int32 [N, R], 1 for each rule that fired; None without rules.
        offsets: int32 [N, L, 2], where the words stand as the file's own graph found them; None without spans.
    """

    indices: NDArray[np.int32]
    words: NDArray[np.int32]
    values: Mapping[str, NDArray[Any]]
    ngrams: NDArray[np.int32] | None = None
    rules: NDArray[np.int32] | None = None
    offsets: NDArray[np.int32] | None = None

    @classmethod
    def of(cls, outputs: Mapping[str, NDArray[Any]]) -> Self:
        """From all outputs of a graph by name."""
        hashed = (*EXACT, RULES)
        values = {name: value for name, value in outputs.items() if name not in hashed}
        more = (outputs.get(name) for name in (NGRAMS, RULES, OFFSETS))
        return cls(outputs[INDICES], outputs[WORDS], values, *more)


class ProbeSession(Protocol):
    """A built file, opened with its indices visible."""

    @property
    def runtime(self) -> str:
        """Name and version of what runs it."""

    def run(
        self, packed: NDArray[np.uint8], state: State = MappingProxyType({}), /
    ) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and of a file that keeps a state that, name -> [N, ...]."""


class Target(Protocol):
    """One output format."""

    @property
    def name(self) -> str:
        """As ``--target`` and the metadata have it."""

    @property
    def suffix(self) -> str:
        """Of the file, with its dot."""

    @property
    def precisions(self) -> tuple[str, ...]:
        """Those that it can build."""

    @property
    def input_type(self) -> str:
        """Of the byte input, as in ``ArtifactMetadata``."""

    def buckets(self, config: NeuroLiteConfig) -> tuple[Bucket, ...]:
        """The fixed shapes of a model's file, smallest first; none where its shapes are free.

        Raises:
            InputError: the model cannot have what was asked for.
        """

    def build(self, job: ExportJob) -> Content:
        """The file's content; equal jobs give equal bytes."""

    def tools(self) -> Mapping[str, str]:
        """Versions of the packages that decide the file's content."""

    def open(self, content: Content) -> ProbeSession:
        """Opens a built file for parity."""

    def inspect(self, content: Content) -> Contents:
        """What is really in the file."""

    def metadata(self, content: Content) -> str | None:
        """The JSON of ``ArtifactMetadata`` that the file carries, or None where it has none."""
