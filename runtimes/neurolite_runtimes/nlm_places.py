"""Where the compiled C library of models is: in the wheel for one kind of machine, or where it was built."""

from __future__ import annotations

import os
from pathlib import Path

from neurolite_core.ground.errors import NeuroLiteError
from neurolite_runtimes.native_library import FOLDER_VARIABLE, library_name
from neurolite_runtimes.nlm_library import model_library_name, model_library_path


def carried_library_path() -> Path:
    """Where a wheel for one kind of machine carries the library; the wheel for all has none."""
    return Path(__file__).resolve().parent / "carried" / model_library_name(library_name())


def found_library_path() -> Path | None:
    """The library that files are opened with; None where there is none.

    That of the folder which the user names, or else the one that came with this release, or else one that was built,
    which may be of an older release.
    """
    if os.environ.get(FOLDER_VARIABLE):
        places = [model_library_path()]
    else:
        places = [carried_library_path(), *_built()]
    return next((path for path in places if path.is_file()), None)


def _built() -> list[Path]:
    try:
        return [model_library_path()]
    except NeuroLiteError:  # there is no home to look in
        return []
