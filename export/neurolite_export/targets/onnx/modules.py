"""Modules that this target computes in another way; none yet.

torch.onnx lowers every module that there is; the projection becomes one op after quantization (``row_sum.py``).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from torch import nn

from neurolite_export.replacing import Replacement

REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType({})
