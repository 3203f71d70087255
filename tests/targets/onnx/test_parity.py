"""PyTorch against ONNX files in every precision, and every preset whole."""

from __future__ import annotations

import pytest

from agreement import (
    check_float32_file,
    check_int8_file,
    check_parity,
    check_trained,
    every_precision,
)
from artifacts import Store
from neurolite_core.network.config import PRESETS


@every_precision("onnx")
def test_small_files(exported: Store, precision: str) -> None:
    check_parity(exported, "onnx", "one", precision)


def test_float32_is_really_float32(exported: Store) -> None:
    check_float32_file(exported, "onnx", "one")


def test_trained_weights_in_int8(exported: Store) -> None:
    check_trained(exported, "onnx", "int8")


@pytest.mark.parametrize("preset", PRESETS)
def test_presets_in_int8(exported: Store, preset: str) -> None:
    check_int8_file(exported, "onnx", preset)
    check_parity(exported, "onnx", preset, "int8")
