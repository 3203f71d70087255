"""Data that no model can be made of: what is the matter is said, with the data described first."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from neurolite_core.data import DataReport
from neurolite_core.ground.errors import InputError
from neurolite_core.training.cli import app
from neurolite_core.training.sources import DataFiles, Sources, read_sources

Rows = list[tuple[str, str]]

TEXTS = [f"text number {number}" for number in range(60)]


def read(tmp_path: Path, rows: Rows, **options: object) -> tuple[Sources | str, list[DataReport]]:
    """The sources or the error, and the reports that were shown before."""
    data = tmp_path / "data.csv"
    data.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in rows), "utf-8")
    shown: list[DataReport] = []
    files = DataFiles(train=(str(data),), **options)  # type: ignore[arg-type]
    try:
        return read_sources(files, tmp_path / "work", seed=0, show=shown.append), shown
    except InputError as error:
        return str(error), shown


ONE_EACH = [(text, f"kind{number}") for number, text in enumerate(TEXTS[:12])]
IDS = [(text, f"ticket-{number}") for number, text in enumerate(TEXTS)]
REPEATED = [("set an alarm", "alarm"), ("book a table", "book")] * 20
CONFLICTS = [(text, label) for text in TEXTS[:8] for label in "ab"]


@pytest.mark.parametrize(
    ("rows", "options", "parts"),
    [
        (ONE_EACH, {}, ["12 rows have 12 labels, each with one text only", "two or more"]),
        (ONE_EACH, {"validation": "0.5"}, ["each with one text only"]),
        (IDS, {}, ["60 rows have 60 labels", "column of ids", "--label-column NAME"]),
        (REPEATED, {}, ["2 rows have 2 labels, each with one text", "38 of 40 rows repeat others"]),
        (
            REPEATED,
            {"keep_duplicates": True},
            ["40 rows with 2 different texts have 2 labels, each with one text only"],
        ),
        (CONFLICTS, {}, ["each text of 16 rows with 8 different texts stands with several labels", "--conflicts majority"]),
        (
            [(text, "ab"[n % 2]) for n, text in enumerate(TEXTS[:10])],
            {"validation": "0.01"},
            ["0.01 of 10 rows is less than one row", "such as 0.2"],
        ),
    ],
)  # fmt: skip
def test_no_split_is_possible(
    tmp_path: Path, rows: Rows, options: dict[str, object], parts: list[str]
) -> None:
    message, shown = read(tmp_path, rows, **options)
    assert isinstance(message, str)
    for part in ("data.csv: no rows can be split off for validation", *parts):
        assert part in message
    assert [report.rows for report in shown] == [len(rows)]


def test_the_share_that_is_advised_works(tmp_path: Path) -> None:
    for count in (4, 10, 30):
        rows = [(text, "ab"[n % 2]) for n, text in enumerate(TEXTS[:count])]
        message, _ = read(tmp_path, rows, validation="0.001")
        assert isinstance(message, str)
        share = message.partition("such as ")[2].partition(",")[0]
        sources, _ = read(tmp_path, rows, validation=share)
        assert isinstance(sources, Sources)
        assert len(sources.validation.rows) > 0


@pytest.mark.parametrize("share", ["0", "1", "1.5", "-0.1", "nan", "inf", "1e9", "0" * 100_000])
def test_a_share_out_of_range_names_its_option(tmp_path: Path, share: str) -> None:
    message, shown = read(
        tmp_path, [(text, "ab"[n % 2]) for n, text in enumerate(TEXTS)], validation=share
    )
    assert isinstance(message, str)
    assert message.startswith("--validation is '")
    assert len(message) < 200
    assert shown == []


@pytest.mark.parametrize(
    ("rows", "options", "parts"),
    [
        ([("", "silent"), (" ", "silent")], {}, ["1 of 3 labels", "'silent'", "texts are empty."]),
        (
            [("text number 1", "other")],
            {"conflicts": "drop"},
            ["'other'", "stand with other labels too", "--conflicts keep"],
        ),
        ([("text number 1", "other")], {"conflicts": "keep"}, []),
    ],
)
def test_a_label_needs_a_row_to_learn_from(
    tmp_path: Path, rows: Rows, options: dict[str, object], parts: list[str]
) -> None:
    usual = [(text, "ab"[n % 2]) for n, text in enumerate(TEXTS)]
    found, shown = read(tmp_path, usual + rows, **options)
    assert len(shown) == 1
    assert isinstance(found, str) == bool(parts)
    if isinstance(found, str):
        for part in ("no row to learn from", *parts):
            assert part in found


def test_one_label_is_too_few(tmp_path: Path) -> None:
    message, shown = read(tmp_path, [(text, "x" * 250) for text in TEXTS])
    assert isinstance(message, str)
    assert "has 1 label ('xxx" in message
    assert len(message) < len(str(tmp_path)) + 200
    assert shown[0].rows == 60


def test_the_command_shows_the_data_before_it_refuses(tmp_path: Path) -> None:
    data = tmp_path / "ids.csv"
    data.write_text("text,label\n" + "".join(f"{text},{label}\n" for text, label in IDS))
    done = CliRunner().invoke(app, [str(data), "--out", str(tmp_path / "out")])
    assert done.exit_code == 2
    shown = " ".join(done.stderr.split())
    assert shown.index("labels below 5 rows") < shown.index("Error: ")
    assert "column of ids" in shown
