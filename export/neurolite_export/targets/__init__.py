"""The table of targets; heavy imports happen inside a row's function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from neurolite_export.target import Target


def _onnx() -> Target:
    from neurolite_export.targets.onnx.target import OnnxTarget

    return OnnxTarget()


TARGETS: Final[Mapping[str, Callable[[], Target]]] = MappingProxyType({"onnx": _onnx})
