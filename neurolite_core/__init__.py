"""NeuroLite's reference: UTF-8 bytes to words, hashes, projection, backbone and answer.

Shapes are given by letters: N texts, T bytes, L words, K hashes, M table rows, E table columns,
H hidden channels, C labels. Modules that runtimes need are numpy-only; the names below that need
PyTorch are loaded when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from neurolite_core.artifact import ArtifactMetadata as ArtifactMetadata
from neurolite_core.config import NeuroLiteConfig as NeuroLiteConfig
from neurolite_core.dependencies import require
from neurolite_core.errors import ArtifactError as ArtifactError
from neurolite_core.errors import CheckpointError as CheckpointError
from neurolite_core.errors import GateError as GateError
from neurolite_core.errors import InputError as InputError
from neurolite_core.errors import MissingDependencyError as MissingDependencyError
from neurolite_core.errors import NeuroLiteError as NeuroLiteError

if TYPE_CHECKING:
    from neurolite_core.checkpoint import load_checkpoint as load_checkpoint
    from neurolite_core.checkpoint import save_checkpoint as save_checkpoint
    from neurolite_core.model import NeuroLiteForClassification as NeuroLiteForClassification
    from neurolite_core.model import NeuroLiteForEmbedding as NeuroLiteForEmbedding
    from neurolite_core.model import NeuroLiteModel as NeuroLiteModel

_NEED_TORCH = {
    "NeuroLiteModel": "neurolite_core.model",
    "NeuroLiteForClassification": "neurolite_core.model",
    "NeuroLiteForEmbedding": "neurolite_core.model",
    "load_checkpoint": "neurolite_core.checkpoint",
    "save_checkpoint": "neurolite_core.checkpoint",
}


def __getattr__(name: str) -> object:
    if name not in _NEED_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("torch", extra="torch")
    return getattr(require(_NEED_TORCH[name], extra="torch"), name)
