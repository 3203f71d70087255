"""What ``pyproject.toml`` asks for: every range, and the table of the releases that were run at its ends."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.version import Version

from neurolite_core.ground.files import read_limited

PROJECT: Final = "neurolite"
BASE: Final = ""  # the name here of the dependencies that come without an extra
_LIMIT: Final = 2**20


def read_requirements(pyproject: Path) -> dict[str, list[Requirement]]:
    """The requirements of each extra as they are written, and of the base under ``BASE``."""
    project = tomllib.loads(read_limited(pyproject, _LIMIT).decode())["project"]
    written = {BASE: project["dependencies"], **project["optional-dependencies"]}
    return {extra: [Requirement(line) for line in lines] for extra, lines in written.items()}


def expanded(
    requirements: Mapping[str, list[Requirement]], extras: Collection[str]
) -> dict[str, set[str]]:
    """Ranges by package for an installation with these extras, those that other extras bring included."""
    ranges: dict[str, set[str]] = {}
    waiting, seen = [BASE, *extras], set[str]()
    while waiting:
        extra = waiting.pop()
        if extra in seen:
            continue
        seen.add(extra)
        for requirement in requirements[extra]:
            if requirement.name == PROJECT:
                waiting += requirement.extras
            else:
                ranges.setdefault(requirement.name, set()).add(range_of(requirement))
    return ranges


def range_of(requirement: Requirement) -> str:
    """The lower bound first, as people write it."""
    return ",".join(sorted(map(str, requirement.specifier), reverse=True))


def all_ranges(requirements: Mapping[str, list[Requirement]]) -> dict[str, set[str]]:
    """Ranges by package over all extras."""
    return expanded(requirements, [extra for extra in requirements if extra != BASE])


def ranges_table(result: dict[str, Any]) -> str:
    """A row per package and range that was run: the range, the oldest and the newest release, and where."""
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for run in result["runs"]:
        for package, ranges in run["ranges"].items():
            for wanted in ranges:
                row = found.setdefault((package, wanted), {"versions": set(), "trials": set()})
                row["versions"].add(run["versions"][package])
                row["trials"].add(run["trial"])
    lines = ["| package | range | oldest run | newest run | trials |", "|---|---|---|---|---|"]
    for (package, wanted), row in sorted(found.items()):
        versions = sorted(row["versions"], key=Version)
        lines.append(
            f"| {package} | {wanted.replace(',', ', ')} | {versions[0]} | {versions[-1]} | "
            f"{', '.join(sorted(row['trials']))} |"
        )
    return "\n".join(lines)
