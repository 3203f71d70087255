"""What is copied to be attacked: a file, a file with what belongs to it, or a folder."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_bench.attack.changes import damaged
from neurolite_core.artifact.formats import (
    aimodel,
    mlpackage,
    nlm,
    onnx_file,
    pte,
    safetensors_file,
    tflite,
)
from neurolite_core.artifact.package import Package
from neurolite_core.ground.errors import ArtifactError

_DRAWS: Final = 50  # until a change leaves the seal's place where it was
Files = Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Place:
    """Files that lie together.

    Attributes:
        files: contents by path inside the folder.
        opened: what a reader is given, inside the folder; "" for the folder itself.
        targets: which of the files are damaged.
    """

    files: Files
    opened: str
    targets: tuple[str, ...]

    def write(self, folder: Path, files: Files | None = None) -> Path:
        """Writes all files, or others in their place; gives what is to be opened."""
        for name, content in (self.files if files is None else files).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder / self.opened


def file_place(path: Path) -> Place:
    """A file alone."""
    return Place({path.name: path.read_bytes()}, path.name, (path.name,))


def folder_place(path: Path) -> Place:
    """A folder, of which any file is damaged."""
    files = {
        f"{path.name}/{item.relative_to(path).as_posix()}": item.read_bytes()
        for item in sorted(path.rglob("*"))
        if item.is_file()
    }
    return Place(files, path.name, tuple(files))


def certificate_place(path: Path, file: Path) -> Place:
    """A certificate, beside the file that it is about."""
    files = {path.name: path.read_bytes(), file.name: file.read_bytes()}
    return Place(files, path.name, (path.name,))


def changed(place: Place, rng: random.Random) -> tuple[dict[str, bytes], str]:
    """Damage to one of the files: those that differ, and what was done."""
    name = rng.choice(place.targets)
    content, what = damaged(place.files[name], rng)
    return {name: content}, f"{what} in {Path(name).name}"


def _one(seal: Callable[[bytes], bytes]) -> Callable[[Files], Files]:
    return lambda files: {name: seal(content) for name, content in files.items()}


def _pte(content: bytes) -> bytes:
    return pte.seal(content[: -pte.SEAL_SIZE])


def _folder(seal: Callable[[Package], Package]) -> Callable[[Files], Files]:
    def resealed_folder(files: Files) -> Files:
        root = next(iter(files)).partition("/")[0]
        inside = {name.removeprefix(f"{root}/"): content for name, content in files.items()}
        found = seal(Package(inside)).files
        return {f"{root}/{name}": content for name, content in found.items()}

    return resealed_folder


# Format -> all files of a place with a seal made anew.
SEALS: Final[Mapping[str, Callable[[Files], Files]]] = MappingProxyType(
    {
        "onnx": _one(onnx_file.seal),
        "litert": _one(tflite.seal),
        "executorch": _one(_pte),
        "coreml": _folder(mlpackage.seal),
        "coreai": _folder(aimodel.seal),
        "c": _one(nlm.seal),
        "safetensors": _one(safetensors_file.seal),
    }
)


def resealed(place: Place, files: Files, name: str) -> Files | None:
    """All files of a place, some of them changed, with a seal that holds; None where there is no room left for it."""
    try:
        return SEALS[name]({**place.files, **files})
    except (ValueError, KeyError, ArtifactError):
        return None
    except (
        Exception
    ) as error:  # private to the format's reader: an offset that leads out of the file
        if type(error).__module__.startswith("neurolite_core"):
            return None
        raise


def changed_and_resealed(place: Place, rng: random.Random, name: str) -> tuple[Files, str] | None:
    """Damage as of ``changed``, of which no seal tells any more."""
    for _ in range(_DRAWS):
        files, what = changed(place, rng)
        found = resealed(place, files, name)
        if found is not None:
            return found, what
    return None
