"""The golden spans by numpy, and by the lines of JavaScript that docs/spans.md has for apps."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurolite_core.answer.span_decoding import FoundSpan, found_spans
from neurolite_core.text.character_offsets import character_offsets
from texts import ROOT

GOLDEN_FILE = ROOT / "tests/golden/spans.json"
GOLDEN: dict[str, Any] = json.loads(GOLDEN_FILE.read_text("utf-8"))
CALLS = """
const golden = JSON.parse(require("fs").readFileSync(process.argv[2], "utf8")), types = golden.types.length;
const decoding = golden.decoding.map((row) =>
  decodeSpans(Float32Array.from(row.tags.flat()), row.words, types, row.thresholds ?? undefined));
const texts = golden.texts.map((row) => row.offsets.map((_, w) => {
  const own = placesOf({ first: w, behind: w + 1 }, Int32Array.from(row.offsets.flat()), Buffer.from(row.bytes, "hex"));
  return [own.start, own.end];
}));
console.log(JSON.stringify({ decoding, texts }));
"""


def compare(found: list[list[dict[str, Any]]]) -> None:
    assert len(GOLDEN["decoding"]) >= 30
    for row, spans in zip(GOLDEN["decoding"], found, strict=True):
        scores = [each.pop("score") for each in spans]
        expected = [{**each} for each in row["spans"]]
        assert scores == pytest.approx([each.pop("score") for each in expected], abs=1e-6)
        assert spans == expected, row["name"]


def test_the_golden_spans_by_numpy() -> None:
    def fields(each: FoundSpan) -> dict[str, Any]:
        span = each.span
        numbers = {"first": span.first, "behind": span.behind, "type": span.type}
        return {**numbers, "score": each.score}

    found = []
    for row in GOLDEN["decoding"]:
        tags = np.array(row["tags"], np.float32).reshape(1, row["words"], 5)
        (own,) = found_spans(tags, np.array([row["words"]]), row["thresholds"] or ())
        found.append([fields(each) for each in own])
    compare(found)


def test_the_golden_characters_by_numpy() -> None:
    for row in GOLDEN["texts"]:
        data = bytes.fromhex(row["bytes"])
        pairs = [(first, behind) for first, behind in row["offsets"]]
        assert [list(pair) for pair in character_offsets(data, pairs)] == row["characters"]


def test_the_lines_for_javascript(tmp_path: Path) -> None:
    if shutil.which("node") is None:
        pytest.skip("node absent: the lines of docs/spans.md cannot be run")
    page = (ROOT / "docs/spans.md").read_text("utf-8")
    (lines,) = re.findall(r"^```javascript\n(.*?)^```$", page, re.M | re.S)
    script = tmp_path / "spans.js"
    script.write_text(lines + CALLS, "utf-8")
    done = subprocess.run(
        ["node", str(script), str(GOLDEN_FILE)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    compare(found["decoding"])
    assert found["texts"] == [row["utf16"] for row in GOLDEN["texts"]]
