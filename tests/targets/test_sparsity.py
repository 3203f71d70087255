"""2:4 sparsity read back from the files of every target: each holds the zeros, where the weights have them."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper

from artifacts import SOURCES, Store
from neurolite_core.artifact.package import Package
from neurolite_export.targets import EVERY_PART
from sparsity import SPARSE, most_of_four


def weights() -> dict[str, NDArray[np.float32]]:
    network = SOURCES["backbone-columns"]().network
    found = {
        name: value.numpy() for name, value in network.state_dict().items() if name.endswith(SPARSE)
    }
    assert len(found) == 4
    return found


def raw_of(exported: Store, target: str) -> bytes:
    content = exported(target, "backbone-columns", "float32").built.content
    return b"".join(content.files.values()) if isinstance(content, Package) else content


@pytest.mark.parametrize("target", [each for each in EVERY_PART if each != "coreml"])
def test_files_hold_the_zeros_of_the_weights(exported: Store, target: str) -> None:
    """Dense, with zeros there: rows of float32 in the file, whole and as the network has them."""
    raw = raw_of(exported, target)
    for name, weight in weights().items():
        assert most_of_four(weight) == 2, name
        assert np.ascontiguousarray(weight, "<f4").tobytes() in raw, name


def test_core_ml_holds_values_and_places(exported: Store) -> None:
    """Half of the values, and of every four, as 4 bits, which two they are; the whole weight is nowhere."""
    raw = raw_of(exported, "coreml")
    for name, weight in weights().items():
        kept = weight.reshape(-1) != 0
        assert kept.sum() == weight.size // 2, name
        assert weight.reshape(-1)[kept].astype("<f4").tobytes() in raw, name
        assert np.packbits(kept, bitorder="little").tobytes() in raw, name
        assert np.ascontiguousarray(weight, "<f4").tobytes() not in raw, name


def test_rounded_weights_are_sparse_too(exported: Store) -> None:
    """In int8 the zeros are zeros, and those of the file are found by what else they hold."""
    content = exported("onnx", "backbone-columns", "int8").built.content
    assert isinstance(content, bytes)
    model = onnx.load_from_string(content)
    held = [numpy_helper.to_array(each) for each in model.graph.initializer]
    for name, weight in weights().items():
        (rounded,) = [each for each in held if each.dtype == np.int8 and _are(each, weight)]
        turned = rounded if rounded.shape == weight.shape and _like(rounded, weight) else rounded.T
        assert most_of_four(turned) == 2, name


_ALIKE: Final = 0.99


def _are(found: NDArray[Any], weight: NDArray[np.float32]) -> bool:
    return found.ndim == 2 and (_like(found, weight) or _like(found.T, weight))


def _like(found: NDArray[Any], weight: NDArray[np.float32]) -> bool:
    """Whether values are a matrix's, but for each row's scale."""
    if found.shape != weight.shape:
        return False
    norms = np.linalg.norm(found.astype(np.float64), axis=1) * np.linalg.norm(weight, axis=1)
    cosines: NDArray[np.float64] = (found * weight).sum(axis=1) / np.maximum(norms, 1e-12)
    return bool((cosines > _ALIKE).all())
