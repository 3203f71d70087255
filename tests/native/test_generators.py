"""Generators in the C library: what is refused of their files, and states of words read one by one and together."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pytest

from artifacts import Store
from native.test_model_library import content_of
from neurolite_core.artifact.formats.nlm import Part, read_parts, write_parts
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.files import read_into_pages
from neurolite_runtimes.nlm_library import ModelLibrary
from neurolite_runtimes.nlm_reference.model import read_model

SHAPE, BACKBONE, GENERATION = 2, 126, 189  # kinds of parts


@pytest.mark.parametrize(
    ("part", "place", "value"),
    [
        *((GENERATION, 0, narrow) for narrow in (0, 8, 24, 1 << 20)),
        (GENERATION, 1, 2),
        (GENERATION, 2, 1),
        (BACKBONE, 3, 2),  # ways
        (SHAPE, 12, 3),  # pooling
        (SHAPE, 10, 0),  # entries
        (SHAPE, 29, 1),  # a memory
        (SHAPE, 31, 0),  # the mixer
    ],
)
def test_generators_that_no_file_may_have_are_refused(
    model_library: ModelLibrary, exported: Store, part: int, place: int, value: int
) -> None:
    content = content_of(exported, "streaming")
    assert read_model(content, "model.nlm").metadata.task == "generation"
    parts = {key: bytes(view) for key, view in read_parts(content, "model.nlm").items()}
    numbers = np.frombuffer(parts[part, 0], "<i4").copy()
    assert numbers[place] != value
    numbers[place] = value
    parts[part, 0] = numbers.tobytes()
    changed = write_parts([Part(*key, own) for key, own in parts.items()])
    with pytest.raises(ArtifactError):
        read_model(changed, "model.nlm")
    with pytest.raises(ArtifactError):
        model_library.open(changed, "model.nlm")


def test_a_state_that_the_metadata_do_not_name_is_refused(exported: Store) -> None:
    content = content_of(exported, "streaming")
    parts = {key: bytes(view) for key, view in read_parts(content, "model.nlm").items()}
    metadata = json.loads(parts[1, 0])
    metadata["state"][0]["shape"], metadata["state"][2]["shape"] = [32], [64]
    parts[1, 0] = json.dumps(metadata).encode()
    with pytest.raises(ArtifactError, match="damaged"):
        read_model(write_parts([Part(*key, own) for key, own in parts.items()]), "model.nlm")


def test_words_leave_the_same_state_one_by_one_and_together(
    model_library: ModelLibrary, exported: Store
) -> None:
    model = model_library.open(content_of(exported, "streaming"), "model.nlm")
    kept = None
    for word in (b"Can", b" we", b"", b" meet\n", b"Yes"):
        kept = model.run(word, kept).state
    together = model.run(b"Can we meet\nYes")
    assert kept is not None
    np.testing.assert_array_equal(kept, together.state)
    assert kept.any()


def test_the_library_computes_in_the_pages_that_were_read(
    model_library: ModelLibrary, exported: Store
) -> None:
    path = exported.ungated("c", "streaming", "int8")
    content = read_into_pages(path, 2**24)
    tracemalloc.start()
    try:
        model = model_library.open(content, "model.nlm")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < len(content) / 2
    text = b"Can we meet"
    copied = model_library.open(bytes(content), "model.nlm")
    assert (model.run(text).logits == copied.run(text).logits).all()
