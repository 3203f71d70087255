"""Datasets: of the Hugging Face hub, saved by ``datasets``, or parquet files.

``hf:NAME[:CONFIG][:SPLIT]`` is a dataset of the hub or a local folder; ``FOLDER`` and ``FOLDER:SPLIT``
are folders that ``save_to_disk`` wrote or that hold parquet files; ``FILE.parquet`` is one file.
Without SPLIT it is train, or the only one. ClassLabel numbers become their names.
"""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from neurolite_core.data.rows import Record, Table
from neurolite_core.ground.connections import stay_offline
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import file_digest, opened
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import BadRows

HUB: Final = "hf:"
PARQUET: Final = ".parquet"
_BATCH: Final = 1000
_TRAIN: Final = "train"
_SPLIT: Final = r"(train|validation|valid|val|dev|test|unsupervised)"


def is_dataset(name: str) -> bool:
    """Whether ``open_dataset`` is to open it: ``hf:``, a folder, or a parquet file."""
    return name.startswith(HUB) or name.lower().endswith(PARQUET) or _local(name)[0].is_dir()


def offline_unless_named(*names: object) -> None:
    """For a command, before ``datasets`` or ``transformers`` is imported: offline unless a name is one of the hub."""
    if not any(str(name).startswith(HUB) and not _local(str(name))[0].exists() for name in names):
        stay_offline()


def open_dataset(name: str, *, lists: bool = False) -> Table:
    """Opens one split of a dataset.

    Args:
        name: of it.
        lists: columns of lists are read too, as labels of texts that have several.

    Raises:
        InputError: not there, not readable, or no such split.
        MissingDependencyError: ``datasets`` is not installed.
    """
    if name == HUB:
        raise InputError(
            f"{name} names no dataset; give hf:NAME, hf:NAME:CONFIG or hf:NAME:CONFIG:SPLIT."
        )
    library = require("datasets", extra="datasets")
    path, split = _local(name)
    try:
        if path.is_dir() and _is_saved(path):
            dataset = _split_of(library.load_from_disk(str(path)), split, name)
            files = sorted(item for item in path.rglob("*") if item.is_file())
            form = "dataset"
        elif path.exists():
            if not path.is_dir():
                with opened(path):  # a pipe or device is refused before it is waited for
                    pass
            files = _parquet_files(path, split, name)
            # Only a lock would lie in the cache, but in the user's home.
            with tempfile.TemporaryDirectory() as cache:
                dataset = library.load_dataset(
                    "parquet",
                    data_files=[str(item) for item in files],
                    split=_TRAIN,
                    streaming=True,
                    cache_dir=cache,
                )
            form = "parquet"
        elif name.startswith(HUB):
            dataset = _of_hub(library, name)
            files = [Path(item["filename"]) for item in dataset.cache_files]
            form = "dataset"
        else:
            raise InputError(
                f"{path} does not exist; a dataset of the Hugging Face hub is hf:NAME."
            )
    except InputError:
        raise
    except Exception as error:  # the library lets through those of its many backends
        raise InputError(f"Cannot open the dataset {name}: {error}") from error
    names = _plain_columns(library, dataset.features, lists=lists)
    unreadable = {
        key: shown(getattr(feature, "dtype", type(feature).__name__))[1:-1]
        for key, feature in dataset.features.items()
        if key not in names
    }
    dataset = dataset.select_columns(list(names))
    return Table(
        name=name,
        format=form,
        unit="row",
        keys=tuple(names),
        records=partial(_records, dataset, names, name),
        digest=partial(_digest, files),
        unreadable=unreadable,
    )


def _records(
    dataset: Any,  # noqa: ANN401  # Dataset or IterableDataset
    names: Mapping[str, list[str] | None],
    where: str,
    _: BadRows,
) -> Iterator[Record]:
    row = 0
    try:
        for batch in dataset.iter(batch_size=_BATCH):
            for values in zip(*batch.values(), strict=True):
                row += 1
                yield (
                    row,
                    {
                        key: _named(value, names[key])
                        for key, value in zip(batch, values, strict=True)
                    },
                )
    except Exception as error:
        raise InputError(f"{where}: cannot read on after row {row}: {error}") from error


