"""Names of ``artifacts.SOURCES`` that tests of C take together, wherever its answers are looked at."""

from __future__ import annotations

from typing import Final

PLAIN: Final = ("one", "two", "packed-lanes", "bag", "wide", "wide-two")
GENERATING: Final = ("generating", "streaming", "streaming-liquid")
