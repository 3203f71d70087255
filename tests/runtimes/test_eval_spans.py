"""``neurolite-eval`` on texts with spans: figures against those of seqeval, comparison, labels beside, errors."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.scheme import IOB2

from artifacts import ONE, Store
from commands import call_command
from neurolite_core.answer.spans import WordSpan, tag_names, tags_of
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import to_bytes
from neurolite_export.probes import built_in_probes
from neurolite_runtimes import open_artifact, run, spans_of
from spans_made import TYPES, true_characters
from texts import ROOT

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def file(exported: Store) -> Path:
    return exported("onnx", "finding", "int8").path


@pytest.fixture(scope="module")
def alone(exported: Store) -> Path:
    return exported("onnx", "finding-alone", "int8").path


@pytest.fixture(scope="module")
def rows(file: Path) -> Rows:
    """Texts that fit, of which every fifth has lost a span, or has one too many that is no whole word."""
    session = open_artifact(file)
    found: Rows = []
    for data in built_in_probes().texts:
        text = data.decode("utf-8", "replace")
        if "\n" in text or "\ufffd" in text or not text.strip():
            continue
        if run(session, [text]).truncated[0]:
            continue
        spans = [[span.start, span.end, span.type] for span in true_characters(text, ONE)]
        if len(found) % 5 == 0 and spans:
            spans.pop()
        elif len(found) % 5 == 1 and not spans and len(text) > 3:
            spans = [[0, 1, "time"]]
        found.append({"text": text, "label": f"LABEL_{len(found) % 2}", "spans": spans})
    return found


@pytest.fixture(scope="module")
def data(rows: Rows, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(rows, tmp_path_factory.mktemp("data") / "rows.jsonl")


def written(rows: Rows, path: Path) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def evaluated(*arguments: str | Path, cwd: Path) -> dict[str, Any]:
    done = call_command("neurolite-eval", *arguments, "--json", cwd=cwd)
    assert done.returncode == 0, done.stderr.decode()
    values: dict[str, Any] = json.loads(done.stdout)
    return values


def tags(text: str, spans: list[list[Any]]) -> list[str]:
    """Names of tags of the words, by the bytes of spans that stand on words."""
    places = [row for row in word_offsets([to_bytes(text)], 64, 64)[0].tolist() if row[1]]
    found = []
    for start, end, kind in spans:
        low, high = (len(text[:at].encode()) for at in (start, end))
        words = [at for at, (a, b) in enumerate(places) if a < high and b > low]
        found.append(WordSpan(words[0], words[-1] + 1, TYPES.index(kind)))
    return [tag_names(TYPES)[tag] for tag in tags_of(found, len(places))]


def test_the_figures_are_those_of_seqeval(
    file: Path, alone: Path, rows: Rows, data: Path, tmp_path: Path
) -> None:
    schema = json.loads((ROOT / "docs/report-spans.schema.json").read_text())
    texts = [row["text"] for row in rows]
    for path in (file, alone):
        session = open_artifact(path)
        found = spans_of(run(session, texts), texts, session.metadata)
        mine = [
            tags(text, [[span.start, span.end, span.type] for span in own])
            for text, own in zip(texts, found, strict=True)
        ]
        truths = [tags(row["text"], row["spans"]) for row in rows]
        report = evaluated(path, data, cwd=tmp_path)
        part = report["spans"]
        for name, figure in (
            ("f1", f1_score),
            ("precision", precision_score),
            ("recall", recall_score),
        ):
            expected = figure(truths, mine, mode="strict", scheme=IOB2)
            assert part["micro"][name] == pytest.approx(expected), name
        assert 0.6 < part["micro"]["f1"] < 1
        whole = [one == other for one, other in zip(truths, mine, strict=True)]
        assert part["whole"]["right"] == pytest.approx(sum(whole) / len(whole))
        assert part["snapping"]["snapped"] >= 1
        assert part["snapping"]["spans"] == sum(len(row["spans"]) for row in rows)
        assert part["against"] is None
    jsonschema.validate(report, schema)
    assert (report["task"], part["whole_with_label"]) == ("spans", None)


def test_the_label_beside(file: Path, rows: Rows, data: Path, tmp_path: Path) -> None:
    session = open_artifact(file)
    texts = [row["text"] for row in rows]
    outputs = run(session, texts)
    report = evaluated(file, data, cwd=tmp_path)
    jsonschema.validate(report, json.loads((ROOT / "docs/report.schema.json").read_text()))
    best = [f"LABEL_{own}" for own in outputs.values["logits"].argmax(axis=1)]
    right = [own == row["label"] for own, row in zip(best, rows, strict=True)]
    assert report["accuracy"] == pytest.approx(sum(right) / len(right))
    found = spans_of(outputs, texts, session.metadata)
    both = [
        own
        and tags(row["text"], row["spans"])
        == tags(row["text"], [[span.start, span.end, span.type] for span in spans])
        for own, row, spans in zip(right, rows, found, strict=True)
    ]
    assert report["spans"]["whole_with_label"]["right"] == pytest.approx(sum(both) / len(both))


def test_beside_another_model(
    file: Path, exported: Store, alone: Path, data: Path, tmp_path: Path
) -> None:
    same = evaluated(
        file, data, "--against", exported("onnx", "finding", "float32").path, cwd=tmp_path
    )
    beside = same["spans"]["against"]
    assert beside["f1"] == same["spans"]["micro"]["f1"]
    assert beside["difference"] == 0
    low, high = beside["difference_interval"]
    assert low < 0 < high
    assert beside["same_spans"] == same["texts"]
    done = call_command("neurolite-eval", file, data, "--against", alone, cwd=tmp_path)
    assert done.returncode == 2
    assert b"Compare models of one task" in done.stderr


def test_a_report_and_what_is_printed(file: Path, alone: Path, data: Path, tmp_path: Path) -> None:
    for path in (file, alone):
        done = call_command(
            "neurolite-eval",
            path,
            data,
            "--report",
            "out",
            "--no-pictures",
            "--against",
            path,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr.decode()
        shown = done.stdout.decode()
        for part in (
            "span F1",
            "all spans right",
            "types of spans",
            "texts with wrong spans",
            "on whole words",
        ):
            assert part in shown
        assert ("and the label" in shown) == (path == file)
        assert b"rows.jsonl (json)" in done.stderr
        page = (tmp_path / "out/report.html").read_text("utf-8")
        assert "Micro-F1 of spans" in page
        assert "this model minus the other" in page
        assert "this model minus the other" in (tmp_path / "out/report.md").read_text("utf-8")


def test_columns_of_words_and_files_without_spans(file: Path, alone: Path, tmp_path: Path) -> None:
    columns = tmp_path / "a.conll"
    columns.write_text(
        "# label = LABEL_0\nwake O\nme O\nat O\nseven B-time\n\n# label = LABEL_1\nno O\n"
    )
    report = evaluated(file, columns, cwd=tmp_path)
    assert (report["texts"], report["spans"]["micro"]["spans"]) == (2, 1)
    plain = tmp_path / "a.csv"
    plain.write_text("text,label\nno,LABEL_0\nnever,LABEL_1\n")
    assert "spans" not in evaluated(file, plain, cwd=tmp_path)
    both = evaluated(file, plain, columns, cwd=tmp_path)
    assert (both["texts"], both["spans"]["micro"]["spans"]) == (4, 1)
    assert evaluated(alone, columns, cwd=tmp_path)["texts"] == 2
    done = call_command("neurolite-eval", alone, plain, cwd=tmp_path)
    assert done.returncode == 2
    assert b"a.csv has no spans, and finding-alone finds nothing else" in b" ".join(
        done.stderr.split()
    )


@pytest.mark.parametrize(
    ("content", "options", "message"),
    [
        ("six B-colour\n", (), "line 1: .*colour"),
        ("six B-time\n", ("--threshold", "0.5"), "--threshold is about labels"),
        ("six B-time\n", ("--out-of-scope", "a.txt"), "--out-of-scope is about labels"),
        ("six B-time\n", ("--label-column", "x"), "none is named; leave out 'x'|leave out"),
    ],
)
def test_what_cannot_be_measured(
    alone: Path, tmp_path: Path, content: str, options: tuple[str, ...], message: str
) -> None:
    columns = tmp_path / "a.conll"
    columns.write_text(content)
    done = call_command("neurolite-eval", alone, columns, *options, cwd=tmp_path)
    assert done.returncode == 2, done.stdout
    assert re.search(message, " ".join(done.stderr.decode().split()))
