"""Generators in the C library: what is refused of their files, and states of words read one by one and together."""

from __future__ import annotations

import json
import tracemalloc
from contextlib import nullcontext

import numpy as np
import pytest

from artifacts import Store
from generating import SENTENCES
from native.test_model_library import content_of
from neurolite_bench.generation.speaking import LibrarySpeaker, SessionSpeaker, speak
from neurolite_core.artifact.formats.nlm import Part, read_parts, write_parts
from neurolite_core.artifact.formats.nlm_backbones import BackboneSizes
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.files import read_into_pages
from neurolite_core.text.segments import split_segments
from neurolite_runtimes.nlm_library import ModelLibrary
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model

SHAPE, BACKBONE, GENERATION = 2, 126, 189  # kinds of parts
ENTER, SELECT, DECAY, LEAVE, NARROW = 128, 132, 138, 143, 192
INIT, SHIFT = 1, 3  # behind that of a product's weights


@pytest.mark.parametrize(
    ("part", "place", "value"),
    [
        *((GENERATION, 0, narrow) for narrow in (0, 8, 24, 1 << 20)),
        (GENERATION, 1, 2),
        (GENERATION, 2, 0),  # a second product, for which there is one
        (GENERATION, 2, 2),
        (GENERATION, 3, 1),
        (BACKBONE, 3, 2),  # ways
        (BACKBONE, 7, 0),  # second products, likewise
        (BACKBONE, 7, 2),
        (BACKBONE, 8, 1),
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


@pytest.mark.parametrize(
    ("part", "place", "value", "fits"),
    [
        ((ENTER + SHIFT, 0), 0, 31 - 4, True),  # a second product's is 4 bits larger
        ((ENTER + SHIFT, 0), 0, 31 - 3, False),
        ((LEAVE + SHIFT, 0), 0, 31 - 7, True),
        ((LEAVE + SHIFT, 0), 0, 31 - 6, False),
        ((SELECT + SHIFT, 0), 0, 31, True),  # which has no second one
        ((ENTER + INIT, 0), -1, 2**31 - 1, False),
        ((LEAVE + INIT, 0), -1, 1 - 2**31, False),
        ((NARROW + INIT, 0), -1, 2**31 - 1, False),
    ],
)
def test_second_products_that_could_leave_int32_are_refused(
    model_library: ModelLibrary,
    exported: Store,
    part: tuple[int, int],
    place: int,
    value: int,
    fits: bool,
) -> None:
    content = content_of(exported, "streaming")
    parts = {key: bytes(view) for key, view in read_parts(content, "model.nlm").items()}
    numbers = np.frombuffer(parts[part], "<i4").copy()
    numbers[place] = value
    parts[part] = numbers.tobytes()
    changed = write_parts([Part(*key, own) for key, own in parts.items()])
    expected = nullcontext() if fits else pytest.raises(ArtifactError, match="damaged")
    with expected:
        read_model(changed, "model.nlm")
    with expected:
        model_library.open(changed, "model.nlm")


def test_a_state_space_of_two_ways_has_no_second_products(exported: Store) -> None:
    for source, finer in (("streaming", 1), ("backbone-states", 0)):
        model = read_model(exported.ungated("c", source, "int8").read_bytes(), "model.nlm")
        sizes = model.modules["backbone"]
        assert isinstance(sizes, BackboneSizes)
        assert (sizes.finer, sizes.ways) == (finer, 2 - finer)


def test_a_state_that_the_metadata_do_not_name_is_refused(exported: Store) -> None:
    content = content_of(exported, "streaming")
    parts = {key: bytes(view) for key, view in read_parts(content, "model.nlm").items()}
    metadata = json.loads(parts[1, 0])
    metadata["state"][0]["shape"], metadata["state"][2]["shape"] = [32], [64]
    parts[1, 0] = json.dumps(metadata).encode()
    with pytest.raises(ArtifactError, match="damaged"):
        read_model(write_parts([Part(*key, own) for key, own in parts.items()]), "model.nlm")


def test_states_that_a_word_wipes_out_are_those_of_the_reference(
    model_library: ModelLibrary, exported: Store
) -> None:
    """Powers far below -87, where float32 has no exponential any more."""
    content = content_of(exported, "streaming")
    parts = {key: bytes(view) for key, view in read_parts(content, "model.nlm").items()}
    decay = np.frombuffer(parts[DECAY, 0], "<f4")
    parts[DECAY, 0] = (decay * np.geomspace(1, 1e6, len(decay), dtype="<f4")).tobytes()
    changed = write_parts([Part(*key, own) for key, own in parts.items()])
    opened = read_model(changed, "model.nlm")
    wanted = NlmEvaluator(opened).run(b"Can we meet at noon?")
    kept = np.concatenate([wanted[spec.next_name].ravel() for spec in opened.metadata.state])
    model = model_library.open(changed, "model.nlm")
    for path in model_library.paths:
        model.choose(path)
        found = model.run(b"Can we meet at noon?")
        np.testing.assert_array_equal(found.state, kept)
        np.testing.assert_array_equal(found.logits, wanted["logits"][0])


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


def test_the_c_library_alone_says_what_its_session_says(
    model_library: ModelLibrary, exported: Store
) -> None:
    file = exported("c", "streaming", "int8").path
    (segments,) = split_segments(SENTENCES[:1])
    alone, session = LibrarySpeaker(file, model_library), SessionSpeaker(file)
    assert (alone.kind, alone.vocabulary, alone.most) == (
        session.kind,
        session.vocabulary,
        session.most,
    )
    begun = alone.begin()
    np.testing.assert_array_equal(begun[0], session.begin()[0])
    said = [speak(each, segments.words)[0] for each in (alone, session)]
    np.testing.assert_array_equal(said[0], said[1])
    # A state is not written over: what was said of it is said again.
    np.testing.assert_array_equal(begun[1]["state"], alone.begin()[1]["state"])
    again = [alone.step(segments.words[:2], begun[1])[0] for _ in range(2)]
    np.testing.assert_array_equal(again[0], again[1])
