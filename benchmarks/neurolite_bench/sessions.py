"""onnxruntime on one thread, set up the same way for everything that is compared."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neurolite_core.ground.extras import require
from neurolite_runtimes.native_library import NativeLibrary

_ERRORS_ONLY = 3


def session_of(
    model: bytes | Path,
    library: NativeLibrary | None = None,
    profile: Path | None = None,
    *,
    arena: bool = True,
) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    """A session on one thread.

    Args:
        model: a file's content or path.
        library: where given, its native ops are registered.
        arena: with onnxruntime's own allocator.
        profile: where given, the profiler writes to files that begin with it.
    """
    onnxruntime = require("onnxruntime", extra="bench")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    options.enable_cpu_mem_arena = arena
    if library is not None:
        options.register_custom_ops_library(str(library.path.resolve()))
    if profile is not None:
        options.enable_profiling = True
        options.profile_file_prefix = str(profile)
    opened = str(model) if isinstance(model, Path) else model
    return onnxruntime.InferenceSession(opened, options, providers=["CPUExecutionProvider"])
