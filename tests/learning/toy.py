"""A session whose vectors are told, so that tests know what is near to what."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.similarity import Similarity
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import WORDS

SIZE = 16
SIMILARITY = Similarity(SIZE, 0.5, 12.0, -6.0, 20.0, 0.4)
METADATA = ArtifactMetadata(
    task="embedding",
    labels=(),
    threshold=None,
    max_words=64,
    max_bytes=256,
    num_hashes=16,
    table_size=512,
    embedding_size=SIZE,
    parameters=1,
    target="onnx",
    precision="float32",
    name="toy",
    weights="none",
    model_id="0123456789abcdef" * 2,
    similarities=(SIMILARITY,),
    input_name="bytes",
    input_type="uint8",
    buckets=(),
    outputs=("embedding",),
    tools={},
)
UNMEASURED = replace(METADATA, similarities=())
OTHER = replace(METADATA, model_id="f" * 32, name="other")
TRAINED = replace(
    METADATA,
    task="classification",
    labels=("alarm", "music"),
    threshold=0.5,
    outputs=("logits", "embedding"),
)


def vector_of(text: bytes, size: int = SIZE) -> NDArray[np.float32]:
    """The word before a space is a direction, what follows moves a little from it; spaces alone are zeros."""
    if not text.strip():
        return np.zeros(size, np.float32)
    topic, _, rest = text.partition(b" ")
    found = _direction(topic, size) + (0.3 * _direction(rest, size) if rest else 0)
    return (found / np.linalg.norm(found)).astype(np.float32)


def _direction(text: bytes, size: int) -> NDArray[np.float64]:
    seed = int.from_bytes(hashlib.sha256(text).digest()[:8], "little")
    found = np.random.default_rng(seed).standard_normal(size)
    return found / np.linalg.norm(found)


class Toy:
    """Fulfils ``Session``; logits speak for the trained label that the text begins with."""

    is_reference = False
    sealed = True
    runtime = "toy"
    settings: Mapping[str, str] = {}

    def __init__(self, metadata: ArtifactMetadata = METADATA) -> None:
        self.metadata = metadata

    def run_bytes(
        self, packed: NDArray[np.uint8], _: object = None
    ) -> Mapping[str, NDArray[np.generic]]:
        texts = [bytes(row).rstrip(b"\0") for row in packed]
        size = self.metadata.embedding_size
        found: dict[str, NDArray[np.generic]] = {
            "embedding": np.stack([vector_of(text, size) for text in texts]),
            WORDS: np.array([len(text.split()) for text in texts], np.int32),
        }
        if self.metadata.labels:
            rows = [
                [4.0 if text.startswith(label.encode()) else -4.0 for label in self.metadata.labels]
                for text in texts
            ]
            found["logits"] = np.array(rows, np.float32)
        return found
