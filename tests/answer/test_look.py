"""Labels that look alike, by what; labels that look like several."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolite_core.answer.look import (
    combined_labels,
    differences,
    look_alikes,
    look_of,
    merged_labels,
)


@pytest.mark.parametrize(
    ("one", "other", "by"),
    [
        ("alarm", "Alarm", ("case",)),
        ("straße", "STRASSE", ("case",)),
        ("set alarm", "set  alarm", ("spaces",)),
        ("set alarm", "set\u00a0alarm", ("spaces",)),
        ("café", unicodedata.normalize("NFD", "café"), ("composed accents",)),
        ("alarm", "al\u200barm", ("invisible characters",)),
        ("alarm", "alarm\ufe0f", ("invisible characters",)),
        ("alarm", "al\u00adarm\u2060", ("invisible characters",)),
        ("alarm1", "\uff41\uff4c\uff41\uff52\uff4d\uff11", ("width",)),
        ("カナ", "\uff76\uff85", ("width",)),
        ("set alarm", "\uff33et \u200balarm", ("invisible characters", "width", "case")),
    ],
)
def test_they_look_alike(one: str, other: str, by: tuple[str, ...]) -> None:
    assert look_of(one) == look_of(other)
    assert look_alikes(["x", one, "y", other]) == [(one, other)]
    assert differences((one, other)) == by


def test_others_do_not() -> None:
    labels = [
        "alarm",
        "alarms",
        "al arm",
        "álarm",
        "alarm1",
        "alarm²",
        "alarm2",
        "①",
        "1",
        "\u200b",
        "",
    ]
    assert look_alikes(labels) == []


@given(st.text(max_size=20), st.integers(0, 20))
def test_no_composition_and_nothing_invisible_changes_a_look(label: str, place: int) -> None:
    look = look_of(label)
    assert bool(look) == bool(label)
    assert look_of(unicodedata.normalize("NFC", label)) == look_of(
        unicodedata.normalize("NFD", label)
    )
    assert look_of(f"a{label[:place]}\u200b{label[place:]}") == look_of(f"a{label}")


def test_the_most_frequent_stays_and_given_ones_always() -> None:
    rows = {"Alarm": 3, "alarm": 5, "ALARM": 5, "book": 1}
    assert merged_labels((), rows) == {"alarm": "ALARM", "Alarm": "ALARM"}
    assert merged_labels(("Alarm", "book"), rows) == {"alarm": "Alarm", "ALARM": "Alarm"}
    # Labels of the training data that look alike stay two, and each is its own.
    assert merged_labels(("Alarm", "alarm"), rows | {"aLarm": 1}) == {
        "ALARM": "Alarm", "aLarm": "Alarm"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        (("alarm", "alarm|wake", "book", "wake", "wake|alarm"), ("alarm|wake", "wake|alarm")),
        (("a;b", "b; c", "c;a"), ("a;b", "b; c", "c;a")),
        (("a", "b", "a, b"), ("a, b",)),
        (("food, drinks", "food, other", "music"), ()),
        (("a|b", "c"), ()),
        (("a|", "|a", "a"), ()),
        (("a", "b", "c"), ()),
        ((), ()),
    ],
)
def test_labels_that_look_like_several(labels: tuple[str, ...], found: tuple[str, ...]) -> None:
    assert combined_labels(labels) == found
