"""Teachers' answers to the texts of a store, kept in a memory-mapped file beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.data.store import TextStore
from neurolite_core.training.teaching.kept_logits import KeptLogits, keep_answers
from neurolite_core.training.teaching.teachers.teacher import Answering, Report


def soft_labels(
    store: TextStore,
    teachers: Sequence[Answering],
    task: str,
    num_labels: int,
    folder: Path,
    report: Report,
) -> KeptLogits:
    """Logits of the teachers' mean probabilities, float16 [N, C], in a file.

    Answers that were made before, of equal texts by equal teachers, are read again.

    Args:
        store: N texts.
        teachers: prepared for the same C labels.
        task: of the student, which says what logits mean.
        num_labels: C.
        folder: for the file.
        report: told how far it is.
    """
    key = [store.content, task, *(teacher.name for teacher in teachers)]
    return keep_answers(
        folder,
        "answers",
        key,
        (len(store), num_labels),
        lambda rows: _mean(teachers, task, store.strings(rows), report),
    )


def _mean(
    teachers: Sequence[Answering], task: str, texts: Sequence[str], report: Report
) -> NDArray[np.float32]:
    """Logits of the mean probability, float32 [N, C]; within float16's range."""
    answering = ANSWERINGS[task]
    total = np.zeros((), dtype=np.float64)
    for teacher in teachers:
        total = total + answering.scores(teacher.logits(texts, report)) / len(teachers)
    return answering.logits(total).astype(np.float32)
