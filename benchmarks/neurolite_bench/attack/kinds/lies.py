"""Metadata that says what is not so, with a seal that holds: one field at a time, and JSON that is none.

A lie stands in the place of the truth and takes no more room, so that it can be told in every format alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from neurolite_bench.attack.children import Child
from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.kinds.resealed import OTHER
from neurolite_bench.attack.outcomes import Found
from neurolite_bench.attack.places import Files, Place, file_place, folder_place, resealed
from neurolite_runtimes import open_artifact

_VALUES: Final[Mapping[str, str]] = {
    "null": "null", "zero": "0", "minus one": "-1", "a huge number": "1099511627776", "beyond 2^64": "1e30",
    "NaN": "NaN", "infinity": "1e999", "half": "0.5", "an empty text": '""', "a text": '"x"', "a list": "[]",
    "lists": "[[[]]]", "an object": "{}", "true": "true", "half a character": '"\\ud800"', "an escape": '"\\u001b[2J"',
    "a list of a text": '["logits"]', "a list of a number": "[7]",
}  # fmt: skip
_BROKEN: Final[Mapping[str, str]] = {
    "no JSON": "{", "empty": "", "a list": "[]", "a number": "7", "depth": "[" * 400, "NUL": "\0", "no entries": "{}",
}  # fmt: skip


def _fewer(values: dict[str, Any]) -> None:
    values["labels"] = values["labels"][:-1]


def _more(values: dict[str, Any]) -> None:
    values["labels"] = [*"abcdefgh"]


def _equal(values: dict[str, Any]) -> None:
    values["labels"] = ["a"] * len(values["labels"])


def _one(values: dict[str, Any]) -> None:
    values["labels"] = ["a"]


def _swapped(values: dict[str, Any]) -> None:
    values["outputs"] = values["outputs"][::-1]


def _longest(values: dict[str, Any]) -> None:
    values["max_bytes"] = 65_536


def _fewer_buckets(values: dict[str, Any]) -> None:
    values["buckets"] = values["buckets"][:-1]


_WHOLE: Final[tuple[Callable[[dict[str, Any]], None], ...]] = (
    _fewer, _more, _equal, _one, _swapped, _longest, _fewer_buckets,
)  # fmt: skip


def _lies(truth: str) -> Iterator[tuple[str, str]]:
    """What is said in place of the truth, with its name; most fields first lose the long text that makes room."""
    values: dict[str, Any] = json.loads(truth)
    short = values | {"weights": "w"}
    for name in values:
        left = {key: value for key, value in short.items() if key != name}
        yield f"no {name}", json.dumps(left, separators=(",", ":"))
        for what, text in _VALUES.items():
            if name == "weights" and what in ("a text", "an empty text"):
                continue  # harmless
            told = json.dumps(left | {name: "@"}, ensure_ascii=False, separators=(",", ":"))
            yield f"{name} is {what}", told.replace('"@"', text)
    for change in _WHOLE:
        told_values = json.loads(truth) | {"weights": "w"}
        change(told_values)
        told = json.dumps(told_values, ensure_ascii=False, separators=(",", ":"))
        yield change.__name__.strip("_").replace("_", " "), told
    yield from _BROKEN.items()


def _told(place: Place, truth: str, lie: str) -> Files | None:
    """The files in which the lie stands for the truth, as itself or as a text in JSON; None where it has no room."""
    for form in (str, _inside_json):
        old, new = form(truth).encode(), form(lie).encode()
        for name, content in place.files.items():
            at = content.find(old)
            if at >= 0 and len(new) <= len(old):
                padded = new + b" " * (len(old) - len(new))
                return {name: content[:at] + padded + content[at + len(old) :]}
    return None


def _inside_json(text: str) -> str:
    return json.dumps(text)[1:-1]


def artifact(target: str, what: str) -> Kind:
    """Lies in the metadata of an exported file or package."""

    def run(job: Job) -> Iterator[Found]:
        path = job.material.artifact(target)
        place = folder_place(path) if path.is_dir() else file_place(path)
        opened = place.write(job.scratch)
        metadata = open_artifact(path).metadata
        truth = metadata.to_json()
        lies = list(_lies(truth))
        with Child("artifact", opened) as child:
            for number in job.numbers(len(lies)):
                name, lie = lies[number]
                files = _told(place, truth, lie)
                whole = None if files is None else resealed(place, files, target)
                if whole is not None:
                    place.write(job.scratch, whole)
                    yield child.open(opened, name)

    return Kind(f"lies in the metadata of {what}, with a seal made anew", run, OTHER, (target,))
