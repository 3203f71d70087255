"""Optional dependencies: imported where used; a missing one fails with the command to type."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from neurolite_core.ground.errors import MissingDependencyError


def require(module: str, *, extra: str) -> ModuleType:
    """Imports an optional module.

    Args:
        module: dotted name.
        extra: the extra of this distribution that installs it.

    Raises:
        MissingDependencyError: it is not installed; the message is the command.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != top:
            raise  # installed, but broken: its own message says more than ours
        raise MissingDependencyError(
            f"{top} is not installed. Install it: pip install 'neurolite[{extra}]'"
        ) from error
