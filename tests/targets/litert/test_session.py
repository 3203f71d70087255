"""A .tflite in the runtime: the reference's answers, and no damaged file reaches the interpreter."""

from __future__ import annotations

import importlib.util
import random
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from artifacts import SOURCES, Store
from neurolite_core.artifact.formats.tflite import DIGEST_KEY, read_metadata, seal
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.ground.errors import ArtifactError, MissingDependencyError
from neurolite_export.targets.litert.model import read_model, write_model
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.litert_session import LiteRtSession


@pytest.fixture(scope="module")
def path(exported: Store) -> Path:
    return exported("litert", "tiny", "int8").path


@torch.no_grad()
def test_float32_file_answers_as_the_reference(exported: Store) -> None:
    session = open_artifact(exported("litert", "tiny", "float32").path, threads=2)
    # Of the second half, each has more words than the bucket of its bytes has slots.
    texts: list[str | bytes] = ["book a table", "", "été\0日本", b"\xff", "w " * 400, "a b " * 15]
    expected = SOURCES["tiny"]().network(input_texts=texts)
    found = run(session, texts)
    for name in ("logits", "embedding"):
        assert np.abs(found.values[name] - expected[name].numpy()).max() < 1e-5
    assert found.words.tolist() == [3, 0, 3, 1, 400, 30]  # of which 256 are read
    assert found.truncated.tolist() == [False, False, False, False, True, False]
    assert session.runtime.startswith("ai-edge-litert ")


def test_no_damaged_file_is_opened(path: Path) -> None:
    content = path.read_bytes()
    rng = random.Random(0)
    sizes = [*range(8, 64), *(rng.randrange(64, len(content)) for _ in range(100))]
    damaged = [content[:size] for size in sizes]
    for place in [*range(4, 200), *(rng.randrange(len(content)) for _ in range(200))]:
        flipped = content[place] ^ (1 << rng.randrange(8))
        damaged.append(content[:place] + bytes([flipped]) + content[place + 1 :])
    damaged.append(content + b"\0")
    for wrong in damaged:
        with pytest.raises(ArtifactError):
            LiteRtSession(wrong, path)


def test_offsets_that_lead_nowhere(path: Path) -> None:
    for content in (b"", b"\xff\xff\xff\xffTFL3", b"\x08\0\0\0TFL3\xff\xff\xff\x7f"):
        with pytest.raises(ArtifactError, match="damaged"):
            read_metadata(content, "a file")


def test_a_file_of_another_tool(path: Path, tmp_path: Path) -> None:
    model = read_model(path.read_bytes())
    model.metadata = []
    foreign = tmp_path / "foreign.onnx"  # known by content, whatever its name
    foreign.write_bytes(write_model(model))
    with pytest.raises(ArtifactError, match="not exported by neurolite-export"):
        open_artifact(foreign)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('"num_bytes":64', '"num_bytes":65'), "cannot be opened by ai-edge-litert"),
        (('"input_name":"bytes"', '"input_name":"texts"'), "'bytes_64' is not what its metadata"),
        (('"outputs":["logits"', '"outputs":["labels"'), "lacks the output 'logits'"),
        (('"hash_version":2', '"hash_version":9'), "has hash_version 9; this release reads 2"),
    ],
)
def test_metadata_that_does_not_fit(path: Path, change: tuple[str, str], message: str) -> None:
    model = read_model(path.read_bytes())
    for entry in model.metadata:
        buffer = model.buffers[entry.buffer]
        if entry.name == METADATA_KEY.encode():
            text = bytes(buffer.data).decode()
            assert change[0] in text
            buffer.data = np.frombuffer(text.replace(*change).encode(), np.uint8)
        else:
            assert entry.name == DIGEST_KEY.encode()
            buffer.data = np.zeros(len(buffer.data), np.uint8)
    with pytest.raises(ArtifactError, match=message):
        LiteRtSession(seal(write_model(model)), path)


def test_without_an_interpreter_the_extra_is_named(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "ai_edge_litert", None)
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[litert\]'"):
        open_artifact(path)
