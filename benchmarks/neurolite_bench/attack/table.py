"""The kinds of attack, one row each, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from neurolite_bench.attack.kind import Kind
from neurolite_bench.attack.kinds import (
    damage,
    folders,
    graphs,
    lies,
    resealed,
    signals,
    stores,
    streams,
    threads,
)

KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "onnx": damage.artifact("onnx", ".onnx"),
        "litert": damage.artifact("litert", ".tflite"),
        "executorch": damage.artifact("executorch", ".pte"),
        "coreml": damage.artifact("coreml", "a .mlpackage's files"),
        "coreai": damage.artifact("coreai", "a .aimodel's files"),
        "c": damage.artifact("c", ".nlm"),
        "checkpoint": damage.CHECKPOINT,
        "state": damage.STATE,
        "certificate": damage.CERTIFICATE,
        "bench-report": damage.BENCH_REPORT,
        "report": damage.REPORT,
        "run-file": damage.RUN_FILE,
        "model-config": damage.MODEL_CONFIG,
        "store": stores.DAMAGED,
        "resealed-store": stores.RESEALED,
        "resealed-onnx": resealed.artifact("onnx", ".onnx"),
        "resealed-coreml": resealed.artifact("coreml", "a .mlpackage"),
        "resealed-c": resealed.artifact("c", ".nlm"),
        "resealed-checkpoint": resealed.CHECKPOINT,
        "resealed-litert": resealed.artifact("litert", ".tflite", resealed.ENDS),
        "resealed-coreai": resealed.artifact("coreai", "a .aimodel", resealed.ENDS),
        "resealed-executorch": resealed.artifact("executorch", ".pte", resealed.ENDS),
        "lies-onnx": lies.artifact("onnx", ".onnx"),
        "lies-litert": lies.artifact("litert", ".tflite"),
        "lies-executorch": lies.artifact("executorch", ".pte"),
        "lies-coreml": lies.artifact("coreml", "a .mlpackage"),
        "lies-coreai": lies.artifact("coreai", "a .aimodel"),
        "lies-c": lies.artifact("c", ".nlm"),
        "graphs": graphs.KIND,
        "folders": folders.KIND,
        "threads": threads.KIND,
        "streams": streams.KIND,
        "signals": signals.KIND,
    }
)
