"""Models to distil from, by what their folder holds; a new kind is a new file and a row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.artifact.checkpoint import CONFIG, LABELS
from neurolite_core.ground.errors import InputError
from neurolite_core.training.options import TUNED_HEAD
from neurolite_core.training.teaching.teachers.neurolite import NeuroLiteTeacher
from neurolite_core.training.teaching.teachers.objects import (
    GivesProbabilities,
    GivesVectors,
    teacher_of,
)
from neurolite_core.training.teaching.teachers.solved_head import SolvedHeadTeacher
from neurolite_core.training.teaching.teachers.teacher import TUNED, Teacher
from neurolite_core.training.teaching.teachers.transformer import TransformerTeacher

# The file by which a folder is known, most special first.
TEACHERS: Final[Mapping[tuple[str, ...], Callable[[Path], Teacher]]] = MappingProxyType(
    {
        (TUNED,): TransformerTeacher.open_tuned,
        (CONFIG, LABELS): NeuroLiteTeacher.open,
        (CONFIG,): TransformerTeacher.open,
    }
)


def as_teacher(given: Path | GivesVectors | GivesProbabilities, head: str = TUNED_HEAD) -> Teacher:
    """A folder or an object as a teacher.

    Args:
        given: what is distilled from.
        head: how what came without the data's labels gets them: one of ``TEACHER_HEADS``. Of an object that gives
            vectors it is solved for in any case.

    Raises:
        InputError: nothing there that is known; an object that gives neither vectors nor probabilities.
        MissingDependencyError: it needs a package that is not installed.
    """
    if not isinstance(given, Path):
        return teacher_of(given)
    teacher = open_teacher(given)
    if head == TUNED_HEAD:
        return teacher
    return SolvedHeadTeacher(teacher.name, teacher.vectors, teacher)


def open_teacher(path: Path) -> Teacher:
    """A teacher from a folder.

    Raises:
        InputError: nothing there that is known.
        MissingDependencyError: it needs a package that is not installed.
    """
    for files, opened in TEACHERS.items():
        if all((path / name).is_file() for name in files):
            return opened(path)
    raise InputError(
        f"--teacher {path} holds no model that is known; give the folder of a transformers or "
        "sentence-transformers model (config.json, model.safetensors, tokenizer.json), or a checkpoint of "
        "neurolite-train."
    )
