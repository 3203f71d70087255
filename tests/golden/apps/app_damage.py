"""Stores as a crash, a newer release or a forger leaves them: refused, or read up to where."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from zlib import crc32

import numpy as np

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import StoreError
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.header import FIXED, Header
from neurolite_runtimes.learning.matching import check_encoder
from neurolite_runtimes.learning.store_file import read_store

PREFIX: Final = 12  # bytes before a payload, and 4 behind it


def edges(content: bytes) -> list[int]:
    """Where records begin, and the file's end."""
    (length,) = struct.unpack_from("<I", content, 12)
    places = [FIXED.size + length + 4]
    while places[-1] < len(content):
        (size,) = struct.unpack_from("<I", content, places[-1])
        places.append(places[-1] + PREFIX + size + 4)
    return places


def headed(content: bytes, **values: object) -> bytes:
    """With other entries in its header, and the right checksum; None takes one away."""
    (length,) = struct.unpack_from("<I", content, 12)
    header = json.loads(content[16 : 16 + length]) | values
    header = {key: value for key, value in header.items() if value is not None or key not in values}
    body = json.dumps(header, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    whole = content[:12] + struct.pack("<I", len(body)) + body
    return whole + struct.pack("<I", crc32(whole)) + content[16 + length + 4 :]


def record(kind: int, payload: bytes) -> bytes:
    """Of any kind, with right checksums."""
    head = struct.pack("<II", len(payload), kind)
    return head + struct.pack("<I", crc32(head)) + payload + struct.pack("<I", crc32(payload))


def flipped(content: bytes, place: int) -> bytes:
    """With a wrong bit."""
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def example(**values: Any) -> bytes:  # noqa: ANN401
    """A record of an example behind those of ``plain``."""
    vector = np.zeros(8, "<f2")
    vector[0] = 1
    plain = rec.Example(100, 0, 20, 0.5, vector, b"x")
    return rec.encode(replace(plain, **values))


def torn(content: bytes) -> Iterator[tuple[str, bytes]]:
    """What is read, without its end."""
    *_, before, last, end = edges(content)
    yield "whole", content
    yield "one byte of a record", content[: last + 1]
    yield "a prefix alone", content[: last + PREFIX]
    yield "the last byte is missing", content[: end - 1]
    yield "zeros behind", content + bytes(100)
    yield "fewer zeros than a prefix has", content + bytes(5)
    yield "the last record's checksum is wrong", flipped(content, end - 1)
    yield "the last record's payload is wrong", flipped(content, end - 8)
    yield "the last two records, cut", content[: before + 20]


def damaged(content: bytes) -> Iterator[tuple[str, str, bytes]]:
    """What is refused, and why."""
    first, second, *_ = places = edges(content)
    yield "an empty file", "not a store", b""
    yield "something else", "not a store", b"NLSTATE\n" + content[8:]
    yield "only its first bytes", "damaged", content[:12]
    yield "cut inside the header", "damaged", content[:100]
    yield "a bit of the header", "damaged", flipped(content, 40)
    yield "a newer version", "newer version", content[:8] + struct.pack("<I", 2) + content[12:]
    yield "a header with an entry more", "not this version", headed(content, colour="blue")
    yield "a header with an entry less", "not this version", headed(content, clock=None)
    header = json.loads(content[16 : 16 + struct.unpack_from("<I", content, 12)[0]])
    settings = header["settings"]
    yield "a setting more", "not this version", headed(content, settings=settings | {"new": 1})
    less = {key: value for key, value in settings.items() if key != "rate"}
    yield "a setting less", "not this version", headed(content, settings=less)
    yield (
        "a setting out of range",
        "not this version",
        headed(content, settings=settings | {"rate": 2.0}),
    )
    yield "numbers of another type", "not this version", headed(content, dtype="float32")
    yield "of another encoder", "another encoder", headed(content, model_id="f" * 32)
    yield "of longer vectors", "another encoder", headed(content, encoder_dimension=16)
    yield "a label twice", "not this version", headed(content, labels=["a", "a"])
    yield "a bit of a prefix in the middle", "damaged", flipped(content, second)
    yield "a bit of a payload in the middle", "damaged", flipped(content, second + PREFIX + 3)
    yield "a record is missing", "damaged", content[:first] + content[second:]
    yield "a record twice", "damaged", content[: places[2]] + content[second:]
    yield "a kind that nobody knows", "damaged", content + record(10, b"abcd")
    yield "a payload that is too long", "damaged", content + record(3, bytes(8))
    yield "an example of no label", "damaged", content + example(label=9)
    yield "an id again", "damaged", content + example(id=3)
    yield (
        "a vector that is not of length 1",
        "damaged",
        content + example(vector=np.full(8, 0.5, "<f2")),
    )
    yield "a vector with no number", "damaged", content + example(vector=np.full(8, np.nan, "<f2"))
    yield "a strength above 1", "damaged", content + example(strength=1.5)
    yield "a removal of what is not there", "damaged", content + rec.encode(rec.Removal(77))
    yield "a label merged with itself", "damaged", content + rec.encode(rec.Merge(1, 1))
    yield "a name that is there", "damaged", content + rec.encode(rec.NewLabel(3, "rain"))
    yield "a number that is not the next", "damaged", content + rec.encode(rec.NewLabel(5, "new"))
    yield "a name that is no UTF-8", "damaged", content + record(1, struct.pack("<I", 3) + b"\xff")
    yield (
        "a fit that an app does not answer by",
        "fitted",
        content
        + rec.encode(rec.Weights((0, 1, 2), np.zeros((8, 3), np.float32), np.zeros(3, np.float32))),
    )
    yield (
        "weights that are no numbers",
        "damaged",
        content
        + rec.encode(
            rec.Weights((0, 1, 2), np.full((8, 3), np.nan, np.float32), np.zeros(3, np.float32))
        ),
    )


def ended(content: bytes) -> bytes:
    """A fit that an addition has ended, so that prototypes answer."""
    fit = rec.Weights((0, 1, 2), np.ones((8, 3), np.float32), np.zeros(3, np.float32))
    return content + rec.encode(fit) + example()


def changes(content: bytes, source: bytes) -> list[list[Any]]:
    """How to make a file of another one: ``[place, bytes that go, hex of those that come]``, one change at most."""
    same = 0
    while same < min(len(content), len(source)) and content[same] == source[same]:
        same += 1
    tail = 0
    while tail < min(len(content), len(source)) - same and content[-1 - tail] == source[-1 - tail]:
        tail += 1
    gone, come = len(source) - same - tail, content[same : len(content) - tail]
    return [[same, gone, come.hex()]] if gone or come else []


def made(plain: bytes, changed: bytes, metadata: ArtifactMetadata) -> dict[str, Any]:
    """All of it, each as a change of ``plain.nls`` or ``changed.nls``."""
    rows: dict[str, Any] = {"torn": [], "refused": []}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "store.nls"
        for name, source in (("plain.nls", plain), ("changed.nls", changed)):
            for what, content in (*torn(source), ("a fit that has ended", ended(source))):
                if name != "plain.nls" and what.startswith("a fit"):
                    continue
                path.write_bytes(content)
                found = read_store(path)
                rows["torn"].append(
                    {
                        "name": what,
                        "of": name,
                        "change": changes(content, source),
                        "size": len(content),
                        "end": found.end,
                        "examples": len(found.memory),
                    }
                )
        for what, why, content in damaged(plain):
            path.write_bytes(content)
            row = {"name": what, "of": "plain.nls", "why": why, "change": changes(content, plain)}
            rows["refused"].append({**row, **refusal(path, metadata)})
    return rows


def refusal(path: Path, metadata: ArtifactMetadata) -> Mapping[str, Any]:
    """Up to which byte a damaged store is whole; nothing where its header is refused, or it is another's."""
    try:
        found = read_store(path, repair=True)
    except StoreError:
        return {}
    header: Header = found.memory.header
    try:
        check_encoder(path, header, metadata, None, None)
    except StoreError:
        return {}
    assert found.damage is not None or found.memory.weights is not None, path
    return {"end": found.end} if found.damage is not None else {}
