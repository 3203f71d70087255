"""coremltools, imported and called without its progress bars and notes about other packages."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps everything but exceptions off the terminal."""
    before = logging.root.manager.disable
    logging.disable(logging.ERROR)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stderr(io.StringIO()),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


with quiet():
    import coremltools as ct
    from coremltools.converters.mil import Builder as mb  # noqa: N813  # as its own code has it
    from coremltools.converters.mil.frontend.torch.ops import _get_inputs as inputs_of
    from coremltools.converters.mil.frontend.torch.torch_op_registry import register_torch_op
    from coremltools.converters.mil.mil.passes.defs.quantization import FP16ComputePrecision
    from coremltools.converters.mil.mil.passes.pass_pipeline import PassPipelineManager
    from coremltools.converters.mil.mil.scope import ScopeInfo, ScopeSource
    from coremltools.converters.mil.mil.types.symbolic import any_symbolic

__all__ = [
    "FP16ComputePrecision",
    "PassPipelineManager",
    "ScopeInfo",
    "ScopeSource",
    "any_symbolic",
    "ct",
    "inputs_of",
    "mb",
    "quiet",
    "register_torch_op",
]
