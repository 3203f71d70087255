"""The C library of models as one source and its header, for projects that have no build system to speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SOURCE: Final = "neurolite_model.c"
HEADER: Final = "neurolite_model.h"
# Of CMake's list, the hash for vectors and what chooses it, which small processors have no use for.
LEFT_OUT: Final = ("hash_vector", "paths")
# Instruction sets that the compiler's flags choose, by its macros; else the network is plain C.
SETS: Final = {
    "smlad": "defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__OPTIMIZE__) && !defined(NL_PLAIN)"
}
PLAIN: Final = "scalar"
LISTS_SETS: Final = "model_paths"
_LIST: Final = re.compile(r"set\(model_sources ([^)]*)\)")
_LISTED: Final = re.compile(r"src/(\w+)\.c")
_INCLUDE: Final = re.compile(r'#include "([\w.]+)"')
# A source that a macro leaves out as a whole; what it includes must not go with it.
_OPTIONAL: Final = re.compile(r"(?:/\*.*?\*/\s*)?#if !defined\(NL_NO_\w+\)\n", re.DOTALL)
_BEGIN: Final = """\
/* The NeuroLite model library in one file: neurolite_model.h says what it does.
 * Written by `neurolite-ops sources` from runtimes/native/src; change it there. MIT licence. */
"""


def one_source(native: Path) -> dict[str, bytes]:
    """File name -> content of the library: ``SOURCE``, which includes nothing else of ours than ``HEADER``.

    Args:
        native: the folder with ``src`` and ``include``, as ``native_build.source_folder`` gives it.
    """
    seen = {HEADER}
    lines = [_BEGIN, f'#include "{HEADER}"\n']
    for name in listed_sources(native):
        if name == LISTS_SETS:
            lines += _networks(native, seen)
        lines += _inlined(native, f"{name}.c", seen)
    header = (native / "include" / HEADER).read_bytes()
    return {SOURCE: "".join(lines).encode(), HEADER: header}


def listed_sources(native: Path) -> list[str]:
    """Names of the sources that CMake has for every processor, in its order."""
    listed = _LIST.search((native / "cmake" / "model.cmake").read_text("utf-8"))
    names = _LISTED.findall(listed[1]) if listed else []
    return [name for name in names if name not in LEFT_OUT]


def _networks(native: Path, seen: set[str]) -> Iterator[str]:
    """The kernels of the instruction set that is chosen, and the macro by which the list of sets knows of it."""
    word = "if"
    for name, condition in SETS.items():
        yield f"\n#{word} {condition}\n"
        yield from _kernels(native, name, seen)
        word = "elif"
    yield "\n#else\n"
    yield from _kernels(native, PLAIN, seen)
    yield "#endif\n"


def _kernels(native: Path, name: str, seen: set[str]) -> Iterator[str]:
    yield f"#define NL_HAVE_{name.upper()}\n"
    yield from _inlined(native, f"net_{name}.c", set(seen))


def _inlined(native: Path, name: str, seen: set[str]) -> Iterator[str]:
    """A file's lines, with those of each file of ours that it is the first to include."""
    folder = "src" if (native / "src" / name).is_file() else "include"
    text = (native / folder / name).read_text("utf-8")
    if _OPTIONAL.match(text):
        for included in _INCLUDE.findall(text):
            yield from _included(native, included, seen)
    yield f"\n/* ---- {name} ---- */\n"
    for line in text.splitlines(keepends=True):
        include = _INCLUDE.match(line)
        if include is None:
            yield line
        else:
            yield from _included(native, include[1], seen)


def _included(native: Path, name: str, seen: set[str]) -> Iterator[str]:
    """A file's lines where nothing has included it yet."""
    if name not in seen:
        seen.add(name)
        yield from _inlined(native, name, seen)
