"""Values of JSON that are to be the same, numbers nearly so."""

from typing import Any

import pytest


def assert_near(found: Any, kept: Any) -> None:  # noqa: ANN401  # JSON
    """The same keys, lengths and values; floats within 2e-5, as processors differ in the last bits."""
    if isinstance(kept, dict):
        assert found.keys() == kept.keys()
        for key in kept:
            assert_near(found[key], kept[key])
    elif isinstance(kept, list):
        assert len(found) == len(kept)
        for one, other in zip(found, kept, strict=True):
            assert_near(one, other)
    elif isinstance(kept, float):
        assert found == pytest.approx(kept, abs=2e-5)
    else:
        assert found == kept
