"""What the options of ``neurolite-train`` say together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.data.label_cells import DEFAULT_SEPARATOR, require_separator
from neurolite_core.ground.configurable import Effective
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.network.config import PRESETS, NeuroLiteConfig
from neurolite_core.training.options import TrainingOptions

_CONFIG_LIMIT: Final = 2**20


def require_teacher(unlabelled: list[str] | None, teacher: list[Path] | None) -> None:
    """Refuses unlabelled texts that nobody would answer."""
    if unlabelled and not teacher:
        raise InputError(
            "--unlabelled was given without --teacher; only a teacher can say what unlabelled "
            "texts mean. Add --teacher FOLDER."
        )


def separator_of(separator: str | None, *, several: bool) -> str | None:
    """What stands between labels, None where a text has one."""
    if several:
        return require_separator(DEFAULT_SEPARATOR if separator is None else separator)
    if separator is not None:
        raise InputError(
            f"--label-separator is {separator!r}, and a text has one label here. Of several labels a text: --multi-label"
        )
    return None


# Options that say what to do with labels.
_UNSET: Final[Mapping[str, object]] = MappingProxyType(
    {
        "validation": None,
        "test": None,
        "unlabelled": None,
        "out_of_scope": None,
        "label_column": None,
        "multi_label": False,
        "label_separator": None,
        "merge_labels": False,
        "conflicts": "keep",
        "class_weights": "none",
    }
)


def require_texts_alone(effective: Effective) -> None:
    """Refuses what an encoder, which has no labels, would leave unused."""
    for name, unset in _UNSET.items():
        if effective.values[name] not in (unset, None, []):
            raise InputError(
                f"--{name.replace('_', '-')} was given with --task embedding, which learns from texts alone. Leave it out."
            )
    if not effective.values["teacher"]:
        raise InputError("--task embedding learns the vectors of a larger model: --teacher FOLDER")


def training_options(effective: Effective) -> TrainingOptions:
    """Of the command's options, those that ``TrainingOptions`` has by the same name."""
    names = {field.name for field in fields(TrainingOptions)}
    return TrainingOptions(**{k: v for k, v in effective.values.items() if k in names})


def config_of(size: str, path: Path | None) -> NeuroLiteConfig:
    """A preset, or what a file holds."""
    if path is None:
        return PRESETS[size]()
    return NeuroLiteConfig.from_json(read_limited(path, _CONFIG_LIMIT).decode("utf-8", "replace"))
