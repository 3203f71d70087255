"""What is measured and what is refused, the texts, and how often each is called."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neurolite_bench.measuring.plan import find_certificate, plan_artifacts
from neurolite_bench.measuring.schedule import schedule_of
from neurolite_bench.measuring.texts import (
    LENGTHS,
    SWEEP,
    all_threads_cases,
    built_in_texts,
    count_words,
    describe_texts,
    own_texts,
    timed_cases,
)
from neurolite_core.artifact.formats.json_file import seal
from neurolite_core.artifact.package import digest_of
from neurolite_core.ground.errors import InputError
from sealing import save_sealed_json

CERTIFICATE = "neurolite-tiny.certificate.json"


@pytest.fixture
def files(tiny_int8: Path, tmp_path: Path) -> Path:
    """A folder with the exported file and its certificate, to be damaged."""
    shutil.copy(tiny_int8, tmp_path)
    shutil.copy(tiny_int8.with_name(CERTIFICATE), tmp_path)
    return tmp_path / tiny_int8.name


def test_a_file_is_planned_with_what_its_certificate_says(files: Path) -> None:
    (planned,), refused = plan_artifacts([files])
    assert not refused
    assert (planned.name, planned.kind, planned.preset) == ("tiny onnx int8", "onnx", "tiny")
    assert planned.size_bytes == files.stat().st_size
    assert planned.sha256 == digest_of(files.read_bytes())
    assert planned.compressed_bytes is not None
    assert 0 < planned.compressed_bytes < planned.size_bytes * 1.01
    assert planned.parity is not None
    assert planned.parity["agreement"] >= 0.99
    certificate = json.loads(files.with_name(CERTIFICATE).read_text())
    assert planned.parameters == certificate["model"]["parameters"]


def _without(row: dict[str, Any]) -> None:
    row |= {"file": "another.onnx", "sha256": "0" * 64}


def _refused(row: dict[str, Any]) -> None:
    row["verdict"] = "refused"


def _other(row: dict[str, Any]) -> None:
    row["sha256"] = "0" * 64


def test_a_renamed_file_is_found_by_its_digest(files: Path) -> None:
    renamed = files.rename(files.with_name("model.onnx"))
    (planned,), refused = plan_artifacts([renamed])
    assert not refused
    assert planned.parity is not None
    assert planned.parity["certificate"] == CERTIFICATE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_without, "no certificate beside it"),
        (_refused, "failed its gates"),
        (_other, "not the file that"),
    ],
)
def test_without_shown_parity_a_file_is_refused(
    files: Path, change: Callable[[dict[str, Any]], None], reason: str
) -> None:
    path = files.with_name(CERTIFICATE)
    certificate = json.loads(path.read_text())
    for row in certificate["files"]:
        change(row)
    save_sealed_json(certificate, path)
    planned, (refusal,) = plan_artifacts([files])
    assert not planned
    assert reason in refusal.reason


def test_a_changed_file_is_refused(files: Path) -> None:
    files.write_bytes(files.read_bytes() + b"\0")
    assert [refusal.file for refusal in plan_artifacts([files])[1]] == [files.name]


@pytest.mark.parametrize(
    "content", [b"", b"[", b"[]", seal(b'{"files": 3}'), seal(b'{"files": [3]}')]
)
def test_a_damaged_certificate_is_none(files: Path, content: bytes) -> None:
    files.with_name(CERTIFICATE).write_bytes(content)
    row, why = find_certificate(files, digest_of(files.read_bytes()))
    assert row is None
    assert "no certificate" in why or "it has no seal" in why


def test_a_changed_certificate_says_nothing_but_unsealed(files: Path) -> None:
    path = files.with_name(CERTIFICATE)
    path.write_bytes(path.read_bytes().replace(b'"hash_version": ', b'"hash_version":  '))
    digest = digest_of(files.read_bytes())
    row, why = find_certificate(files, digest)
    assert row is None
    assert f"{CERTIFICATE} was not read: it is damaged" in why
    assert find_certificate(files, digest, unsealed=True)[0] is not None


def test_a_changed_file_is_planned_unsealed_without_parity(files: Path) -> None:
    content = bytearray(files.read_bytes())
    place = content.index(b"neurolite.sha256") + 30
    content[place] ^= 1
    files.write_bytes(content)
    (planned,), refused = plan_artifacts([files], unsealed=True)
    assert not refused
    assert not planned.sealed
    assert planned.parity is None
    assert planned.name == "tiny onnx int8"
    assert [refusal.file for refusal in plan_artifacts([files])[1]] == [files.name]


def test_texts_have_exactly_the_words_that_their_class_says() -> None:
    source = built_in_texts()
    for item in timed_cases(source, 1024):
        assert set(count_words(item.texts)) == {item.case.words}, item.case
        assert len(set(item.texts)) > 1
    assert {c.case.words for c in timed_cases(source, 1024) if c.case.group == "sweep"} == set(
        SWEEP
    )
    assert max(c.case.words for c in timed_cases(source, 256)) == 256
    assert all(c.case.threads == 0 for c in all_threads_cases(source, 256))
    assert describe_texts(source)["classes"].keys() >= {f"{words} words" for words in LENGTHS}  # type: ignore[attr-defined]


def test_own_texts_are_one_more_class(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text("wake me up\n\nwhere is my parcel\n")
    cases = timed_cases(own_texts(path), 256)
    (own,) = [item for item in cases if item.case.name == "own texts"]
    assert own.texts == ("wake me up", "where is my parcel")
    path.write_text("\n \n")
    with pytest.raises(InputError, match="only empty texts"):
        own_texts(path)


def test_calls_are_enough_but_no_longer_than_allowed() -> None:
    schedule = schedule_of(runs=1000, repeats=5, rounds=10, seconds=0.5)
    milli = 1_000_000
    assert sum(schedule.calls("length", milli)) * 5 >= 1000
    assert sum(schedule.calls("length", milli // 100)) * 5 >= 50_000  # half a second of 0.01 ms
    slow = schedule.calls("length", 2_000 * milli)
    assert sum(slow) == 1  # 10 s allow five calls of 2 s, one in each process
    assert len(slow) == 10
    assert sum(schedule.calls("length", 10**12)) == 1
    for call in (1, milli, 7 * milli, 300 * milli):
        calls = schedule.calls("sweep", call)
        assert max(calls) - min(c for c in calls if c) <= 1
