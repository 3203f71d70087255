"""The certificate: rows come, go and stay with the files that they are about."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from artifacts import ONE, SOURCES, Ready, Store
from neurolite_core import NeuroLiteForClassification
from neurolite_export.certificate_page import render_page
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import Target
from neurolite_export.targets import TARGETS


def export_onnx(folder: Path, precision: str, exported: Store) -> Path:
    """Gates, file and certificate of a file that is built once for all tests."""
    target = cast("Target", Ready(exported("onnx", "one", precision).built.content))
    return export(SOURCES["one"](), target, precision, folder, built_in_probes()).path


def read(folder: Path) -> dict[str, Any]:
    certificate: dict[str, Any] = json.loads(
        (folder / "neurolite-one.certificate.json").read_text("utf-8")
    )
    return certificate


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


def test_other_weights_start_a_new_certificate(folder: Path) -> None:
    torch.manual_seed(5)
    network = NeuroLiteForClassification(ONE).eval()
    other = Source(network, "one", "random, seed 5: not trained")
    export(other, TARGETS["onnx"].load(), "int8", folder, built_in_probes())
    assert verdicts(folder) == {"int8": "not proven"}
    assert "seed 5" in read(folder)["model"]["weights"]


def test_a_damaged_certificate_is_replaced(folder: Path, exported: Store) -> None:
    for text in ("{", "[]", '{"certificate_version": 1}', "\0"):
        (folder / "neurolite-one.certificate.json").write_text(text)
        export_onnx(folder, "int8", exported)
        assert verdicts(folder) == {"int8": "not proven"}


def test_the_page_escapes_what_it_shows(folder: Path) -> None:
    certificate = read(folder)
    certificate["model"]["name"] = "<script>alert(1)</script>"
    page = render_page(certificate)
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
