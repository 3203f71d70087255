"""What the module must say of texts: the numpy reference's bits, and the Python session's answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from neurolite_core.answer.tasks import GENERATION
from neurolite_core.text.words import to_bytes
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.native_library import FOLDER_VARIABLE
from neurolite_runtimes.records import RECORDS, Asked, records_of
from neurolite_runtimes.session import Session
from neurolite_runtimes.spans import Span, spans_of
from texts import follower_texts, generated_texts

HERE: Final = Path(__file__).parent
BITS: Final = ("logits", "embedding")  # that are equal to the last one
# Strings that JavaScript has as it has them, and bytes, which need not be UTF-8.
STRINGS: Final = (
    "", "book a table for two", "a b c d e f g " * 30, "día 東京タワー don't \U0001f44d\U0001f3fd",
    "half \ud800 a pair", "\udfff", "\ud800", "\0\0 nul \0", "\ufeffmark", "x" * 5_000, "é" * 40 + " é",
)  # fmt: skip
BYTES: Final = (b"\0 \xff\xfe", b"\xed\xa0\x80", b"\xf0\x9f\x91", b" \n" * 90, b"a" + b" " * 300)


def questions(count: int) -> list[str | bytes]:
    """Texts in many scripts, and hostile ones: as many of each, and those above."""
    return [*STRINGS, *BYTES, *generated_texts(count, seed=41), *follower_texts(count, seed=42)]


def as_json(texts: Sequence[str | bytes]) -> list[Any]:
    """Strings as they are, bytes as lists of numbers."""
    return [text if isinstance(text, str) else list(text) for text in texts]


def reference_of(path: Path, empty: Path) -> Session:
    """A .nlm file by numpy; ``empty`` is a folder in which no library was built."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(empty))
        session = open_artifact(path)
    assert session.is_reference
    return session


def expected(path: Path, texts: Sequence[str | bytes], empty: Path) -> list[dict[str, Any]]:
    """An answer each, by numpy: what ``neurolite-run`` says, with the bits of logits and embedding.

    Args:
        path: of a .nlm file.
        texts: to answer.
        empty: a folder in which no library was built.
    """
    session = reference_of(path, empty)
    outputs = run(session, texts)
    metadata = session.metadata
    if (
        metadata.task in RECORDS and metadata.task != GENERATION
    ):  # whose labels JavaScript gives none of
        explain = bool(metadata.rules)
        asked = Asked(top=None, embed=False, threshold=metadata.threshold, explain=explain)
        records = list(records_of(session, [to_bytes(text) for text in texts], outputs, asked))
    else:
        found = zip(outputs.words.tolist(), outputs.truncated.tolist(), strict=True)
        records = [{"words": words, "truncated": lost} for words, lost in found]
    for position, record in enumerate(records):
        for name in BITS:
            if name in metadata.outputs:
                record[name] = outputs.values[name][position]
        record |= {"state": {name: values[position] for name, values in outputs.state.items()}}
    if metadata.spans is not None:
        for record, own, text in zip(
            records, spans_of(outputs, texts, metadata), texts, strict=True
        ):
            record["spans"] = [asdict(span) | _units(text, span) for span in own]
    return records


def _units(text: str | bytes, span: Span) -> dict[str, int]:
    """Where a span stands in UTF-16, which JavaScript counts in."""
    readable = text if isinstance(text, str) else text.decode("utf-8", "replace")
    start, end = (
        len(readable[:place].encode("utf-16-le", "surrogatepass")) // 2
        for place in (span.start, span.end)
    )
    return {"start": start, "end": end}


def check(found: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]], what: str) -> None:
    """Compares answers of answers.js with those that ``expected`` gave."""
    assert len(found) == len(wanted)
    for number, (one, other) in enumerate(zip(found, wanted, strict=True)):
        place = f"{what}, text {number}"
        assert (one["words"], one["truncated"]) == (other["words"], other["truncated"]), place
        for name in BITS:
            assert (name in one) == (name in other), place
            if name in other:
                same_bits(one[name], other[name], place)
        for name, values in other["state"].items():
            same_bits(one["state"][name], values, place)
        assert one.get("rules") == other.get("rules"), place
        assert one.get("experts") == (
            np.ravel(other["expert"]).tolist() if "expert" in other else None
        ), place
        check_spans(one.get("spans", []), other.get("spans", []), place)
        if "in_scope" in other:
            assert (one["label"], one["abstained"]) == (other["label"], other["abstained"]), place
            assert one["score"] == pytest.approx(other["score"], abs=6e-7), place
            assert one["inScope"] == pytest.approx(other["in_scope"], abs=6e-7), place
        if "labels" in other:
            assert [row["label"] for row in one["labels"]] == [
                row["label"] for row in other["labels"]
            ]
            scores = [row["score"] for row in one["labels"]]
            assert scores == pytest.approx([row["score"] for row in other["labels"]], abs=6e-7)


def same_bits(found: Sequence[int], wanted: np.ndarray[Any, Any], place: str) -> None:
    """Compares numbers of a text by their bits."""
    bits = np.array(found, np.uint32)
    np.testing.assert_array_equal(bits, np.ravel(wanted).view(np.uint32), place)


def check_spans(
    found: Sequence[dict[str, Any]], wanted: Sequence[dict[str, Any]], place: str
) -> None:
    """Compares the spans of a text."""
    names = (
        ("startByte", "start_byte"),
        ("endByte", "end_byte"),
        ("start", "start"),
        ("end", "end"),
    )
    assert len(found) == len(wanted), place
    for one, other in zip(found, wanted, strict=True):
        assert (one["type"], one["text"]) == (other["type"], other["text"]), place
        assert [one[name] for name, _ in names] == [other[name] for _, name in names], place
        assert one["score"] == pytest.approx(other["score"], abs=6e-7), place


def write_job(path: Path, models: dict[str, str], texts: Sequence[str | bytes]) -> None:
    """What answers.js reads: addresses of models by name, and texts."""
    path.write_text(json.dumps({"models": models, "texts": as_json(texts)}), "utf-8")
