"""Nothing is left in the user's home: what libraries would keep there for the next time goes with the process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from typing import Final

from neurolite_core.ground.environment import set_unless_given

_MATPLOTLIB: Final = "MPLCONFIGDIR"


def leave_nothing() -> None:
    """For a command: matplotlib's list of fonts lies in a folder that ends with this process.

    Raises:
        OSError: there is no temporary folder that can be written; a command says so.
    """
    if _MATPLOTLIB in os.environ:
        return
    folder = tempfile.mkdtemp(prefix="neurolite-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    set_unless_given({_MATPLOTLIB: folder})