def _named(value: object, names: list[str] | None) -> object:
    """A ClassLabel's name, or those of a list; None for the -1 of rows whose label is kept back."""
    if names is not None and isinstance(value, list):
        return [_named(item, names) for item in value]
    if names is None or not isinstance(value, int):
        return value
    return names[value] if 0 <= value < len(names) else None


def _plain_columns(
    library: ModuleType, features: Mapping[str, Any], *, lists: bool
) -> dict[str, list[str] | None]:
    """Columns of strings and whole numbers, or also of lists of them; for a ClassLabel, its names."""
    found: dict[str, list[str] | None] = {}
    for key, given in features.items():
        # A list's type has its items' as ``feature``; which class it is depends on the library's version.
        feature = getattr(given, "feature", given) if lists else given
        if isinstance(feature, library.ClassLabel):
            found[key] = list(feature.names)
        elif isinstance(feature, library.Value) and re.match(
            r"(large_)?string|u?int|bool", feature.dtype
        ):
            found[key] = None
    return found


def _local(name: str) -> tuple[Path, str | None]:
    """Path and split of a local name."""
    name = name.removeprefix(HUB)
    head, colon, split = name.rpartition(":")
    if colon and not Path(name).exists() and Path(head).exists():
        return Path(head), split
    return Path(name), None


def _is_saved(path: Path) -> bool:
    return (path / "dataset_dict.json").is_file() or (path / "state.json").is_file()


def _split_of(found: Any, split: str | None, name: str) -> Any:  # noqa: ANN401
    if not isinstance(found, Mapping):
        if split is not None:
            raise InputError(f"{name}: the dataset has no splits; leave out {split!r}.")
        return found
    return found[_choose(list(found), split, name)]


def _choose(splits: list[str], split: str | None, name: str) -> str:
    wanted = split or (splits[0] if len(splits) == 1 else _TRAIN)
    if wanted not in splits:
        raise InputError(
            f"{name}: no split {wanted!r}; it has {', '.join(splits)}. Add the one to use: :SPLIT"
        )
    return wanted


def _parquet_files(path: Path, split: str | None, name: str) -> list[Path]:
    files = [path] if path.is_file() else sorted(path.rglob(f"*{PARQUET}"))
    if not files:
        raise InputError(
            f"{path} is a folder without {PARQUET} files that datasets did not save either; "
            "give the file itself."
        )
    if path.is_file():
        return files
    splits: dict[str, list[Path]] = {}
    for file in files:
        match = re.match(rf"{_SPLIT}(?![a-z])", file.name.lower())
        splits.setdefault(match[1] if match else _TRAIN, []).append(file)
    return splits[_choose(list(splits), split, name)]


def _of_hub(library: ModuleType, name: str) -> Any:  # noqa: ANN401
    dataset, config, split = split_name(name)
    found = library.load_dataset(dataset, config, split=split)
    return found if split else _split_of(found, None, name)


def split_name(name: str) -> tuple[str, str | None, str | None]:
    """Dataset, config and split of a hub name; of two parts the second is a split if it is called so.

    Raises:
        InputError: more than three parts.
    """
    dataset, *parts = name.removeprefix(HUB).split(":")
    if len(parts) > 2:
        raise InputError(f"{name} is not hf:NAME, hf:NAME:CONFIG or hf:NAME:CONFIG:SPLIT.")
    if len(parts) == 1 and re.fullmatch(_SPLIT, parts[0]):
        return dataset, None, parts[0]
    config, split = [*parts, None, None][:2]
    return dataset, config or None, split


def _digest(files: list[Path]) -> str:
    total = hashlib.sha256()
    for file in files:
        total.update(file_digest(file).encode())
    return total.hexdigest()
