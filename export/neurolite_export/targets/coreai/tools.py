"""coreai-torch, imported and called without its notes about other packages, and without its progress bars."""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps everything but exceptions off the terminal."""
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stderr(io.StringIO()),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        warnings.simplefilter("ignore")
        yield


with quiet():
    import coreai_torch
    import coreai_torch._compression.custom_layers  # registers the operation that unpacks int8
    from coreai._compiler.ir import Module
    from coreai.authoring import AIModelAsset, AIProgram
    from coreai.authoring.context import Context
    from coreai.runtime import AIModelAssetMetadata

__all__ = [
    "AIModelAsset",
    "AIModelAssetMetadata",
    "AIProgram",
    "Context",
    "Module",
    "coreai_torch",
    "quiet",
]
