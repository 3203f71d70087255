"""The encoders that come with the package, which trainings begin with; each has its card in its folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.models.default import MODELS

ENCODERS: Final[Mapping[str, Path]] = MappingProxyType({"english": MODELS["english"]})


def encoders_here() -> dict[str, Path]:
    """Those of ``ENCODERS`` whose weights are installed, in its order; a source tree may lack them."""
    from neurolite_core.artifact.checkpoint import WEIGHTS

    return {name: folder for name, folder in ENCODERS.items() if (folder / WEIGHTS).is_file()}
