"""Where a search keeps what: one folder, of which ``work`` can be made again."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.network.config import NeuroLiteConfig

_LIMIT = 2**20


@dataclass(frozen=True, slots=True)
class Places:
    """Files of a search.

    Attributes:
        out: its folder.
    """

    out: Path

    @property
    def work(self) -> Path:
        """What can be made again: stores, trials, times, the study."""
        return self.out / "work"

    @property
    def data(self) -> Path:
        """Stores of the texts."""
        return self.work / "data"

    @property
    def study(self) -> Path:
        """The study's database."""
        return self.work / "study.sqlite3"

    @property
    def asked(self) -> Path:
        """What the search was asked for."""
        return self.work / "asked.json"

    @property
    def front(self) -> Path:
        """The checkpoints that are worth having."""
        return self.out / "front"

    @property
    def result(self) -> Path:
        """The figures."""
        return self.out / "search.json"

    @property
    def picture(self) -> Path:
        """The picture."""
        return self.out / "search.svg"

    def trial(self, name: str) -> Path:
        """Folder of a configuration."""
        return self.work / "trials" / name

    def time(self, name: str) -> Path:
        """File with the time of a shape."""
        return self.work / "times" / f"{name}.json"


def name_of(config: NeuroLiteConfig) -> str:
    """Of a configuration, such as ``mixer-1f3a5b7c``: equal ones have equal names."""
    digest = hashlib.sha256(config.to_json().encode()).hexdigest()
    return f"{config.backbone}-{digest[:8]}"


def read_json(path: Path) -> dict[str, Any] | None:
    """An object of ours; None where there is none.

    Raises:
        InputError: damaged.
    """
    if not path.exists():
        return None
    try:
        found = json.loads(read_limited(path, _LIMIT))
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InputError(f"{path} is damaged. Remove it, or forget the search: --restart")
    return found


def write_json(path: Path, value: dict[str, Any]) -> None:
    """Writes an object, atomically."""
    write_atomically(path, (json.dumps(value, indent=1, sort_keys=True) + "\n").encode())
