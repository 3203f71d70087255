"""Spans of an exported file: in characters and bytes of any text, and as ``neurolite-run`` gives them."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from artifacts import ONE, Store
from commands import call_command
from neurolite_core.answer.outputs import TAGS
from neurolite_core.artifact.span_facts import SpanFacts
from neurolite_core.ground.errors import InputError
from neurolite_core.text.words import to_bytes
from neurolite_export.probes import built_in_probes
from neurolite_runtimes import Span, open_artifact, run, spans_of
from neurolite_runtimes.following import joined
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.showing import spans_table
from spans_made import TYPES, true_characters


@pytest.fixture(scope="module")
def file(exported: Store) -> Path:
    return exported("onnx", "finding", "int8").path


@pytest.fixture(scope="module")
def alone(exported: Store) -> Path:
    return exported("onnx", "finding-alone", "int8").path


@pytest.fixture(scope="module")
def session(file: Path) -> Guarded:
    return open_artifact(file)


def readable_texts() -> list[str]:
    texts = []
    for data in built_in_probes().texts:
        try:
            texts.append(data.decode())
        except UnicodeDecodeError:
            continue
    return texts


def test_spans_are_where_the_text_has_them(session: Guarded) -> None:
    texts = readable_texts()
    found = spans_of(run(session, texts), texts, session.metadata)
    right = 0
    for text, own in zip(texts, found, strict=True):
        data = to_bytes(text)
        for span in own:
            assert text[span.start : span.end] == span.text
            assert data[span.start_byte : span.end_byte].decode() == span.text
            assert 0 < span.score <= 1
        wanted = true_characters(text, ONE)
        right += [(span.start, span.end, span.type) for span in own] == [
            (span.start, span.end, span.type) for span in wanted
        ]
    assert right >= 0.95 * len(texts)
    assert sum(map(len, found)) > 300


def test_the_same_of_bytes_and_in_any_company(session: Guarded) -> None:
    texts = readable_texts()[:40]
    data = [to_bytes(text) for text in texts]
    found = spans_of(run(session, texts), texts, session.metadata)
    assert spans_of(run(session, data, batch_size=7), data, session.metadata) == found
    parts = [run(session, [text]) for text in texts]
    together = spans_of(joined(parts), texts, session.metadata)
    assert [[without_score(span) for span in own] for own in together] == [
        [without_score(span) for span in own] for own in found
    ]


def without_score(span: Span) -> dict[str, Any]:
    return asdict(span) | {"score": None}


def test_bytes_that_are_no_text_count_as_they_are_shown(session: Guarded) -> None:
    text = next(text for text in readable_texts() if found_in(session, text))
    (span,) = found_in(session, text)[:1]
    for before, characters in ((b"\xff\xff ", 3), (b"\xe4\xb8 ", 2), (b"\xed\xa0\x80 ", 4)):
        data = before + to_bytes(text)
        moved = next(own for own in found_in(session, data) if own.text == span.text)
        assert moved.start == span.start + characters
        assert moved.start_byte == span.start_byte + len(before)
        shown = data.decode("utf-8", "replace")
        assert shown[moved.start : moved.end] == span.text


def found_in(session: Guarded, text: str | bytes) -> list[Span]:
    (found,) = spans_of(run(session, [text]), [text], session.metadata)
    return found


def test_of_a_text_that_was_cut_what_was_read(session: Guarded) -> None:
    long = [text for text in readable_texts() if len(to_bytes(text)) > 4 * ONE.max_bytes]
    text = next(text for text in long if found_in(session, text))
    outputs = run(session, [text])
    assert outputs.truncated.tolist() == [True]
    (found,) = spans_of(outputs, [text], session.metadata)
    assert found
    assert all(span.end_byte <= ONE.max_bytes for span in found)
    assert all(text[span.start : span.end] == span.text for span in found)


def test_each_type_has_a_threshold(session: Guarded) -> None:
    texts = readable_texts()
    outputs = run(session, texts)
    # The network is so sure that some scores are 1, which no threshold is above.
    less_sure = {**outputs.values, TAGS: outputs.values[TAGS] / 100}
    outputs = replace(outputs, values=less_sure)

    def types_from(*thresholds: float) -> set[str]:
        metadata = replace(session.metadata, spans=SpanFacts(TYPES, thresholds))
        found = spans_of(outputs, texts, metadata)
        return {span.type for own in found for span in own}

    assert types_from(0.0, 0.0) == {*TYPES}
    assert types_from(1.0, 0.0) == {"place"}
    assert types_from(0.0, 1.0) == {"time"}


def test_what_finds_no_spans(session: Guarded, tiny_int8: Path) -> None:
    other = open_artifact(tiny_int8)
    with pytest.raises(InputError, match="finds no spans"):
        spans_of(run(other, ["a"]), ["a"], other.metadata)
    with pytest.raises(InputError, match="2 texts for 1 answers"):
        spans_of(run(session, ["a"]), ["a", "b"], session.metadata)


def answers(*arguments: str | Path, cwd: Path) -> list[dict[str, Any]]:
    done = call_command("neurolite-run", *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.decode().splitlines()]


def test_json_lines(session: Guarded, file: Path, alone: Path, tmp_path: Path) -> None:
    text = next(text for text in readable_texts() if found_in(session, text))
    first, nothing = answers(file, text, "", cwd=tmp_path)
    names = ["text", "label", "score", "in_scope", "abstained", "spans", "words", "truncated"]
    assert list(first) == names
    assert nothing["spans"] == []
    assert list(first["spans"][0]) == [
        *("type", "start", "end", "start_byte", "end_byte", "text", "score")
    ]
    expected = [
        asdict(span) | {"score": pytest.approx(span.score, abs=1e-6)}
        for span in found_in(session, text)
    ]
    assert first["spans"] == expected
    (own,) = answers(alone, text, cwd=tmp_path)
    assert list(own) == ["text", "spans", "words", "truncated"]
    assert [span["text"] for span in own["spans"]] == [span["text"] for span in expected]
    (vector,) = answers(file, "--embed", text, cwd=tmp_path)
    assert "spans" not in vector


def test_tables_name_and_mark_spans(
    session: Guarded, file: Path, alone: Path, tmp_path: Path
) -> None:
    text = next(text for text in readable_texts() if found_in(session, text))
    span = found_in(session, text)[0]
    for path in (file, alone):
        done = call_command("neurolite-run", path, "--table", text, "", cwd=tmp_path)
        shown = done.stdout.decode()
        assert f"{span.type}: {span.text} {span.score:.2f}" in shown, done.stderr.decode()
        assert "none" in shown
        assert "\x1b" not in shown
    (record,) = answers(alone, text, cwd=tmp_path)
    with_colours = Console(force_terminal=True, color_system="standard", width=200)
    with with_colours.capture() as printed:
        with_colours.print(spans_table([record], None, types=TYPES))
    colour = {"time": "\x1b[1;36m", "place": "\x1b[1;35m"}[span.type]
    assert f"{colour}{span.text}\x1b[0m" in printed.get()
    assert f"{colour}{span.type}:\x1b[0m {span.text}" in printed.get()


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (("--top", "2"), b"--top is about labels, and .* finds spans alone"),
        (("--threshold", "0.5"), b"--threshold is about labels, and .* finds spans alone"),
        (("--embed",), b"has no 'embedding' output; it has tags, offsets"),
    ],
)
def test_what_a_model_of_spans_alone_does_not_give(
    alone: Path, tmp_path: Path, option: tuple[str, ...], message: bytes
) -> None:
    done = call_command("neurolite-run", alone, *option, "a", cwd=tmp_path)
    assert done.returncode == 2
    assert re.search(message, b" ".join(done.stderr.split()))
