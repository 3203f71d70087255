"""Nothing is left in the user's home: what libraries would keep there for the next time goes with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import Final

from neurolite_core.ground.environment import set_unless_given
from neurolite_core.ground.errors import InputError

_MATPLOTLIB: Final = "MPLCONFIGDIR"


def leave_nothing() -> None:
    """For a command: matplotlib's list of fonts lies in a folder that ends with this process.

    Raises:
        InputError: there is no temporary folder that can be written.
    """
    if _MATPLOTLIB in os.environ:
        return
    try:
        folder = tempfile.mkdtemp(prefix="neurolite-")
    except OSError as error:
        raise InputError(
            f"No temporary folder can be written ({error.strerror or error}). Name one: TMPDIR=FOLDER"
        ) from error
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    set_unless_given({_MATPLOTLIB: folder})
