"""PyTorch against ExecuTorch files in every precision, and the tiny preset whole."""

from __future__ import annotations

from agreement import (
    check_float32_file,
    check_parity,
    check_preset,
    check_trained,
    every_precision,
)
from artifacts import Store


@every_precision("executorch")
def test_small_files(exported: Store, precision: str) -> None:
    check_parity(exported, "executorch", "one", precision)


def test_float32_is_really_float32(exported: Store) -> None:
    check_float32_file(exported, "executorch", "one")


def test_trained_weights_in_int8(exported: Store) -> None:
    check_trained(exported, "executorch", "int8")


def test_a_preset_in_int8(exported: Store) -> None:
    check_preset(exported, "executorch")
