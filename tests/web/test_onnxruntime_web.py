"""Today's .onnx files in npm's onnxruntime-web, in node: the answers of onnxruntime in Python.

``npm ci --ignore-scripts`` in benchmarks/neurolite_bench/engines/web installs it; ``python -m neurolite_bench.engines``
asks it, and other engines, more texts.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from artifacts import SOURCES, Store, probes_of
from native.tools import need
from neurolite_bench.engines.running import ENGINES, ORDINARY, WEB
from neurolite_core.text.words import truncate
from neurolite_export.exporting import metadata_of
from neurolite_export.limits import limited
from neurolite_export.target import ExportJob
from neurolite_export.targets.onnx.static_target import StaticOnnxTarget

BYTES = 64  # of the source below


@pytest.fixture(scope="module")
def node() -> str:
    if not (WEB / "node_modules" / "onnxruntime-web").is_dir():
        pytest.skip(f"onnxruntime-web absent: npm ci --ignore-scripts in {WEB}")
    return need("node")


def static_file(precision: str, folder: Path) -> Path:
    source = SOURCES["intents-one"]()
    target = StaticOnnxTarget(BYTES)
    metadata = metadata_of(source, target, precision)
    network = limited(source.network, metadata.buckets)
    content = target.build(ExportJob(network, metadata, probes_of(source)))
    (folder / "static.onnx").write_bytes(content)
    return folder / "static.onnx"


@pytest.mark.parametrize("precision", ["float32", "int8"])
@pytest.mark.parametrize("form", [ORDINARY, "static"])
def test_answers_are_those_of_onnxruntime(
    node: str, exported: Store, tmp_path: Path, form: str, precision: str
) -> None:
    ordinary = exported.ungated("onnx", "intents-one", precision)
    path = ordinary if form == ORDINARY else static_file(precision, tmp_path)
    texts = probes_of(SOURCES["intents-one"]()).texts[:60]
    rows = np.zeros((len(texts), BYTES), np.uint8)
    for row, text in zip(rows, texts, strict=True):
        data = truncate(text, BYTES)[0]
        row[: len(data)] = np.frombuffer(data, np.uint8)
    expected = ENGINES["onnxruntime"].run(path, rows)
    found = ENGINES["onnxruntime-web"].run(path, rows)
    assert found.shape == expected.shape
    assert (found.argmax(axis=1) == expected.argmax(axis=1)).all()
    # Of int8, one rounds halves up that the other rounds down.
    np.testing.assert_allclose(found, expected, atol=1e-3 if precision == "float32" else 1)
    assert len(set(found.argmax(axis=1).tolist())) > 20
