"""Stores and states of the vectors, read by the documents alone."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Iterator
from typing import Any
from zlib import crc32

import numpy as np
import pytest

from golden.apps.make import HERE

STORES: dict[str, Any] = json.loads((HERE / "stores.json").read_text("utf-8"))
STATES: dict[str, Any] = json.loads((HERE / "states.json").read_text("utf-8"))
CASES = {row["name"]: row for row in STORES["cases"]}


def header_of(content: bytes) -> tuple[Any, int]:
    magic, version, length = struct.unpack_from("<8sII", content)
    assert (magic, version) == (b"NLSTORE\n", 1)
    assert struct.unpack_from("<I", content, 16 + length)[0] == crc32(content[: 16 + length])
    return json.loads(content[16 : 16 + length]), 20 + length


def records_of(content: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    while place < len(content):
        size, kind, check = struct.unpack_from("<III", content, place)
        payload = content[place + 12 : place + 12 + size]
        assert check == crc32(content[place : place + 8])
        assert struct.unpack_from("<I", content, place + 12 + size)[0] == crc32(payload)
        yield kind, payload
        place += 16 + size


def held(content: bytes) -> tuple[dict[int, str], dict[int, int], dict[int, list[float]]]:
    """Labels by number, examples with their labels, and their vectors."""
    header, place = header_of(content)
    names, labels, vectors = dict(enumerate(header["labels"])), {}, {}
    for kind, payload in records_of(content, place):
        first, second = struct.unpack("<II", payload[:8].ljust(8, b"\0"))
        if kind == 1:
            names[first] = payload[4:].decode()
        elif kind == 2:
            labels[first] = second
            vectors[first] = list(struct.unpack_from(f"<{header['dimension']}e", payload, 20))
        elif kind == 3:
            del labels[first], vectors[first]
        elif kind == 4:
            labels[first] = second
        elif kind == 6:
            labels = {key: second if own == first else own for key, own in labels.items()}
            del names[first]
        elif kind == 7:
            labels = {key: own for key, own in labels.items() if own != first}
            vectors = {key: vectors[key] for key in labels}
            del names[first]
        else:
            assert kind in (5, 9)
    return names, labels, vectors


def simple_cases() -> list[str]:
    """Of one prototype a label; tests/learning holds how several come about."""
    return [
        name
        for name, case in CASES.items()
        if not case["measures"] and all(prototypes == 1 for *_, prototypes in case["labels"])
    ]


@pytest.mark.parametrize("name", CASES)
def test_a_reader_by_the_document_alone_finds_what_was_taught(name: str) -> None:
    case = CASES[name]
    content = (HERE / case["file"]).read_bytes()
    names, labels, vectors = held(content)
    assert [[key, names[own]] for key, own in sorted(labels.items())] == case["examples"]
    assert [name for name, *_ in case["labels"]] == list(names.values())
    assert len(content) - header_of(content)[1] == (
        case["operations"][-1]["record_bytes"] if case["operations"] else 0
    )
    for step in case["operations"]:
        if step["do"] == "add" and step.get("id") in vectors:
            whole = np.frombuffer(bytes.fromhex(step["vector"]), "<f4")
            cut = whole[: case["begin"]["dimension"]].astype(np.float64)
            cut = (cut / np.linalg.norm(cut)).astype(np.float32)
            assert vectors[step["id"]] == cut.astype(np.float16).tolist()


@pytest.mark.parametrize("name", simple_cases())
def test_labels_of_one_prototype_score_as_the_document_says(name: str) -> None:
    case = CASES[name]
    names, labels, vectors = held((HERE / case["file"]).read_bytes())
    similarity = next(
        item
        for item in case["artifact"]["similarities"]
        if item["dimension"] == case["begin"]["dimension"]
    )
    for query in case["queries"]:
        if query.get("refused"):
            assert not labels
            continue
        whole = np.frombuffer(bytes.fromhex(query["vector"]), "<f4")
        cut = whole[: case["begin"]["dimension"]].astype(np.float64)
        cut /= max(float(np.linalg.norm(cut)), 1e-12)
        near = {}
        for number, label in names.items():
            own = np.array([vectors[key] for key in sorted(labels) if labels[key] == number])
            rho, mean = similarity["agreement"], own.mean(axis=0)
            factor = (rho + (1 - rho) / len(own)) ** 0.5
            near[label] = float(cut @ mean / np.linalg.norm(mean)) * factor
        best = max(near, key=lambda label: near[label])
        powers = {label: np.exp(similarity["sharpness"] * value) for label, value in near.items()}
        scope = 1 / (1 + np.exp(-(similarity["scale"] * near[best] + similarity["offset"])))
        assert query["label"] == best
        assert query["score"] == pytest.approx(powers[best] / sum(powers.values()), abs=2e-5)
        assert query["in_scope"] == pytest.approx(scope, abs=2e-5)
        assert query["abstained"] == (query["in_scope"] < similarity["threshold"])


def test_halves_are_those_of_the_standard_library() -> None:
    for number, half in STORES["halves"]:
        (value,) = struct.unpack("<f", bytes.fromhex(number))
        assert struct.pack("<e", value).hex() == half


def test_damaged_files_are_changes_of_whole_ones() -> None:
    for row in (*STORES["torn"], *STORES["refused"]):
        content = (HERE / row["of"]).read_bytes()
        for place, gone, come in row["change"]:
            content = content[:place] + bytes.fromhex(come) + content[place + gone :]
        assert len(content) == row.get("size", len(content))
        if "end" in row:
            *_, place = header_of(content)
            list(records_of(content[: row["end"]], place))  # what is before is whole
    assert {row["why"] for row in STORES["refused"]} == {
        "not a store", "damaged", "newer version", "not this version", "another encoder", "fitted",
    }  # fmt: skip


def test_states_are_read_by_the_document_alone() -> None:
    for row in STATES["files"]:
        content = bytes.fromhex(row["bytes"])
        magic, version, length = struct.unpack_from("<8sII", content)
        assert (magic, version, length % 8) == (b"NLSTATE\n", 1, 0)
        header = json.loads(content[16 : 16 + length])
        assert header["turns"] == row["turns"]
        assert header["state"] == STATES["state"]
        assert content[16 + length : -32].hex() == "".join(row["values"].values())
        assert hashlib.sha256(content[:-32]).digest() == content[-32:]
    begun, _ = STATES["files"]
    assert begun["values"] == STATES["initial"]
