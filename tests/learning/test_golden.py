"""The stores and answers that every platform is held to; and a reader of them that shares no code with ours."""

from __future__ import annotations

import json
import struct
from itertools import pairwise
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

from golden.learning.make import CASES, HERE, QUERIES, expected, make
from near import assert_near

FITTED = "changed"


@pytest.mark.parametrize("name", CASES)
def test_the_answers_are_those_of_the_files(name: str) -> None:
    kept = json.loads((HERE / f"{name}.json").read_text("utf-8"))
    found = json.loads(json.dumps(expected(name, HERE)))
    assert_near(found, kept)


@pytest.mark.parametrize("name", CASES)
def test_the_files_are_what_is_written_today(name: str, tmp_path: Path) -> None:
    make(name, tmp_path)
    written, kept = (folder / f"{name}.nls" for folder in (tmp_path, HERE))
    assert written.stat().st_size == kept.stat().st_size
    if name != FITTED:  # whose weights differ in their last bits where BLAS does
        assert written.read_bytes() == kept.read_bytes()


def test_a_reader_by_the_document_alone_finds_the_same() -> None:
    """Prototypes' way on ``plain.nls``, in the words of docs/learning.md."""
    content = (HERE / "plain.nls").read_bytes()
    magic, version, length = struct.unpack_from("<8sII", content)
    assert (magic, version) == (b"NLSTORE\n", 1)
    header = json.loads(content[16 : 16 + length])
    (check,) = struct.unpack_from("<I", content, 16 + length)
    assert check == crc32(content[: 16 + length])
    place, names, rows = 20 + length, dict(enumerate(header["labels"])), {}
    while place < len(content):
        size, kind, check = struct.unpack_from("<III", content, place)
        assert check == crc32(content[place : place + 8])
        payload = content[place + 12 : place + 12 + size]
        assert struct.unpack_from("<I", content, place + 12 + size)[0] == crc32(payload)
        place += 16 + size
        if kind == 1:
            names[struct.unpack_from("<I", payload)[0]] = payload[4:].decode()
        else:
            assert kind == 2
            number, label, _, strength, text = struct.unpack_from("<IIIfI", payload)
            vector = struct.unpack_from(f"<{header['dimension']}e", payload, 20)
            assert len(payload) == 20 + 2 * header["dimension"] + text
            assert strength == 0.5
            rows[number] = (label, np.array(vector))
    similarity = header["similarity"]
    for answer in json.loads((HERE / "plain.json").read_text("utf-8"))["answers"]["prototypes"]:
        query = np.frombuffer(bytes.fromhex(answer["vector"]), "<f4").astype(float)
        scores = {}
        for label, name in names.items():
            own = [vector for other, vector in rows.values() if other == label]
            mean = np.mean(own, axis=0)
            rho = similarity["agreement"]
            factor = (rho + (1 - rho) / len(own)) ** 0.5
            scores[name] = query @ mean / np.linalg.norm(mean) * factor
        powers = {name: np.exp(similarity["sharpness"] * value) for name, value in scores.items()}
        best = max(scores, key=lambda name: scores[name])
        z = similarity["scale"] * scores[best] + similarity["offset"]
        assert answer["label"] == best
        assert answer["score"] == pytest.approx(powers[best] / sum(powers.values()), abs=2e-5)
        assert answer["in_scope"] == pytest.approx(1 / (1 + np.exp(-z)), abs=2e-5)
        assert answer["abstained"] == (answer["in_scope"] < similarity["threshold"])
        near = sorted(rows, key=lambda number: (-(rows[number][1] @ query), number))[:3]
        assert [number for number, _ in answer["evidence"]] == near


def test_no_answer_is_a_close_call() -> None:
    """So that platforms whose sums differ in the last digit agree."""
    for name in CASES:
        for way in json.loads((HERE / f"{name}.json").read_text("utf-8"))["answers"].values():
            assert len(way) == len(QUERIES)
            for answer in way:
                cosines = [cosine for _, cosine in answer["evidence"]]
                assert all(a - b > 1e-4 or a == b for a, b in pairwise(cosines))
