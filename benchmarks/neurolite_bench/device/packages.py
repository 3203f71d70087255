"""Versions of what takes part in a measurement."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Final

PACKAGES: Final = (
    "neurolite",
    "numpy",
    "psutil",
    "torch",
    "onnx",
    "onnxruntime",
    "onnxruntime-extensions",
    "executorch",
    "litert-torch",
    "ai-edge-litert",
    "tflite-runtime",
    "coreai-core",
    "coreai-torch",
    "coremltools",
    "transformers",
    "tokenizers",
    "model2vec",
    "scikit-learn",
    "fasttext-numpy2-wheel",
)


def versions() -> dict[str, str]:
    """Distribution to version, of those that are installed."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
