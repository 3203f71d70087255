"""The certificate: rows come, go and stay with the files that they are about."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from artifacts import ONE, SOURCES, Ready, Store
from neurolite_core import NeuroLiteForClassification
from neurolite_core.ground.errors import GateError, InputError
from neurolite_core.ground.files import write_atomically
from neurolite_export import certificate
from neurolite_export.certificate_file import SetAside, read_certificate
from neurolite_export.certificate_names import REFUSED
from neurolite_export.certificate_page import render_page
from neurolite_export.exporting import export
from neurolite_export.gates import GateResult
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import Target
from neurolite_export.targets import TARGETS
from sealing import save_sealed_json


def export_onnx(folder: Path, precision: str, exported: Store) -> Path:
    """Gates, file and certificate of a file that is built once for all tests."""
    target = cast("Target", Ready(exported("onnx", "one", precision).built.content))
    return export(SOURCES["one"](), target, precision, folder, built_in_probes()).path


def read(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(
        (folder / "neurolite-one.certificate.json").read_text("utf-8")
    )
    return found


def verdicts(folder: Path) -> dict[str, str]:
    return {row["precision"]: row["verdict"] for row in read(folder)["files"]}


@pytest.fixture
def folder(tmp_path: Path, exported: Store) -> Path:
    """Both precisions, exported one after the other."""
    export_onnx(tmp_path, "float32", exported)
    export_onnx(tmp_path, "int8", exported)
    return tmp_path


def test_later_exports_add_rows_and_the_page_shows_them(folder: Path) -> None:
    assert verdicts(folder) == {"float32": "passed", "int8": "not proven"}
    page = (folder / "neurolite-one.certificate.html").read_text("utf-8")
    assert "1 of 2 files passed, 1 not proven" in page
    for row in read(folder)["files"]:
        assert row["sha256"] in page
        assert f"{row['size_bytes']:,}" in page


def test_rows_of_files_that_are_gone_or_changed_go(folder: Path, exported: Store) -> None:
    with (folder / "neurolite-one-float32.onnx").open("ab") as stream:
        stream.write(b"x")
    export_onnx(folder, "int8", exported)
    assert verdicts(folder) == {"int8": "not proven"}


def other_source() -> Source:
    """Another model that is called the same."""
    torch.manual_seed(5)
    return Source(NeuroLiteForClassification(ONE).eval(), "one", "random, seed 5: not trained")


def test_other_weights_of_the_same_name_replace_nothing_unasked(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for precision in ("float32", "int8"):
        with pytest.raises(
            InputError, match=r"of another one that is called 'one'.*--name NAME.*--replace"
        ):
            export(other_source(), TARGETS["onnx"].load(), precision, folder, built_in_probes())
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_file_without_a_certificate_tells_itself_whose_it_is(
    folder: Path, exported: Store
) -> None:
    for path in folder.glob("*.certificate.*"):
        path.unlink()
    export_onnx(folder, "int8", exported)  # its own, as after a kill between file and certificate
    assert verdicts(folder) == {"int8": "not proven"}
    (folder / "neurolite-one.certificate.json").unlink()
    with pytest.raises(InputError, match="seed 0"):
        export(other_source(), TARGETS["onnx"].load(), "float32", folder, built_in_probes())


def test_other_weights_that_may_replace_start_a_new_certificate(folder: Path) -> None:
    target = TARGETS["onnx"].load()
    done = export(other_source(), target, "int8", folder, built_in_probes(), replace=True)
    assert verdicts(folder) == {"int8": "not proven"}
    assert "seed 5" in read(folder)["model"]["weights"]
    assert done.uncertified == ("neurolite-one-float32.onnx",)


def test_a_renamed_file_keeps_its_row(folder: Path, exported: Store) -> None:
    (folder / "neurolite-one-float32.onnx").rename(folder / "mine.onnx")
    export_onnx(folder, "int8", exported)
    assert verdicts(folder) == {"float32": "passed", "int8": "not proven"}
    assert [row["file"] for row in read(folder)["files"]] == [
        "mine.onnx",
        "neurolite-one-int8.onnx",
    ]


def test_a_refusal_takes_no_row_from_a_file_that_is_there(
    folder: Path, exported: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = GateResult("no gate", REFUSED, found="1", allowed="0")
    monkeypatch.setattr("neurolite_export.exporting.check_gates", lambda *_: [refusal])
    content = exported("onnx", "one", "float32").built.content
    with pytest.raises(GateError):
        export(SOURCES["one"](), cast("Target", Ready(content)), "int8", folder, built_in_probes())
    found = [(row["precision"], row["verdict"]) for row in read(folder)["files"]]
    assert sorted(found) == [("float32", "passed"), ("int8", "not proven"), ("int8", "refused")]


def test_exports_that_end_together_lose_no_row(
    exported: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = write_atomically
    written: list[Path] = []

    def another_comes_first(path: Path, content: bytes) -> None:
        if not written:  # the other process finds the lock held, and ends after this one
            written.append(path)
            thread.start()
            thread.join(0.5)
            assert thread.is_alive()
        real(path, content)

    thread = threading.Thread(target=export_onnx, args=(tmp_path, "float32", exported))
    monkeypatch.setattr(certificate, "write_atomically", another_comes_first)
    exported("onnx", "one", "float32")
    export_onnx(tmp_path, "int8", exported)
    thread.join()
    assert verdicts(tmp_path) == {"float32": "passed", "int8": "not proven"}
    assert not list(tmp_path.glob(".*.lock"))


def kept_aside(folder: Path) -> list[bytes]:
    """What lies under the names of unread certificates, in the order in which they were set aside."""
    found = sorted(folder.glob("*.unread*.json"), key=lambda path: (len(path.name), path.name))
    return [path.read_bytes() for path in found]


def export_aside(folder: Path, exported: Store) -> SetAside:
    target = cast("Target", Ready(exported("onnx", "one", "int8").built.content))
    aside = export(SOURCES["one"](), target, "int8", folder, built_in_probes()).aside
    assert aside is not None
    return aside


def test_a_damaged_certificate_is_kept_and_told_of(folder: Path, exported: Store) -> None:
    path = folder / "neurolite-one.certificate.json"
    whole = path.read_bytes()
    damaged = [
        b"{", b"", b"[]", b"\0", b"[" * 100_000, b'{"certificate_version": 1}', whole[:-9],
        whole.replace(b'"verdict": "passed"', b'"verdict":  "passed"'),
    ]  # fmt: skip
    for number, content in enumerate(damaged, 1):
        path.write_bytes(content)
        aside = export_aside(folder, exported)
        assert kept_aside(folder) == damaged[:number]  # none takes the place of another
        assert aside.kept.read_bytes() == content
        assert "seal" in aside.why or "SHA-256" in aside.why
        assert str(path) in str(aside)
        assert aside.kept.name in str(aside)
        assert "\n" not in str(aside)
        assert verdicts(folder) == {"int8": "not proven"}


def test_a_certificate_that_was_made_on_purpose_is_kept_and_told_of(
    folder: Path, exported: Store
) -> None:
    whole = read(folder)
    (row,) = [row for row in whole["files"] if row["precision"] == "float32"]
    changes: list[dict[str, Any]] = [
        {"file": None}, {"file": []}, {"parity": None}, {"contents": float("nan")}, {"gates": 3},
        {"verdict": "refused", "metadata": 1},
    ]  # fmt: skip
    others: list[dict[str, Any]] = [
        whole | {"certificate_version": 3}, whole | {"files": None}, whole | {"files": [7]},
        *(whole | {"files": [row, row | change]} for change in changes),
    ]  # fmt: skip
    for number, other in enumerate(others, 1):
        save_sealed_json(other, folder / "neurolite-one.certificate.json")
        why = export_aside(folder, exported).why
        assert "seal" not in why
        assert len(kept_aside(folder)) == number
        assert verdicts(folder) == {"int8": "not proven"}


def test_rows_of_names_that_no_file_has_go(folder: Path, exported: Store) -> None:
    whole = read(folder)
    for name in ("../x", "\0", "x" * 5000):
        rows = [row | {"file": name, "sha256": "0" * 64} for row in whole["files"]]
        save_sealed_json(whole | {"files": rows}, folder / "neurolite-one.certificate.json")
        export_onnx(folder, "int8", exported)
        assert verdicts(folder) == {"int8": "not proven"}
    assert kept_aside(folder) == []


def test_a_whole_certificate_is_not_set_aside(folder: Path, exported: Store) -> None:
    export_onnx(folder, "int8", exported)
    assert kept_aside(folder) == []


def test_a_refusal_tells_of_a_damaged_certificate_as_well(
    folder: Path, exported: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "neurolite-one.certificate.json").write_text("{")
    refusal = GateResult("no gate", REFUSED, found="1", allowed="0")
    monkeypatch.setattr("neurolite_export.exporting.check_gates", lambda *_: [refusal])
    target = cast("Target", Ready(exported("onnx", "one", "float32").built.content))
    with pytest.raises(GateError, match=r"It is kept as neurolite-one\.certificate\.unread\.json"):
        export(SOURCES["one"](), target, "int8", folder, built_in_probes())
    assert kept_aside(folder) == [b"{"]


def test_what_cannot_be_set_aside_is_refused_before_anything_is_lost(
    folder: Path, exported: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "neurolite-one.certificate.json"
    path.write_text("{")

    def fails(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(InputError, match=r"Permission denied.*--out FOLDER"):
        export_onnx(folder, "int8", exported)
    assert path.read_text() == "{"


def test_a_certificate_that_was_changed_is_none(folder: Path) -> None:
    path = folder / "neurolite-one.certificate.json"
    assert read_certificate(path)["files"]
    path.write_bytes(path.read_bytes().replace(b'"verdict": "passed"', b'"verdict":  "passed"'))
    assert read_certificate(path) == {}


def test_the_page_escapes_what_it_shows(folder: Path) -> None:
    found = read(folder)
    found["model"]["name"] = "<script>alert(1)</script>"
    page = render_page(found)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
