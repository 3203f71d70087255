"""What is no file: links, pipes, sockets, devices, depth, names, and sizes that no disk has."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

from neurolite_bench.attack.children import Child
from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.outcomes import Found

_ENDLESS: Final = 2**40  # bytes of a file without content
Change = Callable[[Path], None]


def _again(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _linked(to: str) -> Change:
    def change(path: Path) -> None:
        _again(path)
        path.symlink_to(to)

    return change


def _moved_and_linked(path: Path) -> None:
    outside = path.with_name(f"{path.name}.outside")
    path.rename(outside)
    path.symlink_to(outside)


def _pipe(path: Path) -> None:
    _again(path)
    os.mkfifo(path)


def _socket(path: Path) -> None:
    _again(path)
    with socket.socket(socket.AF_UNIX) as made:
        here = Path.cwd()
        os.chdir(path.parent)  # its path may not be long
        try:
            made.bind(path.name)
        finally:
            os.chdir(here)


def _folder(path: Path) -> None:
    _again(path)
    path.mkdir()


def _endless(path: Path) -> None:
    _again(path)
    with path.open("wb") as stream:
        stream.truncate(_ENDLESS)


def _gone(path: Path) -> None:
    _again(path)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


FILES: Final[Mapping[str, Change]] = {
    **{f"a link to {to}": _linked(to) for to in ("/dev/zero", "/dev/random", "/dev/full", "/etc/passwd", "/", ".", "nothing")},
    "a link to what it was": _moved_and_linked,
    "a pipe": _pipe,
    "a socket": _socket,
    "a folder": _folder,
    "a file of 1 TiB": _endless,
    "gone": _gone,
    "empty": _empty,
}  # fmt: skip


def _deep(path: Path) -> None:
    for _ in range(300):
        path /= "d"
        path.mkdir()


def _many(path: Path) -> None:
    for number in range(2000):
        (path / f"file {number}").write_bytes(b"")


def _long_name(path: Path) -> None:
    (path / ("n" * 255)).write_bytes(b"")


def _strange_name(path: Path) -> None:
    (
        path / "\x1b]0;title\x07\n\udcff".encode("utf-8", "surrogateescape").decode("latin-1")
    ).write_bytes(b"")


def _link_inside(path: Path) -> None:
    (path / "inside").symlink_to("/etc")


def _link_to_itself(path: Path) -> None:
    (path / "itself").symlink_to("itself")


def _pipe_inside(path: Path) -> None:
    os.mkfifo(path / "pipe")


FOLDERS: Final[Mapping[str, Change]] = {
    "300 folders in each other": _deep,
    "2,000 files": _many,
    "a name of 255 characters": _long_name,
    "a name for terminals": _strange_name,
    "a link inside": _link_inside,
    "a link to itself inside": _link_to_itself,
    "a pipe inside": _pipe_inside,
}


def _cases(whole: Path) -> Iterator[tuple[str, Path, Change]]:
    """Name, what is changed inside the copy, and how."""
    inside = (
        [item.relative_to(whole) for item in sorted(whole.rglob("*"))] if whole.is_dir() else []
    )
    for relative in (Path(), *inside):
        for name, change in FILES.items():
            if not (name == "empty" and (whole / relative).is_dir()):
                yield f"{whole.name}/{relative}: {name}", relative, change
    for name, change in FOLDERS.items() if whole.is_dir() else ():
        yield f"{whole.name}: {name}", Path(), change


def _attacked(job: Job, reader: str, whole: Path) -> Iterator[Found]:
    cases = list(_cases(whole))
    with Child(reader, whole) as child:
        for number in job.numbers(len(cases)):
            name, inside, change = cases[number]
            copy = job.scratch / "copies" / whole.name
            shutil.rmtree(copy.parent, ignore_errors=True)
            copy.parent.mkdir(parents=True)
            (shutil.copytree if whole.is_dir() else shutil.copy)(whole, copy)
            change(copy / inside)
            yield child.open(copy, name)
        for typed in (".", "\0", "n" * 5000, "/dev/stdin", "/proc/self/mem", "/dev/null"):
            yield child.open(Path(typed), f"the path {typed[:20]!r}")


def _run(job: Job) -> Iterator[Found]:
    material = job.material
    yield from _attacked(job, "artifact", material.artifact("onnx"))
    yield from _attacked(job, "artifact", material.artifact("coreml"))
    yield from _attacked(job, "checkpoint", material.checkpoint)


KIND: Final = Kind(
    "links, pipes, sockets, devices, depth, names and sizes in place of files",
    _run,
    targets=("onnx", "coreml"),
)
