"""Modules that this target computes in another way; none yet.

litert-torch lowers every module that there is.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from torch import nn

from neurolite_export.replacing import Replacement

REPLACEMENTS: Final[Mapping[type[nn.Module], Replacement]] = MappingProxyType({})
