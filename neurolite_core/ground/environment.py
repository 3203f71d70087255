"""Variables that we set for libraries before they are imported, unless the user has; ours are told from the user's."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

_OURS: dict[str, str] = {}


def set_unless_given(variables: Mapping[str, str]) -> None:
    """Sets what the environment does not have, for this process and those that it starts."""
    for name, value in variables.items():
        if name not in os.environ:
            os.environ[name] = _OURS[name] = value


def without_ours(names: Collection[str]) -> dict[str, str]:
    """The environment without those of ``names`` that we have set and nobody has changed since."""
    return {
        name: value
        for name, value in os.environ.items()
        if not (name in names and _OURS.get(name) == value)
    }
