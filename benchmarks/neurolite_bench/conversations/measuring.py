"""Accuracy of an exported file over whole conversations."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.typos import with_typos
from neurolite_core.artifact.package import write_content
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.conversations.reading import Conversations
from neurolite_core.training.conversations.run import by_turn
from neurolite_export.exporting import calibration_of, metadata_of
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_runtimes import Session, open_artifact
from neurolite_runtimes.turn_by_turn import logits_of_turns

_SIDE_BY_SIDE: Final = 64


@contextmanager
def exported(
    network: NeuroLiteForClassification, probes: Probes, target: str = "onnx"
) -> Iterator[Session]:
    """A network in int8, opened; it passes no gate, as what is switched off need not be good."""
    source, row = Source(network, "model", "of a benchmark", probes), TARGETS[target].load()
    job = ExportJob(network, metadata_of(source, row, "int8"), calibration_of(probes))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"model{row.suffix}")
        write_content(path, row.build(job))
        yield open_artifact(path)


def logits_of(
    session: Session, data: Conversations, texts: list[str], *, remember: bool = True
) -> NDArray[np.float32]:
    """Logits float32 [R, C] of all turns, each answered in the light of those before it.

    Args:
        session: of a file with a memory, or without.
        data: the conversations.
        texts: of its R turns, maybe with typing errors.
        remember: whether what was said before is there at all.
    """
    bounds = data.bounds.tolist()
    told = [texts[first:last] for first, last in itertools.pairwise(bounds)]
    found = logits_of_turns(session, told, side_by_side=_SIDE_BY_SIDE, remember=remember)
    return np.concatenate(found)


def accuracy(
    session: Session,
    data: Conversations,
    *,
    remember: bool = True,
    typos: int | None = None,
) -> dict[str, Any]:
    """Share of the labelled turns that are answered right, and the same by turn.

    Args:
        session: of an exported file.
        data: the conversations.
        remember: whether what was said before is there at all.
        typos: seed of errors in 20 % of the words of the labelled turns; None for none.
    """
    texts, rows = list(data.texts), data.labelled
    if typos is not None:
        changed = with_typos([texts[row] for row in rows.tolist()], seed=typos)
        for row, text in zip(rows.tolist(), changed, strict=True):
            texts[row] = text
    logits = logits_of(session, data, texts, remember=remember)[rows]
    right = logits.argmax(axis=1) == data.label_ids[rows]
    return {
        "accuracy": float(right.mean()),
        "texts": len(rows),
        "turns": by_turn(data, rows, right),
    }
