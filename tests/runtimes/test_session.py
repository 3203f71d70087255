"""The runtime as a library: no torch, checked input, the answers of the reference."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from artifacts import SOURCES, Store
from neurolite_core.answer.scores import log_sum_exp, scope_scores, softmax
from neurolite_core.artifact.formats.onnx_file import seal
from neurolite_core.artifact.seal import BLANK, SEAL_KEY
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_runtimes import abstains, open_artifact, run, top_answers


def test_runtimes_import_neither_torch_nor_onnx(tiny_int8: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from neurolite_runtimes import open_artifact, run; import neurolite_runtimes.cli\n"
        f"run(open_artifact({str(tiny_int8)!r}), ['text'])\n"
        "print(sorted({'torch', 'onnx', 'onnxscript', 'safetensors'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, cwd=tmp_path, check=True, text=True
    )
    assert done.stdout.strip() == "[]"


@torch.no_grad()
def test_float32_file_answers_as_the_reference(exported: Store) -> None:
    session = open_artifact(exported("onnx", "one", "float32").path)
    texts: list[str | bytes] = ["book a table", "", "w " * 400, "été\0日本", b"\xff"]
    expected = SOURCES["one"]().network(input_texts=texts)
    found = run(session, texts)
    for name in ("logits", "embedding"):
        assert np.abs(found.values[name] - expected[name].numpy()).max() < 1e-5
    assert found.words.tolist() == [3, 0, 32, 3, 1]  # of 64 bytes
    assert found.truncated.tolist() == [False, False, True, False, False]
    assert session.runtime.startswith("onnxruntime ")


def test_texts_longer_than_the_byte_limit_are_cut_and_reported(tiny_int8: Path) -> None:
    session = open_artifact(tiny_int8)
    long_words = " ".join(["x" * 60] * 100)
    found = run(session, [long_words, "short " + " " * 9_000])
    assert found.truncated.tolist() == [True, False]
    assert found.words.tolist() == [4096 // 61, 1]


_WORDS = ("table", "a", "tomorrow", "please", "book", "of", "seven", "lights")
_TEXTS = [
    " ".join(_WORDS[(row * 7 + place * (row % 5 + 1)) % len(_WORDS)] for place in range(row % 33))
    for row in range(500)
]


def test_a_large_call_answers_as_calls_of_one_text(tiny_int8: Path) -> None:
    session = open_artifact(tiny_int8)
    found, single = run(session, _TEXTS, batch_size=500), run(session, _TEXTS, batch_size=1)
    assert (found.values["logits"] == single.values["logits"]).all()
    assert np.abs(found.values["embedding"] - single.values["embedding"]).max() < 1e-6
    assert found.words.tolist() == single.words.tolist() == [row % 33 for row in range(500)]


@pytest.mark.skipif(sys.platform != "linux", reason="units of Linux")
def test_the_memory_of_a_large_call_is_bounded(tiny_int8: Path) -> None:
    script = f"""
import resource
from pathlib import Path
from neurolite_runtimes import run
from neurolite_runtimes.onnx_session import OnnxSession
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB
session = OnnxSession(Path({str(tiny_int8)!r}), kernel="function body")
texts = [" ".join(["tomorrow"] * 32)] * 4096
run(session, texts[:32])
before = peak()
run(session, texts, batch_size=4096)
print(peak() - before)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 150 * 1024  # in one piece 1,000 MiB


@pytest.mark.parametrize(
    ("texts", "batch_size", "message"),
    [("one text", 8, "give a list"), ([], 8, "empty"), (["a"], 0, "batch_size is 0")],
)
def test_wrong_calls(tiny_int8: Path, texts: list[str], batch_size: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(open_artifact(tiny_int8), texts, batch_size=batch_size)


def test_metadata_that_is_no_text_is_refused(tiny_int8: Path, tmp_path: Path) -> None:
    model = onnx.load(tiny_int8)
    for item in model.metadata_props:
        if item.key == SEAL_KEY:
            item.value = BLANK
    content = model.SerializeToString().replace(b'"task"', b'"ta\xbbk"')
    path = tmp_path / "damaged.onnx"
    path.write_bytes(seal(content))
    with pytest.raises(ArtifactError, match="its metadata or the name of an input is not UTF-8"):
        open_artifact(path)


def test_softmax_and_ranking_on_constants() -> None:
    logits = np.array([[0.0, np.log(3.0)], [1000.0, 1000.0]], dtype=np.float32)
    assert softmax(logits) == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert log_sum_exp(logits) == pytest.approx([np.log(4.0), 1000 + np.log(2.0)])
    assert scope_scores(logits) == pytest.approx([0.8, 1.0])  # 4 / (1 + 4)
    assert scope_scores(logits - 2000)[1] == 0.0
    assert abstains(logits - np.float32(np.log(4.0)), 0.6).tolist() == [True, False]
    assert abstains(logits, 0.0).tolist() == [False, False]
    (first,), (second,) = top_answers(logits, ["a", "b"], 1)
    assert first.label == "b"
    assert first.score == pytest.approx(0.75)
    assert second.label == "a"
