"""From the options of ``neurolite-search`` to what is searched: the space, the data, and the folder of before."""

from __future__ import annotations

import hashlib
import shutil
from typing import Any, Final

from rich.console import Console

from neurolite_bench.searching.evaluating import PARTS, Ground
from neurolite_bench.searching.places import Places, read_json, write_json
from neurolite_bench.searching.space import Space, config_of, first_draws
from neurolite_bench.searching.timing import require_exports
from neurolite_core.data.showing import show_report
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.configurable import Effective
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.values import shown
from neurolite_core.training.options import default_epochs
from neurolite_core.training.requirements import ACCELERATORS
from neurolite_core.training.sources import DataFiles, Sources, read_sources

_MOST_EPOCHS: Final = 10_000


def space_of(effective: Effective) -> Space:
    """What the options let be drawn.

    Raises:
        InputError: a backbone or setting that cannot be, or what they ask for is not searched.
        MissingDependencyError: what they need is not installed.
    """
    values = effective.values
    require_choice("--accelerator", values["accelerator"], ACCELERATORS)
    if values["epochs"] is not None:
        require_range("--epochs", values["epochs"], 0, _MOST_EPOCHS)
    if values["max_ms"] is not None and not values["timed"]:
        raise InputError("--max-ms was given with --no-ms. Leave one of them out.")
    if values["timed"] and not values["exports"]:
        raise InputError("--no-export leaves nothing to time. Give --no-ms too, or leave it out.")
    names = tuple(dict.fromkeys(name.strip() for name in values["backbones"].split(",")))
    space = Space(
        backbones=tuple(name for name in names if name),
        settings=tuple(values["settings"] or ()),
        closed_form=values["epochs"] == 0,
    )
    for drawn in first_draws(space):  # so that a setting that cannot be is said now
        config_of(space, drawn)
    if not space.closed_form:
        require("torch", extra="train")
        require("lightning_fabric", extra="train")
    if values["exports"]:
        require_exports()
    return space


def begun(effective: Effective, space: Space, console: Console) -> tuple[Ground, int]:
    """What all steps share, and the whole budget; the folder is of this search then.

    Raises:
        InputError: data that cannot be used, or the folder is another search's.
    """
    values = effective.values
    places = Places(values["out"])
    if places.front.exists() and not places.asked.exists():
        raise InputError(
            f"{places.front} is there, and not of a search. Move it, or choose another --out."
        )
    if values["restart"]:
        shutil.rmtree(places.work, ignore_errors=True)
    files = DataFiles(
        train=tuple(values["data"]),
        validation=values["validation"],
        text_column=values["text_column"],
        label_column=values["label_column"],
        delimiter=values["delimiter"],
        on_bad="skip" if values["skip_bad_rows"] else "raise",
    )
    sources = read_sources(
        files, places.data, seed=values["seed"], show=lambda report: show_report(report, console)
    )
    rows = len(sources.rows)
    most = values["epochs"]
    if space.closed_form:
        most = PARTS
    elif most is None:
        most = default_epochs(rows, 0.0)
    _require_same(places, _asked(effective, space, sources, most))
    return Ground(
        files=files,
        labels=tuple(sources.train.labels),
        places=places,
        seed=values["seed"],
        closed_form=space.closed_form,
        timed=values["timed"],
        max_mb=values["max_mb"],
        max_ms=values["max_ms"],
        accelerator=values["accelerator"],
    ), most


def _asked(effective: Effective, space: Space, sources: Sources, most: int) -> dict[str, Any]:
    """All that decides what a trial is, by what a person calls it."""
    values = effective.values
    held = hashlib.sha256(sources.validation.store.content.encode())
    held.update(sources.validation.rows.tobytes())
    return {
        "--seed": values["seed"],  # first, as it decides which rows are held out
        "DATA": hashlib.sha256(sources.train.content.encode() + sources.rows.tobytes()).hexdigest(),
        "--validation": held.hexdigest(),
        "--backbones": list(space.backbones),
        "--set": list(space.settings),
        "--epochs": most,
        "--max-mb": values["max_mb"],
        "--max-ms": values["max_ms"],
        "--ms": values["timed"],
    }


def _require_same(places: Places, asked: dict[str, Any]) -> None:
    before = read_json(places.asked)
    if before is None:
        write_json(places.asked, asked)
        return
    for name, value in asked.items():
        if before.get(name) != value:
            said = f"{shown(before.get(name))} there and {shown(value)} here"
            raise InputError(
                f"{places.out} has a search with another {name}: {said}. Give it as it was, choose another --out, or forget "
                "what is there: --restart"
            )
