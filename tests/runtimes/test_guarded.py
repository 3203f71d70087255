"""What stands before every runtime: one thread at a time, errors of ours, and only what is an answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from numpy.typing import NDArray

from neurolite_core.artifact.span_facts import SpanFacts
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_runtimes.guarded import Guarded
from runtimes.test_running import METADATA


class Fixed:
    """Gives the outputs that it was made with."""

    metadata = replace(METADATA, outputs=("logits", "expert"))
    runtime: Final = "runtime 1"
    is_reference: Final = False
    sealed: Final = True
    settings: Mapping[str, str] = {}

    def __init__(self, **outputs: NDArray[Any]) -> None:
        logits, words = np.zeros((2, 2), np.float32), np.ones(2, np.int32)
        expert = np.zeros(2, np.int32)
        self.outputs = {"logits": logits, "expert": expert, "words": words} | outputs

    def run_bytes(
        self, packed: NDArray[np.uint8], _: object = None
    ) -> Mapping[str, NDArray[np.generic]]:
        return self.outputs


PACKED = np.zeros((2, 4), np.uint8)


def test_answers_go_through() -> None:
    session = Fixed()
    assert Guarded(session, Path("x.onnx")).run_bytes(PACKED) is session.outputs


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"logits": np.array([[0, np.nan]] * 2, np.float32)}, "not finite"),
        ({"logits": np.array([[0, np.inf]] * 2, np.float32)}, "not finite"),
        ({"logits": np.array([[0, -np.inf]] * 2, np.float32)}, "not finite"),
        ({"logits": np.zeros((2, 3), np.float32)}, r"float32 \[2, 3\], not the float32 \[2, 2\]"),
        ({"logits": np.zeros((2, 0), np.float32)}, r"float32 \[2, 0\]"),
        ({"logits": np.zeros(2, np.float32)}, r"float32 \[2\]"),
        ({"logits": np.zeros((1, 2), np.float32)}, r"float32 \[1, 2\]"),
        ({"logits": np.zeros((2, 2), np.float64)}, "float64"),
        ({"logits": np.array([["a", "b"]] * 2)}, "logits are <U1"),
        ({"words": np.ones(1, np.int32)}, "words are int32"),
        ({"words": np.array([1, 2**40])}, "counts 1,099,511,627,776 words"),
        ({"words": np.array([1, -1])}, "counts"),
        ({"words": np.array([1, np.nan])}, "words are float64"),
        ({"expert": np.zeros((2, 3), np.int32)}, r"expert is int32 \[2, 3\], not the number"),
        ({"expert": np.array([0, 64], np.int32)}, "not the number of an expert"),
        ({"expert": np.array([-1, 0], np.int32)}, "not the number of an expert"),
        ({"expert": np.array([0, np.nan], np.float32)}, "not the number of an expert"),
        ({"expert": np.array(["0", "1"])}, "expert is <U1"),
        ({"words": np.array(["1", "2"])}, "words are <U1"),
    ],
)
def test_what_is_no_answer_is_an_error(outputs: dict[str, NDArray[Any]], message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        Guarded(Fixed(**outputs), Path("x.onnx")).run_bytes(PACKED)


class Spans(Fixed):
    """Of two texts of one and two words."""

    metadata = replace(
        METADATA,
        outputs=("logits", "tags", "offsets"),
        spans=SpanFacts(types=("time",), thresholds=(0.0,)),
    )

    def __init__(self) -> None:
        super().__init__(
            words=np.array([1, 2], np.int32),
            tags=np.zeros((2, 2, 3), np.float32),
            offsets=np.array([[[0, 2], [0, 0]], [[0, 1], [2, 4]]], np.int32),
        )


def offsets_with(place: tuple[int, int, int], value: int) -> NDArray[np.int32]:
    offsets: NDArray[np.int32] = Spans().outputs["offsets"].copy()
    offsets[place] = value
    return offsets


@pytest.mark.parametrize(
    ("outputs", "message"),
    [
        ({"tags": np.zeros((2, 1, 3), np.float32)}, r"not the finite float32 \[2, 2, 3\]"),
        ({"tags": np.zeros((2, 2, 5), np.float32)}, r"tags are float32 \[2, 2, 5\]"),
        ({"tags": np.zeros((2, 2, 3), np.float64)}, "tags are float64"),
        ({"tags": np.full((2, 2, 3), np.nan, np.float32)}, "not the finite"),
        ({"tags": np.full((2, 2, 3), "no", object)}, "tags are object"),
        ({"offsets": np.zeros((2, 2, 3), np.int32)}, r"not two places .* \[2, 2, 2\]"),
        ({"offsets": np.zeros((2, 2, 2), np.float32)}, "offsets are float32"),
        ({"offsets": offsets_with((0, 0, 0), -1)}, "not two places"),
        ({"offsets": offsets_with((1, 1, 1), 5)}, "not two places"),
        ({"offsets": offsets_with((1, 1, 0), 5)}, "not two places"),
    ],
)
def test_words_that_stand_nowhere_are_an_error(
    outputs: dict[str, NDArray[Any]], message: str
) -> None:
    right = Spans()
    assert Guarded(right, Path("x.onnx")).run_bytes(PACKED) is right.outputs
    wrong = Spans()
    wrong.outputs |= outputs
    with pytest.raises(ArtifactError, match=message):
        Guarded(wrong, Path("x.onnx")).run_bytes(PACKED)


def test_what_a_runtime_throws_is_ours_and_what_is_ours_stays() -> None:
    class Throws(Fixed):
        def __init__(self, error: Exception) -> None:
            super().__init__()
            self.error = error

        def run_bytes(
            self, packed: NDArray[np.uint8], _: object = None
        ) -> Mapping[str, NDArray[np.generic]]:
            raise self.error

    with pytest.raises(
        ArtifactError, match=r"x.onnx cannot answer: runtime 1 failed \(no memory\)"
    ):
        Guarded(Throws(RuntimeError("no memory\nat 0x12")), Path("x.onnx")).run_bytes(PACKED)
    with pytest.raises(InputError, match=r"^not UTF-8$"):
        Guarded(Throws(InputError("not UTF-8")), Path("x.onnx")).run_bytes(PACKED)


@pytest.mark.parametrize("one_at_a_time", [True, False])
def test_threads_take_turns_where_they_must(one_at_a_time: bool) -> None:
    class Counting(Fixed):
        inside = most = 0

        def run_bytes(
            self, packed: NDArray[np.uint8], _: object = None
        ) -> Mapping[str, NDArray[np.generic]]:
            self.inside += 1
            self.most = max(self.most, self.inside)
            time.sleep(0.02)
            self.inside -= 1
            return self.outputs

    session = Counting()
    guarded = Guarded(session, Path("x.onnx"), one_at_a_time=one_at_a_time)
    threads = [threading.Thread(target=guarded.run_bytes, args=(PACKED,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (session.most == 1) == one_at_a_time
