"""Encoders that come with the package, by name; a card lies beside each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

ENCODERS: Final[Mapping[str, Path]] = MappingProxyType(
    {"english": Path(__file__).with_name("english")}
)
