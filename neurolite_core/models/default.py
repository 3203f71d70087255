"""Where the models that come with the package lie; the card of each is beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

MODELS: Final[Mapping[str, Path]] = MappingProxyType(
    {
        name: Path(__file__).with_name(name)
        for name in ("intents", "english", "dialogues", "nextwords")
    }
)
DEFAULT_MODEL: Final = "intents"
DEFAULT_CHECKPOINT: Final = MODELS[DEFAULT_MODEL]
