"""The table of targets; heavy imports happen inside a row's function."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from neurolite_core.artifact.package import Content, single_file
from neurolite_core.ground.errors import MissingDependencyError
from neurolite_export.target import Target

# File name -> content.
Sources = Callable[[str, Content], Mapping[str, bytes]]


@dataclass(frozen=True, slots=True)
class TargetRow:
    """What can be said of a target before anything heavy is imported.

    Attributes:
        suffix: of its files.
        precisions: those that it builds.
        modules: import names that it needs, the format's own first.
        extra: of this distribution, installs them.
        load: imports it.
        every_part: it computes whatever a network may have; others refuse by name what they lack.
        sources: what ``--source`` writes beside a file, from the stem of its name and its content.
    """

    suffix: str
    precisions: tuple[str, ...]
    modules: tuple[str, ...]
    extra: str
    load: Callable[[], Target]
    every_part: bool = True
    sources: Sources | None = None

    def missing(self) -> tuple[str, ...]:
        """Those of ``modules`` that are not installed."""
        return tuple(name for name in self.modules if importlib.util.find_spec(name) is None)


def _onnx() -> Target:
    from neurolite_export.targets.onnx.target import OnnxTarget

    return OnnxTarget()


def _litert() -> Target:
    from neurolite_export.targets.litert.target import LiteRtTarget

    return LiteRtTarget()


def _executorch() -> Target:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # ExecuTorch imports what Python deprecates
        from neurolite_export.targets.executorch.target import ExecutorchTarget

    return ExecutorchTarget()


def _coreml() -> Target:
    from neurolite_export.targets.coreml.target import CoreMLTarget

    return CoreMLTarget()


def _coreai() -> Target:
    from neurolite_export.targets.coreai.target import CoreAITarget

    return CoreAITarget()


def _c() -> Target:
    from neurolite_export.targets.c.target import CTarget

    return CTarget()


def _c_sources(stem: str, content: Content) -> Mapping[str, bytes]:
    from neurolite_export.targets.c.sources import source_files

    return source_files(stem, single_file(content))


TARGETS: Final[Mapping[str, TargetRow]] = MappingProxyType(
    {
        "onnx": TargetRow(
            suffix=".onnx",
            precisions=("float32", "int8"),
            modules=("onnx", "onnxscript", "onnxruntime", "torch"),
            extra="export",
            load=_onnx,
        ),
        "litert": TargetRow(
            suffix=".tflite",
            precisions=("float32", "int8"),
            modules=("litert_torch", "ai_edge_litert", "torch"),
            extra="export-litert",
            load=_litert,
        ),
        "executorch": TargetRow(
            suffix=".pte",
            precisions=("float32", "int8"),
            modules=("executorch", "torchao", "torch"),
            extra="export-executorch",
            load=_executorch,
        ),
        "coreml": TargetRow(
            suffix=".mlpackage",
            precisions=("float32", "float16", "int8"),
            modules=("coremltools", "torch"),
            extra="export-coreml",
            load=_coreml,
        ),
        "coreai": TargetRow(
            suffix=".aimodel",
            precisions=("float32", "float16", "int8"),
            modules=("coreai_torch", "coreai", "torch"),
            extra="export-coreai",
            load=_coreai,
        ),
        "c": TargetRow(
            suffix=".nlm",
            precisions=("int8",),
            modules=("torch",),
            extra="export",
            load=_c,
            every_part=False,
            sources=_c_sources,
        ),
    }
)


EVERY_PART: Final = tuple(name for name, row in TARGETS.items() if row.every_part)


def require_installed(name: str) -> None:
    """Checks a target's packages before long work, without importing them.

    Raises:
        MissingDependencyError: some are not installed; the message is the command.
    """
    missing = TARGETS[name].missing()
    if missing:
        raise MissingDependencyError(
            f"The target {name} needs {', '.join(missing)}. "
            f"Install it: pip install 'neurolite[{TARGETS[name].extra}]'"
        )
