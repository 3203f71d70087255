"""A conversation's state as a file: what an app keeps between two starts, the same in every language.

Layout, little-endian; docs/memory.md has it for other languages, and tests/golden/state the files they are held to:

- 8 bytes ``NLSTATE`` and a newline, then two uint32: the version, 1, and the length of the header;
- the header, JSON in UTF-8, filled with spaces to a multiple of 8 bytes: ``model_id``, ``turns``, and ``state``, a list
  of specs with ``name``, ``shape``, ``dtype`` and ``initial``;
- the values of each tensor in the order of the list, row by row, without gaps: float32 or int32;
- 32 bytes: the SHA-256 of everything before them.
"""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.metadata import ArtifactMetadata, is_model_id
from neurolite_core.ground.errors import InputError, StateError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.network.state_spec import State, StateSpec, check_state

MAGIC: Final = b"NLSTATE\n"
VERSION: Final = 1
STATE_LIMIT: Final = 2**28
_START: Final = struct.Struct("<8sII")
_ALIGNMENT: Final = 8
_DIGEST: Final = hashlib.sha256().digest_size
_MOST_TURNS: Final = 2**31 - 1
_FIX: Final = "Restore a copy of it, or begin again without it"


@dataclass(frozen=True, slots=True)
class SavedState:
    """One conversation.

    Attributes:
        model_id: of the model whose state it is.
        turns: texts that were remembered.
        values: name -> [*shape].
    """

    model_id: str
    turns: int
    values: Mapping[str, NDArray[Any]]


def encode_state(saved: SavedState, specs: Sequence[StateSpec]) -> bytes:
    """The file's content; equal states give equal bytes.

    Args:
        saved: the conversation.
        specs: of the model, in the order in which the tensors are stored.

    Raises:
        InputError: the values are not those of the specs, or the model has no id, as no file may be without one.
    """
    if not is_model_id(saved.model_id):
        raise InputError(
            "The model's file has no model_id, by which its state would be known again. Export the model again."
        )
    values = check_state(specs, {name: each[None] for name, each in saved.values.items()}, 1)
    header = {
        "model_id": saved.model_id,
        "state": [asdict(spec) for spec in specs],
        "turns": saved.turns,
    }
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % _ALIGNMENT)
    parts = [_START.pack(MAGIC, VERSION, len(text)), text]
    for spec in specs:
        kind = spec.numpy_type.newbyteorder("<")
        parts.append(np.ascontiguousarray(values[spec.name], kind).tobytes())
    content = b"".join(parts)
    return content + hashlib.sha256(content).digest()


def decode_state(content: bytes, source: str) -> tuple[SavedState, tuple[StateSpec, ...]]:
    """Reads a state from anywhere.

    Args:
        content: of the file.
        source: its name, for messages.

    Raises:
        StateError: no state, of a newer version, damaged, or with values that are not finite.
    """
    header, first = _header(content, source)
    try:
        specs = tuple(
            StateSpec(**{**item, "shape": tuple(item["shape"])}) for item in header["state"]
        )
        turns, model_id = header["turns"], header["model_id"]
        if type(turns) is not int or not 0 <= turns <= _MOST_TURNS or not is_model_id(model_id):
            raise ValueError
    except InputError as error:
        raise StateError(f"{source}: {error}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise StateError(f"{source} has a header that cannot be. {_FIX}.") from error
    sizes = [spec.values * spec.numpy_type.itemsize for spec in specs]
    if first + sum(sizes) + _DIGEST != len(content):
        raise StateError(f"{source} has not the bytes that its header tells of. {_FIX}.")
    values = {}
    for spec, size in zip(specs, sizes, strict=True):
        kind = spec.numpy_type.newbyteorder("<")
        found = np.frombuffer(content[first : first + size], kind).reshape(spec.shape)
        values[spec.name] = found.astype(spec.numpy_type)
        first += size
    try:
        check_state(specs, {name: each[None] for name, each in values.items()}, 1)
    except InputError as error:
        raise StateError(f"{source}: {error}") from error
    return SavedState(model_id, turns, values), specs


def _header(content: bytes, source: str) -> tuple[Any, int]:
    """The header of a file that is whole, and where its values begin."""
    if not content.startswith(MAGIC):
        what = "is empty" if not content else "is no saved state of NeuroLite"
        raise StateError(f"{source} {what}. Give a file that --state or Conversation.save wrote.")
    if len(content) < _START.size + _DIGEST:
        raise StateError(f"{source} is cut short. {_FIX}.")
    _, version, length = _START.unpack_from(content)
    if version != VERSION:
        raise StateError(
            f"{source} is a saved state of version {version}; this release reads {VERSION}. "
            "Upgrade: pip install -U neurolite"
        )
    if hashlib.sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
        raise StateError(f"{source} is damaged: its SHA-256 is not the one it carries. {_FIX}.")
    first = _START.size + length
    try:
        return json.loads(content[_START.size : first]), first
    except (ValueError, RecursionError) as error:
        raise StateError(f"{source} has a header that cannot be. {_FIX}.") from error


def save_state(path: Path, metadata: ArtifactMetadata, state: State, turns: int) -> None:
    """Writes one conversation's state [1, ...] in one atomic step.

    Raises:
        InputError: the file cannot be written, or the model has no id.
    """
    values = {name: each[0] for name, each in state.items()}
    saved = SavedState(metadata.model_id or "", turns, values)
    write_atomically(path, encode_state(saved, metadata.state))


def load_state(path: Path, metadata: ArtifactMetadata) -> tuple[dict[str, NDArray[Any]], int]:
    """A conversation's state [1, ...], and its turns.

    Args:
        path: of the file.
        metadata: of the model that is to go on with it.

    Raises:
        StateError: missing, no state, damaged, or of another model.
    """
    source = str(path)
    saved, specs = decode_state(read_limited(path, STATE_LIMIT, StateError), source)
    if saved.model_id != metadata.model_id:
        raise StateError(
            f"{source} is the state of another model: of {saved.model_id}, and this one is {metadata.model_id}. "
            "Give the file that belongs to it, or begin again without a state."
        )
    if specs != metadata.state:
        raise StateError(
            f"{source} does not fit: it keeps {_listed(specs)}, and the model {_listed(metadata.state)}. "
            "Begin again without a state."
        )
    return {name: each[None] for name, each in saved.values.items()}, saved.turns


def _listed(specs: Sequence[StateSpec]) -> str:
    return ", ".join(f"{spec.name} {list(spec.shape)}" for spec in specs) or "nothing"
