"""The data sets of the accuracy table: files, options of training, targets and published results."""

from __future__ import annotations

import csv
import gzip
import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import write_atomically
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig

DATA_VARIABLE: Final = "NEUROLITE_DATA"
DEFAULT_DATA: Final = Path("../shared/data")
TOPIC_LANGUAGES: Final = (
    "arb_Arab", "eng_Latn", "fin_Latn", "fra_Latn", "hin_Deva", "jpn_Jpan",
    "kor_Hang", "rus_Cyrl", "swh_Latn", "tha_Thai", "tur_Latn", "zho_Hans",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SetRow:
    """A data set of the table.

    Attributes:
        title: how the table calls it.
        files: split ("train", "validation", "test") -> file below the data folder; with ``{}`` for a
            language where ``languages`` are joined.
        languages: what ``{}`` stands for, empty for a single file.
        out_of_scope: ("train", "test") -> file of texts that belong to no class, maybe empty.
        options: of ``neurolite-train``, besides files, size and seed.
        typos: whether its test texts are also tried with typing errors.
        reach: accuracy to reach, in percent.
        aim: accuracy to aim for, in percent.
        baselines: names in ``BASELINES``, in the order of the table.
        limit_bytes: what a baseline that is fitted to a size may take.
        config: in place of the preset.
        english: whether an English sentence encoder can be the teacher.
        published: model -> accuracy in percent, as published.
    """

    title: str
    files: Mapping[str, str]
    baselines: tuple[str, ...]
    languages: tuple[str, ...] = ()
    out_of_scope: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    typos: bool = False
    reach: float | None = None
    aim: float | None = None
    limit_bytes: int = 2_000_000
    english: bool = False
    config: NeuroLiteConfig | None = None
    published: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Split:
    """N texts with their labels; ``groups`` names the language of each where there are several."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Task:
    """A data set, read."""

    name: str
    row: SetRow
    train: Split
    validation: Split
    test: Split
    out_of_scope: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """The classes of the training rows, sorted."""
        return tuple(sorted(set(self.train.labels)))


def _splits(pattern: str, validation: str = "val") -> dict[str, str]:
    return {
        "train": pattern.format("train"),
        "validation": pattern.format(validation),
        "test": pattern.format("test"),
    }


# 700 rows of each of twelve languages: many words, each seen once or twice. A wide, narrow table and no
# mixer; with the tiny preset a model has 51 % where this one has 61.
MANY_WORDS: Final = NeuroLiteConfig(
    table_size=65_536,
    projection_size=14,
    hidden_size=48,
    num_hashes=32,
    window=0,
    dropout=0.5,
    backbone_options=MixerOptions(num_layers=0, token_hidden=64, channel_hidden=192),
)
# Words as they are, in no order: 205 languages are told apart by their letters.
MANY_LANGUAGES: Final = NeuroLiteConfig(
    table_size=16_384,
    projection_size=52,
    hidden_size=128,
    window=0,
    dropout=0.1,
    backbone_options=MixerOptions(num_layers=0, token_hidden=64, channel_hidden=192),
)
ENGLISH: Final = ("tfidf", "fasttext", "hashed", "minilm")
SETS: Final[Mapping[str, SetRow]] = MappingProxyType(
    {
        "clinc150": SetRow(
            title="clinc150, in scope",
            files=_splits("clinc150/{}.csv"),
            baselines=ENGLISH,
            out_of_scope={"train": "clinc150/oos_train.csv", "test": "clinc150/oos_test.csv"},
            options=("--typos", "0.35", "--epochs", "16"),
            english=True,
            typos=True,
            reach=94.0,
            aim=96.0,
            published={"BERT": 96.9},
        ),
        "snips": SetRow(
            title="snips",
            files=_splits("snips/{}.csv", "valid"),
            options=("--typos", "0.2"),
            english=True,
            baselines=ENGLISH,
            typos=True,
            reach=98.3,
            aim=99.0,
            published={"BERT": 99.1},
        ),
        "sst2": SetRow(
            title="sst2",
            files=_splits("sst2/{}.csv", "dev"),
            options=("--variants", "2"),
            english=True,
            baselines=ENGLISH,
            reach=84.0,
            aim=87.0,
            published={"TS-Mixer 1.2 M": 84.9, "BERT-Tiny": 83.2},
        ),
        "langid": SetRow(
            title="sib200 language id, 205 languages",
            files=_splits("sib200/langid/{}.csv.gz", "dev"),
            options=(
                *("--typos", "0", "--word-dropout", "0.3"),
                *("--label-smoothing", "0.05", "--epochs", "8"),
            ),
            config=MANY_LANGUAGES,
            baselines=("fasttext", "hashed"),
            aim=96.0,
            limit_bytes=1_100_000,
        ),
        "topic": SetRow(
            title="sib200 topic, 12 languages",
            files=_splits("sib200/topic/{{}}/{}.csv", "dev"),
            options=("--word-dropout", "0.5", "--weight-decay", "0.1", "--epochs", "8"),
            config=MANY_WORDS,
            baselines=("tfidf", "fasttext", "hashed"),
            languages=TOPIC_LANGUAGES,
        ),
    }
)


def data_folder(given: Path | None) -> Path:
    """The folder given, else ``$NEUROLITE_DATA``, else ``../shared/data``."""
    return given if given is not None else Path(os.environ.get(DATA_VARIABLE, DEFAULT_DATA))


def read_task(name: str, data: Path) -> Task:
    """Reads a data set.

    Raises:
        InputError: a file is missing, or is no CSV with the columns ``text`` and ``label``.
    """
    row = SETS[name]
    splits = {split: _read_split(row, pattern, data) for split, pattern in row.files.items()}
    outside = row.out_of_scope.get("test")
    return Task(
        name=name,
        row=row,
        train=splits["train"],
        validation=splits["validation"],
        test=splits["test"],
        out_of_scope=tuple(text for text, _ in read_rows(data / outside)) if outside else (),
    )


def files_of(task: Task, data: Path, folder: Path) -> dict[str, Path]:
    """A file per split, for commands: the published one, or several languages joined in ``folder``."""
    if not task.row.languages:
        return {split: data / pattern for split, pattern in task.row.files.items()}
    joined = {}
    for split, rows in (
        ("train", task.train),
        ("validation", task.validation),
        ("test", task.test),
    ):
        joined[split] = folder / f"{split}.csv"
        write_rows(joined[split], rows.texts, rows.labels)
    return joined


def read_rows(path: Path) -> list[tuple[str, str]]:
    """Text and label of each row of a CSV file, maybe compressed.

    Raises:
        InputError: as ``read_task``.
    """
    try:
        opened = gzip.open if path.suffix == ".gz" else open
        with opened(path, "rt", encoding="utf-8", newline="") as stream:
            return [(row["text"], row["label"]) for row in csv.DictReader(stream)]
    except OSError as error:
        raise InputError(
            f"Cannot read {path}: {error.strerror or error}. Give --data or set {DATA_VARIABLE}."
        ) from error
    except KeyError as error:
        raise InputError(f"{path} must have the columns text and label.") from error


def write_rows(path: Path, texts: Sequence[str], labels: Sequence[str]) -> None:
    """Writes a CSV file with the columns ``text`` and ``label``."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("text", "label"))
    writer.writerows(zip(texts, labels, strict=True))
    write_atomically(path, stream.getvalue().encode())


def _read_split(row: SetRow, pattern: str, data: Path) -> Split:
    if not row.languages:
        texts, labels = zip(*read_rows(data / pattern), strict=True)
        return Split(texts, labels)
    rows = [
        (text, label, language)
        for language in row.languages
        for text, label in read_rows(data / pattern.format(language))
    ]
    texts, labels, groups = zip(*rows, strict=True)
    return Split(texts, labels, groups)
