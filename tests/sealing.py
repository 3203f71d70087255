"""Files as who makes them on purpose can: with another content, and a seal."""

from __future__ import annotations

import json
from pathlib import Path

import onnx

from neurolite_core.artifact.formats import json_file
from neurolite_core.artifact.formats.onnx_file import seal
from neurolite_core.artifact.seal import BLANK, SEAL_KEY


def save_sealed(model: onnx.ModelProto, path: Path) -> Path:
    """Writes a changed .onnx of ours with a seal that holds."""
    for item in model.metadata_props:
        if item.key == SEAL_KEY:
            item.value = BLANK
    path.write_bytes(seal(model.SerializeToString()))
    return path


def save_sealed_json(value: object, path: Path) -> Path:
    """Writes a changed JSON file of ours with a seal that holds."""
    if isinstance(value, dict):
        value = {name: item for name, item in value.items() if name != SEAL_KEY}
    path.write_bytes(json_file.seal(json.dumps(value).encode()))
    return path
