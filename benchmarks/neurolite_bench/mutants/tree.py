"""A copy of the tree in a temporary folder, in which one file at a time is wrong."""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

from neurolite_bench.mutants.records import Mutant
from neurolite_core.ground.errors import InputError


def copy_tree(checkout: Path, target: Path, revision: str | None = None) -> None:
    """Copies what git knows of a checkout, as it stands there or as it was committed.

    Args:
        checkout: top of a git working tree; it is only read.
        target: a folder that is made.
        revision: a commit; None for the files as they are now, new ones included.

    Raises:
        InputError: it is no git working tree, or there is no such commit.
    """
    if revision is not None:
        archive = _git(checkout, "archive", "--format=tar", revision)
        target.mkdir(parents=True)
        with tarfile.open(fileobj=io.BytesIO(archive)) as packed:
            packed.extractall(target, filter="data")
        return
    names = _git(checkout, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    for name in filter(None, names.decode().split("\0")):
        source = checkout / name
        if source.is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target / name)


def commit_of(checkout: Path, revision: str | None = None) -> str:
    """Short name of a commit; with "+" behind it where the files are not as committed.

    Raises:
        InputError: as for ``copy_tree``.
    """
    name = _git(checkout, "rev-parse", "--short", revision or "HEAD").decode().strip()
    changed = revision is None and _git(checkout, "status", "--porcelain").strip()
    return f"{name}+" if changed else name


def _git(checkout: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603
            ["git", "-C", str(checkout), *arguments],  # noqa: S607  # the user's git
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise InputError("git is not installed; the tree is copied by it.") from error
    if done.returncode != 0:
        raise InputError(f"git cannot read {checkout}: {done.stderr.decode().strip()}")
    return done.stdout


@contextlib.contextmanager
def mutated(root: Path, mutant: Mutant) -> Iterator[None]:
    """A copied tree that is wrong in one place while the block runs.

    Raises:
        InputError: the place holds something else.
    """
    path = root / mutant.file
    content = path.read_bytes()
    _put(path, mutant.applied(content))
    try:
        yield
    finally:
        _put(path, content)


def _put(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    # Two contents of one size within a second have the same stamp for Python, which would take the old one.
    for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
        compiled.unlink()
