"""``neurolite-export --list``: targets, precisions, what is installed and how to get the rest."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, packages_distributions, version

import typer
from rich.table import Table

from neurolite_core.ground.terminal import SafeConsole
from neurolite_export.targets import TARGETS, TargetRow


def list_targets(*, as_json: bool) -> None:
    """Prints the table of targets, to standard output."""
    if as_json:
        rows = {name: _facts(row) for name, row in TARGETS.items()}
        typer.echo(json.dumps(rows, indent=2, sort_keys=True))
        return
    table = Table(title="neurolite-export targets", title_justify="left", title_style="bold")
    for column in ("target", "file", "precisions", "installed", "to install"):
        table.add_column(column)
    for name, row in TARGETS.items():
        found = ", ".join(f"{package} {number}" for package, number in _installed(row).items())
        table.add_row(
            name, f"*{row.suffix}", ", ".join(row.precisions), found or "nothing", _command(row)
        )
    SafeConsole().print(table)


def _facts(row: TargetRow) -> dict[str, object]:
    return {
        "suffix": row.suffix,
        "precisions": list(row.precisions),
        "installed": _installed(row),
        "missing": list(row.missing()),
        "install": _command(row),
    }


def _installed(row: TargetRow) -> dict[str, str]:
    """Distribution name -> version, for the modules that are there."""
    distributions = packages_distributions()
    found: dict[str, str] = {}
    missing = row.missing()
    for module in row.modules:
        for name in [] if module in missing else distributions.get(module, [module])[:1]:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = "unknown"
    return found


def _command(row: TargetRow) -> str:
    return f"pip install 'neurolite[{row.extra}]'" if row.missing() else ""
