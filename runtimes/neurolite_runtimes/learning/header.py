"""The beginning of a store: what its vectors are of, its labels, and how it learns."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final, Self
from zlib import crc32

from neurolite_core.answer.similarity import Similarity, is_similarity
from neurolite_core.artifact.metadata import is_model_id
from neurolite_core.ground.errors import StoreError
from neurolite_core.ground.values import shown
from neurolite_runtimes.learning.records import MAX_DIMENSION, MAX_ID, MAX_LABELS, SUM, check_name

MAGIC: Final = b"NLSTORE\n"
VERSION: Final = 1
FIXED: Final = struct.Struct("<8sII")
MAX_HEADER: Final = 2**24
DTYPE: Final = "float16"
_MOST_EVENTS: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a store learns; the same on every platform, so that they answer alike.

    Attributes:
        rate: least share of a new example in its prototype: a mean of the first 1 / rate examples, then an
            exponential moving average.
        most_prototypes: of one label.
        split_from: examples of a prototype from which on it may be split; looked at when there are so many, and twice,
            four times, ... as many.
        split_gain: share of the spread that a split must take away.
        join_gain: two prototypes of a label are joined where parting them takes away less than this.
        half_life: events in which an unused example's strength halves.
        learning: share of the way to 1, or to 0, that a use with a reward of 1, or of -1, moves a strength.
        focus: of episodic memory: how much more near examples count than far ones.
    """

    rate: float = 0.01
    most_prototypes: int = 8
    split_from: int = 16
    split_gain: float = 0.1
    join_gain: float = 0.1
    half_life: int = 10_000
    learning: float = 0.25
    focus: float = 16.0


_RANGES: Final[Mapping[str, tuple[float, float]]] = {
    "rate": (0.0, 1.0),
    "most_prototypes": (1, 64),
    "split_from": (4, 2**20),
    "split_gain": (0.0, 1.0),
    "join_gain": (0.0, 1.0),
    "half_life": (1, 2**31),
    "learning": (0.0, 1.0),
    "focus": (0.0, 1e3),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What stands before the records.

    Attributes:
        model_id: of the encoder that made the vectors.
        encoder: its name, for people.
        encoder_dimension: E, of its vectors.
        dimension: D, to which they are cut, at most E.
        texts: whether texts are kept.
        similarity: what cosines mean, of the encoder's metadata; None where that has nothing for D.
        own_first: what the store's own examples say of cosines goes before the encoder's metadata, as soon as they
            are enough: of a classifier, whose vectors are closer together for the labels that it was trained for.
        settings: how it learns.
        labels: names of the numbers 0, 1, ...; records may add more.
        clock: events before the first record.
        next_id: lower than the id of any example that is not among the first records.
    """

    model_id: str
    encoder: str
    encoder_dimension: int
    dimension: int
    texts: bool
    similarity: Similarity | None
    own_first: bool
    settings: Settings
    labels: tuple[str, ...] = ()
    clock: int = 0
    next_id: int = 1

    def to_bytes(self) -> bytes:
        """Magic, version, length, JSON, checksum."""
        values = {"dtype": DTYPE, **asdict(self)}
        text = json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        body = text.encode()
        whole = FIXED.pack(MAGIC, VERSION, len(body)) + body
        return whole + SUM.pack(crc32(whole))

    @classmethod
    def from_bytes(cls, content: memoryview, source: Path) -> tuple[Self, int]:
        """A header from a file of any origin, and where the records begin.

        Raises:
            StoreError: no store, of a newer version, damaged, or a header that cannot be.
        """
        if bytes(content[: len(MAGIC)]) != MAGIC:
            raise StoreError(f"{source} is no store of learned examples (.nls).")
        if len(content) < FIXED.size:
            raise _damaged(source)
        _, version, length = FIXED.unpack_from(content)
        if version != VERSION:
            raise StoreError(
                f"{source} is a store of version {version}; this release reads {VERSION}. "
                "Upgrade: pip install -U neurolite"
            )
        end = FIXED.size + length
        if length > MAX_HEADER or len(content) < end + SUM.size:
            raise _damaged(source)
        if SUM.unpack_from(content, end)[0] != crc32(content[:end]):
            raise _damaged(source)
        try:
            values = json.loads(bytes(content[FIXED.size : end]))
        except (ValueError, RecursionError) as error:
            raise _damaged(source) from error
        return cls._checked(values, source), end + SUM.size

    @classmethod
    def _checked(cls, values: Any, source: Path) -> Self:  # noqa: ANN401  # any JSON
        names = {item.name for item in fields(cls)}
        if not isinstance(values, dict) or values.keys() != names | {"dtype"}:
            raise StoreError(f"{source}: its header has not the entries of version {VERSION}.")
        wrong = next((name for name in values if not _is_right(name, values)), None)
        if wrong:
            raise StoreError(
                f"{source}: its header has {wrong} = {shown(values[wrong])}, which cannot be."
            )
        similarity = values["similarity"]
        return cls(
            **{name: values[name] for name in names - {"similarity", "settings", "labels"}},
            similarity=None if similarity is None else Similarity(**similarity),
            settings=Settings(**values["settings"]),
            labels=tuple(values["labels"]),
        )


def _damaged(source: Path) -> StoreError:
    return StoreError(f"{source} is damaged in its header. Restore a copy of it.")


def _is_right(name: str, values: Mapping[str, Any]) -> bool:
    value = values[name]
    match name:
        case "dtype":
            return bool(value == DTYPE)
        case "model_id":
            return is_model_id(value)
        case "encoder":
            return isinstance(value, str)
        case "texts" | "own_first":
            return isinstance(value, bool)
        case "encoder_dimension" | "dimension":
            longest = values["encoder_dimension"] if name == "dimension" else MAX_DIMENSION
            return _is_whole(value, 1, longest if _is_whole(longest, 1, MAX_DIMENSION) else 0)
        case "clock":
            return _is_whole(value, 0, _MOST_EVENTS)
        case "next_id":
            return _is_whole(value, 1, MAX_ID + 1)
        case "similarity":
            return value is None or (
                is_similarity(value) and value["dimension"] == values["dimension"]
            )
        case "settings":
            return is_settings(value)
        case _:
            return _are_labels(value)


def is_settings(value: object) -> bool:
    """Whether a JSON value from anywhere is one of ``Settings``."""
    if not isinstance(value, Mapping) or value.keys() != _RANGES.keys():
        return False
    defaults = asdict(Settings())
    return all(
        isinstance(value[name], int | float)
        and not isinstance(value[name], bool)
        and (isinstance(defaults[name], float) or isinstance(value[name], int))
        and low <= value[name] <= high
        for name, (low, high) in _RANGES.items()
    )


def _are_labels(value: object) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= MAX_LABELS
        and all(isinstance(item, str) and check_name(item) is None for item in value)
        and len(set(value)) == len(value)
    )


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
