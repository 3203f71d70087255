"""Where the model that comes with the package lies; its card is beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

DEFAULT_CHECKPOINT: Final = Path(__file__).with_name("intents")
