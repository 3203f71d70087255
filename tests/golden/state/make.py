"""Writes the saved states that every platform's reader is held to; docs/memory.md has the format.

Run ``python tests/golden/state/make.py`` after a change of the format, and never otherwise. ``plain.json`` says what
``plain.nlstate`` holds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import numpy as np

from neurolite_core.artifact.state_file import SavedState, encode_state
from neurolite_core.network.state_spec import StateSpec

HERE: Final = Path(__file__).parent
SPECS: Final = (
    StateSpec(name="working", shape=(2, 3)),
    StateSpec(name="position", shape=(), dtype="int32", initial=-1),
    StateSpec(name="gain", shape=(1, 2, 2), initial=0.5),
)
SAVED: Final = SavedState(
    model_id="00112233445566778899aabbccddeeff",
    turns=7,
    values={
        "working": np.array([[0.0, -1.5, 3.25], [1e-30, 1e30, -0.0]], np.float32),
        "position": np.array(123_456, np.int32),
        "gain": np.array([[[0.1, 0.2], [0.3, 0.4]]], np.float32),
    },
)


def described() -> dict[str, object]:
    """What the file holds; values as their bytes in hex, little-endian."""
    return {
        "model_id": SAVED.model_id,
        "turns": SAVED.turns,
        "state": [
            {
                "name": spec.name,
                "shape": list(spec.shape),
                "dtype": spec.dtype,
                "initial": spec.initial,
            }
            | {"values": SAVED.values[spec.name].tobytes().hex()}
            for spec in SPECS
        ],
    }


if __name__ == "__main__":
    (HERE / "plain.nlstate").write_bytes(encode_state(SAVED, SPECS))
    (HERE / "plain.json").write_text(json.dumps(described(), indent=2) + "\n", "utf-8")
