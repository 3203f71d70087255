"""Which candidates are trained: those whose files may be as large as they will be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from neurolite_core.training.choosing.candidates import MEGABYTE, Candidate
from neurolite_core.training.choosing.picking import within
from neurolite_core.training.choosing.sizes import onnx_bytes
from neurolite_core.training.display import Display

if TYPE_CHECKING:
    from neurolite_core.training.request import Request

TRIED: Final = Path("work", "tried")
"""In the folder of a training, those of its candidates where there are several."""


def within_limit(
    request: Request, task: str, labels: Sequence[str], display: Display
) -> tuple[list[Request], dict[str, int]]:
    """One request for each candidate whose file may be as large as it will be, and bytes of the others by name.

    Args:
        request: of all of them.
        task: of the models, key of ``TASKS``.
        labels: of the models.
        display: is told of those that are too large.

    Raises:
        InputError: all are.
    """
    first = Candidate(
        name=request.name, config=request.config, start=request.start, options=request.options
    )
    candidates = {one.name: one for one in (first, *request.also)}
    sizes = {name: onnx_bytes(one.config, task, labels) for name, one in candidates.items()}
    kept, left_out = within(sizes, request.most_bytes)
    of = f" of {len(labels):,} labels" if labels else ""
    for name, size in left_out.items():
        display.note(
            f"not tried: {name}, whose int8 ONNX file{of} takes {size / MEGABYTE:.2f} MB; "
            f"--max-mb is {(request.most_bytes or 0) / MEGABYTE:g}"
        )
    folder = request.out / TRIED if len(kept) > 1 else None
    found = []
    for one in (candidates[name] for name in kept):
        out = request.out if folder is None else folder / one.name
        values = {field.name: getattr(one, field.name) for field in fields(one)}
        found.append(replace(request, **values, also=(), out=out, share=1 / len(kept)))
    return found, left_out
