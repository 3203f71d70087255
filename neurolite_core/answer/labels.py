"""Rules for label names, shared by models, checkpoints and artifacts; no torch."""

from __future__ import annotations

from collections.abc import Sequence

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

MAX_LABELS = 65_536
MAX_LABEL_LENGTH = 256


def default_labels(count: int) -> tuple[str, ...]:
    """``LABEL_0`` ... for a model whose labels were not named."""
    require_range("num_labels", count, 2, MAX_LABELS)
    return tuple(f"LABEL_{number}" for number in range(count))


def check_labels(labels: Sequence[str], expected: int | None = None) -> tuple[str, ...]:
    """The labels as a tuple.

    Raises:
        InputError: fewer than 2 or too many, not strings, empty, too long, twice the same, or not
            ``expected`` many.
    """
    require_range("number of labels", len(labels), 2, MAX_LABELS)
    if expected is not None and expected != len(labels):
        raise InputError(f"num_labels is {expected}, but {len(labels)} labels were given.")
    seen: set[str] = set()
    for label in labels:
        if not isinstance(label, str) or not 0 < len(label) <= MAX_LABEL_LENGTH:
            raise InputError(
                f"Label {shown(label)} cannot be used; give 1 to {MAX_LABEL_LENGTH} characters."
            )
        if any("\ud800" <= character <= "\udfff" for character in label):
            raise InputError(f"Label {shown(label)} has half a character (a lone surrogate).")
        if label in seen:
            raise InputError(f"Label {shown(label)} stands twice; labels must differ.")
        seen.add(label)
    return tuple(labels)
