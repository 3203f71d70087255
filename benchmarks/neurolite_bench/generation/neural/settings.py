"""Named settings of reference points, in TOML: a table each, with its kind, its shape and its fitting."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final

from neurolite_bench.generation.neural.checkpoint import make_shape
from neurolite_bench.generation.neural.fitting import Fitting
from neurolite_bench.generation.neural.shapes import Shape
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited

CHOSEN: Final = Path(__file__).parent / "chosen.toml"
_LIMIT: Final = 2**20


@dataclass(frozen=True, slots=True)
class Settings:
    """Of one reference point.

    Attributes:
        name: its table.
        kind: ``lstm`` or ``transformer``.
        numbers: of its shape, but the entries.
        fitting: the options.
    """

    name: str
    kind: str
    numbers: Mapping[str, Any]
    fitting: Fitting

    def shape(self, entries: int) -> Shape:
        """For a vocabulary of so many entries."""
        return make_shape(self.kind, {"entries": entries, **self.numbers})


def read_settings(path: Path) -> dict[str, Settings]:
    """All tables of a file; what is no option of ``Fitting`` belongs to the shape.

    Raises:
        InputError: no TOML, or values that are not known.
    """
    try:
        tables = tomllib.loads(read_limited(path, _LIMIT).decode())
    except (ValueError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}.") from error
    known = {field.name for field in fields(Fitting)}
    found = {}
    for name, table in tables.items():
        if not isinstance(table, dict) or "kind" not in table:
            raise InputError(f'{path}: [{name}] needs kind = "lstm" or "transformer".')
        values = dict(table)
        kind = str(values.pop("kind"))
        fitting = Fitting(**{key: values.pop(key) for key in list(values) if key in known})
        found[name] = Settings(name, kind, values, fitting)
        found[name].shape(1)  # refuses what is wrong before anything is fitted
    return found
