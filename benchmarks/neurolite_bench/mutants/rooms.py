"""The rooms of the source: where their files are, and which tests are asked where no coverage was measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.errors import InputError


@dataclass(frozen=True, slots=True)
class Room:
    """Files of a room.

    Attributes:
        sources: folders, with everything below them.
        suffixes: of the files that are changed.
        tests: folders of tests, or single ones, that are about it, in the order in which they are asked.
        without: files that are generated.
    """

    sources: tuple[str, ...]
    tests: tuple[str, ...]
    suffixes: tuple[str, ...] = (".py",)
    without: tuple[str, ...] = ()


def _core(name: str, *tests: str) -> Room:
    return Room((f"neurolite_core/{name}",), tests)


ROOMS: Final[Mapping[str, Room]] = MappingProxyType(
    {
        "ground": _core(
            "ground", "tests/ground", "tests/network/test_config.py", "tests/export/test_cli.py"
        ),
        "text": _core(
            "text", "tests/text", "tests/data/test_reading.py", "tests/hashing", "tests/data"
        ),
        "hashing": _core(
            "hashing",
            "tests/hashing/test_indices.py",
            "tests/hashing/test_words.py",
            "tests/hashing",
            "tests/network/test_model.py",
        ),
        "answer": _core(
            "answer",
            "tests/answer",
            "tests/evaluation",
            "tests/network",
            "tests/runtimes/test_session.py",
            "tests/runtimes",
        ),
        "rules": _core("rules", "tests/rules", "tests/network/test_rules.py"),
        "network": _core(
            "network",
            "tests/network/test_parts.py",
            "tests/network/test_model.py",
            "tests/network",
            "tests/artifact",
            "tests/export/test_default_model.py",
        ),
        "artifact": _core("artifact", "tests/artifact", "tests/runtimes", "tests/targets"),
        "data": _core(
            "data",
            "tests/data/test_labels.py",
            "tests/data",
            "tests/training/test_batches.py",
            "tests/training",
        ),
        "evaluation": _core("evaluation", "tests/evaluation"),
        "training": _core(
            "training",
            "tests/training/test_objective.py",
            "tests/training/test_batches.py",
            "tests/training/test_finishing.py",
            "tests/training",
            "tests/evaluation",
        ),
        "export": Room(
            ("export/neurolite_export",),
            (
                "tests/export/test_parity_report.py",
                "tests/export/test_ranges.py",
                "tests/export/test_certificate.py",
                "tests/export/test_exporting.py",
                "tests/export",
                "tests/targets",
                "tests/parity",
            ),
        ),
        "runtimes": Room(
            ("runtimes/neurolite_runtimes",),
            (
                "tests/runtimes/test_running.py",
                "tests/runtimes/test_session.py",
                "tests/runtimes/test_cli.py",
                "tests/learning",
                "tests/runtimes",
                "tests/targets",
                "tests/native/test_c_abi.py",
                "tests/native/test_onnx_op.py",
                "tests/native",
            ),
        ),
        "native": Room(
            ("runtimes/native/src",),
            (
                "tests/native/test_c_abi.py",
                "tests/native/test_row_sum.py",
                "tests/native/test_onnx_op.py",
                "tests/native",
            ),
            suffixes=(".c", ".h"),
            without=("runtimes/native/src/tables.c",),
        ),
        "bench": Room(("benchmarks/neurolite_bench",), ("tests/bench",)),
    }
)


def room_of(file: str) -> str:
    """The room of a source file.

    Raises:
        InputError: it is in none.
    """
    for name, room in ROOMS.items():
        if any(file.startswith(f"{folder}/") for folder in room.sources):
            return name
    raise InputError(f"{file} is in no room; rooms are {', '.join(ROOMS)}.")


def sources_of(root: Path, room: str) -> Iterator[str]:
    """Files of a room that may be changed, as paths inside the tree, sorted."""
    chosen = ROOMS[room]
    found = {
        path.relative_to(root).as_posix()
        for folder in chosen.sources
        for suffix in chosen.suffixes
        for path in (root / folder).rglob(f"*{suffix}")
    }
    yield from sorted(found - set(chosen.without))


def own_tests(root: Path, room: str) -> list[str]:
    """Test files that are about a room, in the order of its row."""
    found: dict[str, None] = {}
    for place in ROOMS[room].tests:
        path = root / place
        files = sorted(path.rglob("test_*.py")) if path.is_dir() else [path]
        found |= dict.fromkeys(
            item.relative_to(root).as_posix() for item in files if item.is_file()
        )
    return list(found)
