"""Words labelled in every target: offsets are exact, whatever stands beside them, and tags near the reference."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from artifacts import SOURCES, SPANS, Store
from neurolite_bench.parity import TOLERANCES
from neurolite_core.answer.outputs import OFFSETS, TAGS
from neurolite_core.artifact.package import read_content
from neurolite_core.network.model import TextNetwork
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import truncate
from neurolite_export.targets import TARGETS
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import Outputs, Session, run
from texts import follower_texts, generated_texts

NUM_TAGS: Final = 1 + 2 * len(SPANS.types)
EDGES: Final = [
    b"",
    b" \0 ",
    b"a",
    b"a " * 90,  # more words than are read, and more bytes
    ("x" * 70 + "e\u0301").encode(),
    ("\u0301\u200b" * 3 + "a" + "\u0301" * 8 + " b").encode(),
    b"\xff\xc3 caf\xe9\xe4",
    ("\u6f22\u5b57" * 40).encode(),
]


def texts(count: int) -> list[bytes]:
    return [*EDGES, *generated_texts(count, seed=81), *follower_texts(count // 2, seed=82)]


def read_words(found: Outputs, max_words: int) -> NDArray[np.bool_]:
    """bool [N, L], where there is a word that is read."""
    length = found.values[TAGS].shape[1]
    assert length == max(1, min(int(found.words.max()), max_words))
    mask: NDArray[np.bool_] = np.arange(length) < found.words[:, None]
    return mask


def check_offsets(session: Session, found: Outputs, own: list[bytes]) -> None:
    """Those of numpy, to the last of all words."""
    limits = session.metadata
    cut = [truncate(text, limits.max_bytes)[0] for text in own]
    mask = read_words(found, limits.max_words)
    expected = word_offsets(cut, limits.max_words, mask.shape[1])
    assert found.values[OFFSETS].dtype == np.int32
    np.testing.assert_array_equal(found.values[OFFSETS], expected)
    assert ((expected[..., 1] > 0) == mask).all()
    for text, row, there in zip(own, expected, mask, strict=True):
        assert all(text[start:end] for start, end in row[there])


def check_tags(
    network: TextNetwork, session: Session, found: Outputs, own: list[bytes]
) -> tuple[float, float]:
    """As near as logits have to be; the largest error, and dB."""
    tags, mask = found.values[TAGS], read_words(found, network.config.max_words)
    assert tags.dtype == np.float32
    assert tags.shape == (len(own), mask.shape[1], NUM_TAGS)
    assert not tags[~mask].any()
    with torch.no_grad():
        reference = network(input_texts=own)[TAGS].numpy()
    error = tags[mask] - reference[mask]
    far = float(np.abs(error).max())
    noise = float(10 * np.log10((reference[mask] ** 2).sum() / (error**2).sum()))
    metadata = session.metadata
    tolerance = TOLERANCES[metadata.target, metadata.precision]
    assert far <= tolerance.max_abs_error
    assert noise >= tolerance.min_sqnr_db
    return far, noise


BOTH: Final = ("float32", "int8")
CASES: Final = [
    ("onnx", "joint", BOTH),
    ("onnx", "joint-several", BOTH),
    ("onnx", "joint-ruled", BOTH),
    ("onnx", "spans", BOTH),
    ("litert", "joint", BOTH),
    ("executorch", "joint", BOTH),
    ("coreai", "joint", BOTH),
    ("coreml", "joint", BOTH),
    ("coreml", "spans", ("int8",)),  # whose one graph is for both buckets
]


@pytest.mark.parametrize(("target", "source", "precisions"), CASES)
def test_offsets_are_exact_and_tags_near(
    exported: Store, target: str, source: str, precisions: tuple[str, ...]
) -> None:
    network = SOURCES[source]().network
    own = texts(20 if target == "coreml" else 120)
    for precision in precisions:
        path = exported.ungated(target, source, precision)
        session = open_artifact(path)
        found = run(session, own, batch_size=9)
        check_offsets(session, found, own)
        print(target, source, precision, check_tags(network, session, found, own))  # noqa: T201 (how far)
        # Alone and in other batches a text has the same words, but no room for others'.
        for row, text in enumerate(own[:12]):
            alone = run(session, [text])
            check_offsets(session, alone, [text])
            length = alone.values[TAGS].shape[1]
            together = found.values[TAGS][row, :length]
            np.testing.assert_allclose(alone.values[TAGS][0], together, atol=1e-5)


@pytest.mark.parametrize("target", ["onnx", "litert", "executorch", "coreml", "coreai"])
def test_int8_covers_the_head_over_words(exported: Store, target: str) -> None:
    """Every product is int8: three of this head, and those of the network."""
    made = TARGETS[target].load()
    for precision, kinds in (("float32", {"float32"}), ("int8", {"int8", "int8 weights"})):
        path = exported.ungated(target, "joint", precision)
        contents = made.inspect(read_content(path, 2**29))
        assert set(contents.products) <= kinds


def test_large_calls_are_run_in_parts_and_joined(exported: Store) -> None:
    """Parts of a call have longest texts of their own."""
    own = [b"a b c", b"d", *[b"one two"] * 400, b"e f g h i j"]
    session = open_artifact(exported.ungated("onnx", "spans", "int8"))
    for size in (1, 7, 1_000):
        found = run(session, own, batch_size=size)
        assert found.values[OFFSETS].shape == (len(own), 6, 2)
        check_offsets(session, found, own)
