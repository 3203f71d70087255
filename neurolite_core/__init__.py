"""NeuroLite's reference: UTF-8 bytes to words, hashes, projection, backbone and answer.

Shapes are given by letters: N texts, T bytes, L words, K hashes, M table rows, E table columns,
H hidden channels, C labels. Modules that runtimes need are numpy-only; the names below that need
numpy or PyTorch are loaded when first used.
"""

import neurolite_start as neurolite_start  # first, see there

# isort: split
from importlib import import_module
from typing import TYPE_CHECKING

from neurolite_core.ground.connections import send_nothing
from neurolite_core.ground.errors import ArtifactError as ArtifactError
from neurolite_core.ground.errors import CheckpointError as CheckpointError
from neurolite_core.ground.errors import GateError as GateError
from neurolite_core.ground.errors import InputError as InputError
from neurolite_core.ground.errors import MissingDependencyError as MissingDependencyError
from neurolite_core.ground.errors import NeuroLiteError as NeuroLiteError
from neurolite_core.ground.errors import StateError as StateError
from neurolite_core.ground.extras import require

send_nothing()

if TYPE_CHECKING:
    from neurolite_core.artifact.checkpoint import load_checkpoint as load_checkpoint
    from neurolite_core.artifact.checkpoint import save_checkpoint as save_checkpoint
    from neurolite_core.artifact.metadata import ArtifactMetadata as ArtifactMetadata
    from neurolite_core.network.config import NeuroLiteConfig as NeuroLiteConfig
    from neurolite_core.network.generation_options import GenerationOptions as GenerationOptions
    from neurolite_core.network.memory.options import MemoryOptions as MemoryOptions
    from neurolite_core.network.model import (
        NeuroLiteForClassification as NeuroLiteForClassification,
    )
    from neurolite_core.network.model import NeuroLiteForEmbedding as NeuroLiteForEmbedding
    from neurolite_core.network.model import NeuroLiteForGeneration as NeuroLiteForGeneration
    from neurolite_core.network.model import NeuroLiteForSpans as NeuroLiteForSpans
    from neurolite_core.network.spans_options import SpansOptions as SpansOptions
    from neurolite_core.network.words import NeuroLiteModel as NeuroLiteModel

_NEED_NUMPY = {
    "ArtifactMetadata": "neurolite_core.artifact.metadata",
    "GenerationOptions": "neurolite_core.network.generation_options",
    "MemoryOptions": "neurolite_core.network.memory.options",
    "NeuroLiteConfig": "neurolite_core.network.config",
    "SpansOptions": "neurolite_core.network.spans_options",
}
_NEED_TORCH = {
    "NeuroLiteModel": "neurolite_core.network.words",
    "NeuroLiteForClassification": "neurolite_core.network.model",
    "NeuroLiteForEmbedding": "neurolite_core.network.model",
    "NeuroLiteForGeneration": "neurolite_core.network.model",
    "NeuroLiteForSpans": "neurolite_core.network.model",
    "load_checkpoint": "neurolite_core.artifact.checkpoint",
    "save_checkpoint": "neurolite_core.artifact.checkpoint",
}


def __getattr__(name: str) -> object:
    if name in _NEED_NUMPY:
        return getattr(import_module(_NEED_NUMPY[name]), name)
    if name not in _NEED_TORCH:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    require("torch", extra="torch")
    return getattr(require(_NEED_TORCH[name], extra="torch"), name)
