"""PyTorch against Core AI files in every precision, by Apple's runtime, and the tiny preset whole."""

from __future__ import annotations

import pytest

from agreement import (
    check_float32_file,
    check_parity,
    check_preset,
    check_trained,
    every_precision,
)
from artifacts import Store


@every_precision("coreai")
def test_small_files(exported: Store, precision: str) -> None:
    check_parity(exported, "coreai", "one", precision)


def test_float32_is_really_float32(exported: Store) -> None:
    check_float32_file(exported, "coreai", "one")


@pytest.mark.parametrize("precision", ["float16", "int8"])
def test_trained_weights(exported: Store, precision: str) -> None:
    check_trained(exported, "coreai", precision)


def test_a_preset_in_int8(exported: Store) -> None:
    check_preset(exported, "coreai")
