"""``states.json``: what a conversation begins with, its file's bytes, and files that are refused."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np

from learning.toy import METADATA
from neurolite_core.artifact.state_file import SavedState, encode_state, load_state
from neurolite_core.ground.errors import StateError
from neurolite_core.network.state_spec import StateSpec, initial_state

MODEL: Final = METADATA.model_id or ""
OTHER: Final = "f" * 32
SPECS: Final = (
    StateSpec(name="working", shape=(2, 3)),
    StateSpec(name="position", shape=(), dtype="int32", initial=-1),
    StateSpec(name="gain", shape=(2,), initial=0.5),
)
SAVED: Final = SavedState(
    model_id=MODEL,
    turns=7,
    values={
        "working": np.array([[0.0, -1.5, 3.25], [1e-30, 1e30, -0.0]], np.float32),
        "position": np.array(123_456, np.int32),
        "gain": np.array([0.1, 0.2], np.float32),
    },
)
PLAIN: Final = encode_state(SAVED, SPECS)
_DIGEST: Final = 32


def resealed(content: bytes) -> bytes:
    """With the right digest."""
    return content[:-_DIGEST] + hashlib.sha256(content[:-_DIGEST]).digest()


def changed(place: int, value: bytes) -> bytes:
    """The file with other bytes at a place, and the right digest."""
    return resealed(PLAIN[:place] + value + PLAIN[place + len(value) :])


def _foreign() -> bytes:
    return encode_state(replace(SAVED, model_id=OTHER), SPECS)


def _of_other_specs() -> bytes:
    values = {name: SAVED.values[name] for name in ("working", "position")}
    return encode_state(SavedState(MODEL, 7, values), SPECS[:2])


def _turned(turns: object) -> bytes:
    return resealed(PLAIN.replace(b'"turns":7', b'"turns":' + str(turns).encode()[:1]))


# Name -> the bytes, and why a reader refuses them.
REFUSED: Final[dict[str, tuple[Callable[[], bytes], str]]] = {
    "an empty file": (lambda: b"", "not a state"),
    "something else": (lambda: b"NLSTORE\n" + PLAIN[8:], "not a state"),
    "cut short": (lambda: PLAIN[:40], "damaged"),
    "a byte is missing": (lambda: PLAIN[:-1], "damaged"),
    "a bit is wrong": (lambda: PLAIN[:-40] + bytes([PLAIN[-40] ^ 1]) + PLAIN[-39:], "damaged"),
    "more than its header tells of": (lambda: resealed(PLAIN[:-_DIGEST] + bytes(36)), "damaged"),
    "turns are no number": (lambda: _turned('"'), "damaged"),
    "not a number": (
        lambda: changed(len(PLAIN) - _DIGEST - 4, struct.pack("<f", np.nan)),
        "damaged",
    ),
    "a newer version": (lambda: changed(8, struct.pack("<I", 2)), "newer version"),
    "of another model": (_foreign, "another model"),
    "of other tensors": (_of_other_specs, "another model"),
}


def is_refused(content: bytes) -> bool:
    """By the reference."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "s.nlstate"
        path.write_bytes(content)
        try:
            load_state(path, replace(METADATA, state=SPECS))
        except StateError:
            return True
    return False


def made() -> dict[str, Any]:
    """All of it."""
    begun = initial_state(SPECS, 1)
    for name, (content, _) in REFUSED.items():
        assert is_refused(content()), name
    return {
        "model_id": MODEL,
        "state": [asdict(spec) for spec in SPECS],
        "initial": {name: values.tobytes().hex() for name, values in begun.items()},
        "files": [
            {
                "name": name,
                "turns": turns,
                "values": {key: np.asarray(each).tobytes().hex() for key, each in values.items()},
                "bytes": encode_state(SavedState(MODEL, turns, values), SPECS).hex(),
            }
            for name, turns, values in (
                ("begun", 0, {key: each[0] for key, each in begun.items()}),
                ("remembered", SAVED.turns, SAVED.values),
            )
        ],
        "refused": [
            {"name": name, "why": why, "bytes": content().hex()}
            for name, (content, why) in REFUSED.items()
        ],
    }
