"""What a device has to install before it can measure: distributions, versions, bytes on disk.

``python -m neurolite_bench.footprint [--runtime NAME] [--json]`` lists this environment's; in one made with
nothing but ``pip install 'neurolite[onnxruntime]'`` that is all there is besides pip.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.table import Table

from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import MissingDependencyError

BASE: Final = "neurolite"
RUNTIMES: Final = ("onnxruntime", "ai-edge-litert", "tflite-runtime", "executorch")
_MB: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Installed:
    """A distribution.

    Attributes:
        name: as in its metadata.
        version: of it.
        size_bytes: of its files, compiled Python included where there is some.
    """

    name: str
    version: str
    size_bytes: int


def footprint(names: Sequence[str]) -> list[Installed]:
    """Distributions with all that they need, the largest first.

    What is needed on other systems only, and not installed, does not count.

    Raises:
        MissingDependencyError: one of ``names`` is not installed.
    """
    found: dict[str, Distribution] = {}
    for name in names:
        try:
            _collect(distribution(name), found)
        except PackageNotFoundError as error:
            raise MissingDependencyError(
                f"{name} is not installed. Install it: pip install {name}"
            ) from error
    listed = [
        Installed(item.metadata["Name"], item.version, _size(item)) for item in found.values()
    ]
    return sorted(listed, key=lambda item: (-item.size_bytes, item.name))


def _collect(item: Distribution, found: dict[str, Distribution]) -> None:
    key = _normal(item.metadata["Name"])
    if key in found:
        return
    found[key] = item
    for requirement in item.requires or ():
        name = re.match(r"[\w.-]+", requirement)
        if name is None or re.search(r"\bextra\s*==", requirement):
            continue
        try:
            _collect(distribution(name[0]), found)
        except PackageNotFoundError:
            continue


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _size(item: Distribution) -> int:
    paths = (item.locate_file(file) for file in item.files or ())
    return sum(path.stat().st_size for path in paths if path.is_file())  # type: ignore[attr-defined]


def main(
    runtime: Annotated[str, typer.Option(help=", ".join(RUNTIMES))] = RUNTIMES[0],
    json_out: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List what measuring with one runtime needs."""
    with exit_codes():
        require_choice("--runtime", runtime, RUNTIMES)
        found = footprint((BASE, runtime))
        total = sum(item.size_bytes for item in found)
        if json_out:
            listed = [asdict(item) for item in found]
            typer.echo(json.dumps({"distributions": listed, "total_bytes": total}, indent=2))
            return
        table = Table("distribution", "version", "MB")
        for item in found:
            table.add_row(item.name, item.version, f"{item.size_bytes / _MB:.1f}")
        table.add_section()
        table.add_row("all", "", f"{total / _MB:.1f}")
        Console().print(table)


if __name__ == "__main__":
    typer.run(main)
