"""The C library of models as one source and its header, for projects that have no build system to speak of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SOURCE: Final = "neurolite_model.c"
HEADER: Final = "neurolite_model.h"
# In this order; then the network: of the first of SETS that the compiler's flags choose, else in plain C.
PARTS: Final = (
    "tables",
    "characters",
    "words",
    "hash_scalar",
    "ngrams",
    "model_open",
    "model_verify",
    "model_answer",
)
SETS: Final = {
    "smlad": "defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__OPTIMIZE__) && !defined(NL_PLAIN)"
}
PLAIN: Final = "scalar"
LAST: Final = ("model_paths", "network", "model_run")
_INCLUDE: Final = re.compile(r'#include "([\w.]+)"')
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
    for name in PARTS:
        lines += _inlined(native, f"{name}.c", seen)
    for number, (name, condition) in enumerate(SETS.items()):
        lines += [f"\n#{'elif' if number else 'if'} {condition}\n", *_network(native, name, seen)]
    lines += ["\n#else\n", *_network(native, PLAIN, seen), "#endif\n"]
    for name in LAST:
        lines += _inlined(native, f"{name}.c", seen)
    header = (native / "include" / HEADER).read_bytes()
    return {SOURCE: "".join(lines).encode(), HEADER: header}


def _network(native: Path, name: str, seen: set[str]) -> Iterator[str]:
    """A set's network, and the macro by which the list of sets knows that it is there."""
    yield f"#define NL_HAVE_{name.upper()}\n"
    yield from _inlined(native, f"net_{name}.c", set(seen))


def _inlined(native: Path, name: str, seen: set[str]) -> Iterator[str]:
    """A file's lines, with those of each file of ours that it is the first to include."""
    folder = "src" if (native / "src" / name).is_file() else "include"
    yield f"\n/* ---- {name} ---- */\n"
    for line in (native / folder / name).read_text("utf-8").splitlines(keepends=True):
        included = _INCLUDE.match(line)
        if included is None:
            yield line
        elif included[1] not in seen:
            seen.add(included[1])
            yield from _inlined(native, included[1], seen)
