"""The files that a demonstration is about: which of them are one model, and what that can do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from neurolite_core.answer.tasks import EMBEDDING, GENERATION
from neurolite_core.artifact.formats.table import format_of
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import FILE_LIMIT, read_content
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.ground.files import read_beginning
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.opening import open_artifact

_BEGINNING: Final = 64  # bytes


@dataclass(frozen=True, slots=True)
class Artifact:
    """An exported file, opened.

    Attributes:
        path: of it.
        format: its target's name.
        session: that answers texts in Python.
    """

    path: Path
    format: str
    session: Guarded

    @property
    def metadata(self) -> ArtifactMetadata:
        """What the file says of itself."""
        return self.session.metadata

    def size(self) -> int:
        """Bytes on disk, of a folder those of all its files."""
        if self.path.is_dir():
            return sum(path.stat().st_size for path in self.path.rglob("*") if path.is_file())
        return self.path.stat().st_size


@dataclass(slots=True)
class Model:
    """One model, in one file or several.

    Attributes:
        name: unique on a page.
        artifacts: of the same model, by format.
    """

    name: str
    artifacts: dict[str, Artifact] = field(default_factory=dict)

    @property
    def metadata(self) -> ArtifactMetadata:
        """That of its first file."""
        return next(iter(self.artifacts.values())).metadata


def open_artifacts(paths: Sequence[Path]) -> list[Artifact]:
    """Opens each file.

    Raises:
        ArtifactError: one is missing, damaged, foreign, hostile, or of a newer version.
        MissingDependencyError: the runtime of one is not installed.
    """
    return [Artifact(path, _format(path), open_artifact(path)) for path in paths]


def models_of(artifacts: Sequence[Artifact]) -> list[Model]:
    """Files of one model under its name, in the order of the files.

    Raises:
        InputError: two files of one model have one format.
    """
    found: dict[tuple[str, str], Model] = {}
    for artifact in artifacts:
        metadata = artifact.metadata
        # A model's number says which vectors compare; rules may be others.
        key = (metadata.name, metadata.model_id or str(artifact.path))
        model = found.setdefault(
            key, Model(_free(metadata.name, [own.name for own in found.values()]))
        )
        if artifact.format in model.artifacts:
            other = model.artifacts[artifact.format].path
            raise InputError(
                f"{artifact.path} and {other} are one model in one format; name one of them."
            )
        model.artifacts[artifact.format] = artifact
    return list(found.values())


def uses_of(models: Sequence[Model]) -> dict[str, list[str]]:
    """The screens of the page that each model is for; one model for each screen.

    All that answer are measured.
    """
    answering = [model for model in models if model.metadata.task != GENERATION]
    chosen = {
        "answer": _first(
            answering,
            [lambda m: m.task != EMBEDDING and not m.state, lambda m: m.task != EMBEDDING],
        ),
        "conversation": _first(answering, [lambda m: bool(m.state and m.labels)]),
        "teach": _first(
            answering, [lambda m: m.task == EMBEDDING, lambda m: "embedding" in m.outputs]
        ),
        "write": _first(models, [lambda m: m.task == GENERATION]),
    }
    return {
        model.name: [
            *(screen for screen, one in chosen.items() if one is model),
            *(["benchmark"] if model in answering else []),
        ]
        for model in models
    }


def _first(
    models: Sequence[Model], wishes: Sequence[Callable[[ArtifactMetadata], bool]]
) -> Model | None:
    """The first model that fulfils the first wish that any fulfils."""
    return next((model for wish in wishes for model in models if wish(model.metadata)), None)


def _free(name: str, taken: Sequence[str]) -> str:
    """The name, or one with a number behind it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free


def _format(path: Path) -> str:
    """By content; ``open_artifact`` says what is wrong with files of none."""
    beginning = (
        read_content(path, FILE_LIMIT, ArtifactError)
        if path.is_dir()
        else read_beginning(path, _BEGINNING, ArtifactError)
    )
    return format_of(beginning) or ""
