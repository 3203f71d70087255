"""A reference point on disk: its weights, with its shape, its entries and how it was fitted in the header."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.generation.neural.shapes import LstmShape, Shape, TransformerShape
from neurolite_core.artifact.formats import safetensors_file
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, write_atomically

KINDS: Final[Mapping[str, type[LstmShape] | type[TransformerShape]]] = {
    "lstm": LstmShape,
    "transformer": TransformerShape,
}
_LIMIT: Final = 2**28


@dataclass(frozen=True, slots=True, eq=False)
class Peer:
    """What was fitted.

    Attributes:
        name: of its settings.
        shape: of the network.
        labels: V entries.
        tensors: float32, by their names in the network.
        facts: how it was fitted, for people.
    """

    name: str
    shape: Shape
    labels: tuple[str, ...]
    tensors: Mapping[str, NDArray[np.float32]]
    facts: Mapping[str, Any]

    @property
    def kind(self) -> str:
        """Of ``KINDS``."""
        return next(kind for kind, shape in KINDS.items() if isinstance(self.shape, shape))


def make_shape(kind: str, values: Mapping[str, Any]) -> Shape:
    """A shape by its name and its numbers.

    Raises:
        InputError: no such kind, or values that it does not take.
    """
    if kind not in KINDS:
        raise InputError(f"kind is {kind!r}; give one of {', '.join(KINDS)}.")
    try:
        return KINDS[kind](**values)
    except TypeError as error:
        raise InputError(f"{kind}: {error}; see {KINDS[kind].__name__}.") from error


def save(peer: Peer, path: Path) -> None:
    """Writes one .safetensors file."""
    texts = {
        "name": peer.name,
        "kind": peer.kind,
        "shape": json.dumps(asdict(peer.shape)),
        "labels": json.dumps(peer.labels),
        "facts": json.dumps(dict(peer.facts)),
    }
    content = safetensors_file.packed(peer.tensors, safetensors_file.to_metadata(texts))
    write_atomically(path, safetensors_file.seal(content))


def load(path: Path) -> Peer:
    """Reads what ``save`` wrote.

    Raises:
        InputError: it is no such file.
        ArtifactError: its header is damaged.
    """
    content = read_limited(path, _LIMIT)
    texts = safetensors_file.texts_of(content)
    try:
        shape = make_shape(texts["kind"], json.loads(texts["shape"]))
        name, labels, facts = texts["name"], json.loads(texts["labels"]), json.loads(texts["facts"])
    except (KeyError, ValueError) as error:
        raise InputError(
            f"{path} is no reference point; make one with the command train."
        ) from error
    tensors = require("safetensors.numpy", extra="torch").load(content)
    return Peer(name, shape, tuple(labels), tensors, facts)


def tensors_of(state: Mapping[str, Any]) -> dict[str, NDArray[np.float32]]:
    """The weights of a network of PyTorch as arrays."""
    return {name: value.float().cpu().numpy() for name, value in state.items()}


def spelled(labels: Sequence[str]) -> str:
    """Entries as a file keeps them."""
    return json.dumps(list(labels), ensure_ascii=False, separators=(",", ":"))
