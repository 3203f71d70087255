"""A checkpoint of our own as the teacher: several of them make an ensemble for one student."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.artifact.checkpoint import build_checkpoint, read_checkpoint
from neurolite_core.data.store import TextStore
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import TextNetwork
from neurolite_core.training.fitting.length_order import answers_by_length
from neurolite_core.training.teaching.teachers.teacher import Report

_BATCH = 256


class NeuroLiteTeacher:
    """Answers with a trained checkpoint, as it is."""

    def __init__(self, network: TextNetwork, name: str) -> None:
        self.network, self._name = network, name
        self._order: list[int] = []

    @classmethod
    def open(cls, path: Path) -> NeuroLiteTeacher:
        """Reads a checkpoint.

        Raises:
            CheckpointError: it is damaged.
        """
        checkpoint = read_checkpoint(path)
        return cls(build_checkpoint(checkpoint), f"{path.name} {checkpoint.digest[:16]}")

    @property
    def name(self) -> str:
        """Folder and digest of the weights."""
        return self._name

    def prepare(
        self,
        store: TextStore,
        rows: NDArray[np.int64],  # noqa: ARG002  # trained already
        labels: Sequence[str],
        report: Report,  # noqa: ARG002
    ) -> None:
        """Checks that it has the same labels, in whatever order."""
        if self.network.task != store.task:
            raise InputError(
                f"--teacher {self._name} is a model of the task {self.network.task}, and the data is of "
                f"{store.task}: one gives a text one label, the other several. Train the teacher with the same option "
                "--multi-label."
            )
        missing = sorted(set(labels) ^ set(self.network.labels))
        if missing:
            raise InputError(
                f"--teacher {self._name} has other labels than the data: {missing[0]!r} is on one side "
                "only. Train the teacher on data with the same labels."
            )
        places = {label: place for place, label in enumerate(self.network.labels)}
        self._order = [places[label] for label in labels]

    def save(self, path: Path) -> None:
        """Nothing: it was trained already."""

    @torch.no_grad()
    def logits(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Logits float32 [N, C] in the order of ``prepare``'s labels."""

        def answer(places: NDArray[np.int64]) -> NDArray[np.float32]:
            logits = self.network([texts[place] for place in places])["logits"]
            found: NDArray[np.float32] = logits.numpy()[:, self._order]
            return found

        lengths = [len(text) for text in texts]
        return answers_by_length(
            lengths, len(self._order), _BATCH, answer, partial(report, "teacher's answers")
        )

    @property
    def vector_size(self) -> int:
        """Components of its text vectors."""
        return self.network.config.text_size

    @torch.no_grad()
    def vectors(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Its embeddings, float32 [N, D]."""

        def answer(places: NDArray[np.int64]) -> NDArray[np.float32]:
            found: NDArray[np.float32] = self.network([texts[place] for place in places])[
                "embedding"
            ].numpy()
            return found

        lengths = [len(text) for text in texts]
        return answers_by_length(
            lengths, self.vector_size, _BATCH, answer, partial(report, "teacher's vectors")
        )

    def vocabulary(self) -> list[str]:
        """None: words are hashed."""
        return []

    def word_vectors(
        self,
        words: Sequence[str],  # noqa: ARG002
        report: Report,  # noqa: ARG002
    ) -> None:
        """None: it has learned texts, not words."""
        return
