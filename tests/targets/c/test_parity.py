"""PyTorch against .nlm files: each part that the target computes, trained weights, and the tiny preset whole."""

from __future__ import annotations

import pytest

from agreement import check_parity, check_preset, check_trained, measure
from artifacts import Store
from texts import generated_texts


@pytest.mark.parametrize(
    "source",
    [
        "one",
        "bag",
        "packed-lanes",
        "rules-lanes",
        "rules-asking",
        "finding",
        "remembering",
        "experts",
        "experts-two",
    ],
)
def test_small_files(exported: Store, source: str) -> None:
    check_parity(exported, "c", source, "int8")


def test_tags_of_words_alone(exported: Store) -> None:
    """Their logits are large, as they were learned by heart: what counts is the share of the error."""
    report = measure(exported, "c", "finding-alone", "int8", generated_texts(300, seed=11))
    print(report)  # noqa: T201 (how far apart, also when it passes)
    assert report.indices_different == 0
    assert report.sqnr_db > 30
    assert report.agreement > 0.95


def test_trained_weights(exported: Store) -> None:
    check_trained(exported, "c", "int8")


def test_a_preset_in_int8(exported: Store) -> None:
    check_preset(exported, "c")
