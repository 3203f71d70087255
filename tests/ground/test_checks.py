"""The ends of what is allowed are allowed; what lies beyond is refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from neurolite_core.ground.checks import (
    require_choice,
    require_fraction,
    require_path,
    require_range,
)
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.ground.files import read_in_parts


@pytest.mark.parametrize("value", [3, 4, 5])
def test_a_range_has_both_its_ends(value: int) -> None:
    require_range("number", value, 3, 5)


@pytest.mark.parametrize("value", [2, 6, 4.0, True, "4", None])
def test_beyond_a_range(value: object) -> None:
    with pytest.raises(InputError, match=r"number is .*; give a whole number from 3 to 5"):
        require_range("number", value, 3, 5)


@pytest.mark.parametrize("value", [0, 0.0, 0.5, 1 - 2**-53])
def test_a_fraction_starts_at_zero(value: float) -> None:
    require_fraction("share", value)


@pytest.mark.parametrize("value", [1, 1.0, -0.1, float("nan"), False, "0.5"])
def test_a_fraction_ends_below_one(value: object) -> None:
    with pytest.raises(InputError, match="share is"):
        require_fraction("share", value)


def test_a_choice_names_all() -> None:
    require_choice("kind", "a", ("a", "b"))
    with pytest.raises(InputError, match="kind is 'c'; choose one of: a, b"):
        require_choice("kind", "c", ("a", "b"))


def test_reading_in_parts_is_limited_before_it_starts(tmp_path: Path) -> None:
    path = tmp_path / "big"
    path.write_bytes(b"x" * 100)
    assert list(read_in_parts(path, 100, part=64)) == [b"x" * 64, b"x" * 36]
    with pytest.raises(ArtifactError, match="100 bytes; at most 99"):
        next(read_in_parts(path, 99, ArtifactError))


@pytest.mark.parametrize(
    ("path", "said"),
    [("", "is empty"), ("a\0b", r"U\+0000"), ("n" * 5000, "too long for a file name")],
)
def test_paths_that_no_file_system_takes(path: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        require_path("path", path)
    assert len(str(caught.value)) < 200
