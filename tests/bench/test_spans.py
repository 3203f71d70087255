"""The benchmark of spans: its rows, its CRF, and its tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from typer.testing import CliRunner

from neurolite_bench.spans.__main__ import app
from neurolite_bench.spans.cost import int8_file
from neurolite_bench.spans.crf import fit_crf
from neurolite_bench.spans.measuring import figures, measure_file
from neurolite_bench.spans.rows import misspelt, read_split, spans_of_words, tagged_words
from neurolite_bench.spans.table import cost_table, spans_table
from neurolite_core.answer.spans import WordSpan
from neurolite_core.data.spans import SpanRow, TypedSpan
from neurolite_runtimes import open_artifact

CONLL = """# label = wake
wake\tO
me\tO
at\tO
half\tB-time
past\tI-time
nine\tI-time

# label = fly
fly\tO
to\tO
oslo\tB-place
at\tO
noon\tB-time
"""


def rows(folder: Path) -> tuple[SpanRow, ...]:
    (folder / "snips_slots").mkdir()
    (folder / "snips_slots" / "test.conll").write_text(CONLL, "utf-8")
    return read_split(folder, "test").rows


def test_rows_are_words_with_the_tags_that_they_were_written_with(tmp_path: Path) -> None:
    first, second = tagged_words(rows(tmp_path))
    assert (first.label, first.words[3:]) == ("wake", ("half", "past", "nine"))
    assert first.tags == ("O", "O", "O", "B-time", "I-time", "I-time")
    assert second.tags == ("O", "O", "B-place", "O", "B-time")
    assert spans_of_words(second.tags, ("place", "time")) == [WordSpan(2, 3, 0), WordSpan(4, 5, 1)]


def test_misspelt_rows_keep_the_spans_of_their_words(tmp_path: Path) -> None:
    given = rows(tmp_path)
    changed = False
    for seed in range(20):
        for row, other in zip(given, misspelt(given, seed), strict=True):
            changed |= row.text != other.text
            assert tagged_words([other])[0].tags == tagged_words([row])[0].tags
            assert all(span.end > span.start for span in other.spans)
    assert changed


def test_a_crf_learns_what_stands_around_a_word() -> None:
    cities = ["oslo", "rome", "paris", "cairo", "lima"]
    texts = [f"fly to {city} now" for city in cities[:4]]
    tagged = tagged_words(
        [SpanRow(text, (TypedSpan(7, len(text) - 4, "place"),), None, 1) for text in texts]
    )
    assert fit_crf(tagged).tag(["fly", "to", "lima", "now"]) == ["O", "O", "B-place", "O"]


def test_figures_count_spans_labels_and_misspelt_texts(tmp_path: Path) -> None:
    given = rows(tmp_path)
    seen: list[list[str]] = []

    def find(
        own: Sequence[SpanRow],
    ) -> tuple[list[list[WordSpan]], list[list[WordSpan]], list[bool]]:
        seen.append([row.text for row in own])
        truths = [spans_of_words(text.tags, ("place", "time")) for text in tagged_words(own)]
        return truths, [truths[0], []], [True, True]

    found = figures(find, given, 2)
    assert found["recall"] == 1 / 3
    assert found["precision"] == 1.0
    assert (found["whole_texts"], found["whole_with_label"], found["accuracy"]) == (0.5, 0.5, 1.0)
    assert len(seen) == 4
    assert len(found["typos_seeds"]) == 3


def test_a_file_is_measured_with_its_thresholds(tmp_path: Path) -> None:
    path = tmp_path / "joint.onnx"
    path.write_bytes(int8_file("tiny", spans=True))
    row = SpanRow("fly to oslo", (TypedSpan(7, 11, "type3"),), ("LABEL_0",), 1)
    found = measure_file(open_artifact(path), [row])
    assert found["texts"] == 1
    assert 0.0 <= found["f1"] <= 1.0
    assert found["accuracy"] in (0.0, 1.0)


def test_tables_have_means_and_ranges() -> None:
    run = {
        "texts": 700,
        "size_bytes": 1_400_000,
        "seconds": 240,
        "command": "neurolite-train $DATA/x",
    }
    ours = [
        run | {"f1": f1, "whole_with_label": 0.85, "accuracy": 0.98, "typos_f1": 0.88}
        for f1 in (0.93, 0.94, 0.95)
    ]
    crf = [{"f1": 0.924, "typos_f1": 0.7}]
    table = spans_table({"sets": {"snips_slots": {"neurolite": ours, "crf": crf}}})
    assert "| 94.0 (93.0 to 95.0) | 85.0 (85.0 to 85.0) |" in table
    assert "| 92.4 | - | - | 70.0 |" in table
    assert "1.40 MB; trained in 4 minutes" in " ".join(table.split())
    assert "teacher" not in table
    taught = [ours[2] | {"command": "neurolite-train $DATA/x --teacher T", "seconds": 300}]
    table = spans_table({"sets": {"snips_slots": {"neurolite": ours, "taught": taught}}})
    assert "| the same, with a teacher | 95.0" in table
    assert "With a teacher: 1 seed, 5 minutes each" in " ".join(table.split())
    assert "by `neurolite-train $DATA/x --teacher T`" in " ".join(table.split())


def test_a_model_with_a_teacher_wants_one() -> None:
    done = CliRunner().invoke(app, ["accuracy", "--model", "taught"])
    assert done.exit_code == 2
    assert "--teacher FOLDER" in done.stderr


def test_what_spans_cost_is_told_by_size_and_length() -> None:
    row = {
        "ms": {"joint": 0.066, "classifier": 0.06},
        "ratio": {"median": 1.1, "lowest": 1.05, "highest": 1.2},
    }
    cost = cost_table(
        {
            "cost": {"tiny": {"bytes": {}, "12 words, native op": row}},
            "environment": {"processor": "P", "measured_at": "2026-01-02T03:04:05"},
        }
    )
    assert "| tiny, 12 words, native op | 0.060 | 0.066 | 1.10 (1.05 to 1.20) |" in cost
