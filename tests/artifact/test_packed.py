"""Files of weights that are written without torch, read by the safetensors package."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.numpy import load

from neurolite_core.artifact.formats.safetensors_file import (
    packed,
    seal,
    seal_of,
    texts_of,
    to_metadata,
)
from neurolite_core.artifact.seal import Seal

SHAPES = st.dictionaries(
    st.text(st.characters(codec="utf-8"), min_size=1, max_size=8).filter(
        lambda name: name != "__metadata__"
    ),
    st.lists(st.integers(0, 4), max_size=3).map(tuple),
    max_size=5,
)


@given(shapes=SHAPES, text=st.text(st.characters(codec="utf-8"), max_size=20))
@settings(max_examples=50, deadline=None)
def test_what_is_packed_is_read_back(shapes: dict[str, tuple[int, ...]], text: str) -> None:
    random = np.random.default_rng(0)
    tensors = {name: random.normal(size=shape).astype("<f4") for name, shape in shapes.items()}
    content = packed(tensors, to_metadata({"text": text}))
    assert seal_of(content) is Seal.BROKEN
    content = seal(content)
    assert seal_of(content) is Seal.WHOLE
    assert texts_of(content) == {"text": text}
    found = load(content)
    assert found.keys() == tensors.keys()
    for name, value in tensors.items():
        assert found[name].shape == value.shape
        assert np.array_equal(found[name], value)
