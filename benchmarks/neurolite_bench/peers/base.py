"""What a peer is: how its files are made, and what is said of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from neurolite_bench.labelled import built_in_rows
from neurolite_bench.quality_sets import Split
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically

EXTRA: Final = "bench"
LABELS: Final = "labels.json"
_LABELS_LIMIT: Final = 2**26


@dataclass(frozen=True, slots=True)
class PeerRequest:
    """What peers are built from.

    Attributes:
        train: rows to learn from; without any, those that learn take built-in texts, and their answers
            mean nothing.
        teacher: folder of a sentence encoder, which gives a vocabulary and what embeddings are
            distilled from; or None.
        seed: of weights, order and vectors.
    """

    train: Split | None = None
    teacher: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class BuiltPeer:
    """The files of a peer.

    Attributes:
        path: the folder, which is what its kind opens.
        size_bytes: of what would be shipped, together.
        parameters: numbers of the network or table; None where that means nothing.
        train_seconds: of the training; None where nothing was learned from the request's rows.
        note: how it came about, for people.
    """

    path: Path
    size_bytes: int
    parameters: int | None
    train_seconds: float | None
    note: str


@dataclass(frozen=True, slots=True)
class Peer:
    """A row of the table.

    Attributes:
        kind: what opens it, a name in ``PEER_KINDS``.
        group: a name for several.
        build: writes its files below a folder that all peers of a run share.
        extra: of this distribution, installs what building needs.
        learns: whether it is trained on labelled rows, so that its accuracy means something.
        precision: "float32", "int8", or None where that says nothing.
    """

    kind: str
    group: str
    build: Callable[[PeerRequest, Path], BuiltPeer]
    extra: str
    learns: bool
    precision: str | None = None


def rows_of(request: PeerRequest) -> Split:
    """What a peer learns from: the request's rows, else built-in ones, just for the shape."""
    return built_in_rows() if request.train is None else request.train


def folder_size(folder: Path) -> int:
    """Bytes of the files in a folder, together."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def write_labels(folder: Path, labels: Sequence[str]) -> None:
    """Writes the names of the classes; none where the answers mean nothing."""
    write_atomically(folder / LABELS, json.dumps(list(labels), ensure_ascii=False).encode())


def read_labels(folder: Path) -> tuple[str, ...]:
    """The names of the classes.

    Raises:
        InputError: the file is missing, or holds no list of names.
    """
    path = folder / LABELS
    try:
        found = json.loads(read_limited(path, _LABELS_LIMIT))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise InputError(f"{path} is not a list of names; build the peer again.")
    return tuple(found)


def named(labels: Sequence[str], columns: Iterable[int]) -> list[str]:
    """Labels by column.

    Raises:
        InputError: there are no labels, as the peer's answers mean nothing.
    """
    if not labels:
        raise InputError("this peer learned no labels; build it with labelled rows.")
    return [labels[column] for column in columns]
