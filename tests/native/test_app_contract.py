"""The C library against the vectors that every app's code is held to."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from golden.apps.make import HERE
from native.test_model_library import FLAGS, INCLUDES, PLAIN
from native.tools import NATIVE, need, run
from neurolite_core.answer.tasks import MULTI_LABEL
from neurolite_runtimes.native_library import NativeLibrary

BLANKS = b" \t\r\n\0"
OURS = "model_run"  # which the program includes, for what it keeps to itself


def read(name: str) -> Any:  # noqa: ANN401  # JSON
    return json.loads((HERE / f"{name}.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    compiler = need("cc")
    built = tmp_path_factory.mktemp("apps") / "app_contract"
    source = Path(__file__).with_name("app_contract.c")
    others = [str(NATIVE / "src" / f"{name}.c") for name in PLAIN if name != OURS]
    run([compiler, *FLAGS, "-O0", *INCLUDES, str(source), *others, "-o", str(built)], NATIVE)
    return built


def answers(program: Path, lines: list[str]) -> list[list[int]]:
    done = subprocess.run(
        [program], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    return [[int(word) for word in line.split()] for line in done.stdout.splitlines()]


def test_texts_are_cut_alike(program: Path) -> None:
    rows = read("texts")["cuts"]
    found = answers(program, [f"cut {row['max_bytes']} {row['bytes'] or '-'}" for row in rows])
    assert len(found) == len(rows)
    for row, (kept, lost) in zip(rows, found, strict=True):
        first, behind = sorted((kept, row["cut"]))
        between = bytes.fromhex(row["bytes"])[first:behind]
        assert not between.strip(BLANKS), row  # as good as the same: no word is in it
        assert lost == int(row["truncated"]), row


def test_decisions_are_alike(program: Path) -> None:
    vectors = read("decisions")
    rows = [*vectors["cases"], *vectors["ruled"]]
    lines = []
    for row in rows:
        threshold = "none" if row["threshold"] is None else row["threshold"]
        several, rules = int(row["task"] == MULTI_LABEL), len(row.get("rules", ()))
        logits = " ".join(map(repr, row["logits"]))
        lines.append(f"decide {rules} {several} {threshold} {len(row['logits'])} {logits}")
    labels = vectors["labels"]
    for row, (best, abstained) in zip(rows, answers(program, lines), strict=True):
        if row["task"] == MULTI_LABEL:
            scores = dict(row["labels"])
            assert not scores or scores[labels[best]] == max(scores.values()), row["name"]
        else:
            assert labels[best] == row["label"], row["name"]
            assert abstained == bool(row["abstained"]), row["name"]  # C has no null


def test_spans_are_alike(library: NativeLibrary) -> None:
    vectors = read("spans")
    tags_of_each = 1 + 2 * len(vectors["types"])
    for row in vectors["cases"]:
        tags = np.array(row["tags"], np.float32).reshape(-1, tags_of_each)
        found = library.decode_spans(tags, vectors["thresholds"])
        places = [
            (row["offsets"][each.span.first][0], row["offsets"][each.span.behind - 1][1])
            for each in found
        ]
        assert places == [(span["start_byte"], span["end_byte"]) for span in row["spans"]]
        names = [vectors["types"][each.span.type] for each in found]
        assert names == [span["type"] for span in row["spans"]]
        scores = [span["score"] for span in row["spans"]]
        assert [each.score for each in found] == pytest.approx(scores, abs=1e-6)


def test_words_stand_where_spans_are_marked(library: NativeLibrary) -> None:
    for row in read("spans")["cases"]:
        data = bytes.fromhex(row["utf16"]).decode("utf-16-be", "surrogatepass")
        places = np.zeros((64, 2), np.int32)
        words = library.offsets_into(data.encode("utf-8", "surrogatepass"), places)
        assert words >= len(row["offsets"])
        assert places[: len(row["offsets"])].tolist() == row["offsets"], row["name"]
