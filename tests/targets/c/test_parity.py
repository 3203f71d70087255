"""PyTorch against .nlm files: each part that the target computes, trained weights, and the tiny preset whole."""

from __future__ import annotations

import pytest

from agreement import check_parity, check_preset, check_trained
from artifacts import Store


@pytest.mark.parametrize(
    "source",
    [
        "one",
        "bag",
        "packed-lanes",
        "rules-lanes",
        "rules-asking",
        "finding",
        "finding-alone",
        "remembering",
    ],
)
def test_small_files(exported: Store, source: str) -> None:
    check_parity(exported, "c", source, "int8")


def test_trained_weights(exported: Store) -> None:
    check_trained(exported, "c", "int8")


def test_a_preset_in_int8(exported: Store) -> None:
    check_preset(exported, "c")
