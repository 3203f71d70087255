"""A candidate in a line, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def line_of(facts: Mapping[str, Any]) -> str:
    """What a candidate was worth and what it costs, for people."""
    score = facts["score"]
    parts = ["-" if score is None else f"{100 * score:.2f} %"]
    parts.append(f"{facts['onnx_int8_bytes'] / 1e6:.2f} MB int8 ONNX")
    if "multiply_adds" in facts:
        parts.append(
            f"{facts['multiply_adds'] / 1e6:.1f} M multiply-adds for {facts['words']} words"
        )
        parts.append(f"trained in {facts['seconds']:,.0f} s")
    return f"{', '.join(parts)} ({facts['how']})"
