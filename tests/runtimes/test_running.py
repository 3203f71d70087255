"""Running by a session that is only a formula: order, cuts, labels, versions."""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.words import HASH_VERSION, hash_words
from neurolite_runtimes import abstains, run, top_answers
from neurolite_runtimes.native_library import (
    ABI_VERSION,
    FOLDER_VARIABLE,
    digest_path,
    library_path,
    load_library,
)

METADATA: Final = ArtifactMetadata(
    task="classification", labels=("long", "short"), threshold=0.0, max_words=256, max_bytes=4096, num_hashes=16,
    table_size=64, embedding_size=2, parameters=1, target="onnx", precision="float32", name="none", weights="none",
    input_name="bytes", input_type="uint8", buckets=(), outputs=("logits", "embedding"), tools={},
)  # fmt: skip


class Lengths:
    """Answers each text with its number of bytes."""

    metadata = METADATA
    runtime: Final = "none"
    is_reference: Final = True
    sealed: Final = True
    settings: Mapping[str, str] = {}

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def run_bytes(
        self, packed: NDArray[np.uint8], _: object = None
    ) -> Mapping[str, NDArray[np.generic]]:
        self.sizes.append(len(packed))
        texts = [bytes(row).rstrip(b"\0") for row in packed]
        found = np.array([[len(text), -len(text)] for text in texts], np.float32)
        words = hash_words(texts, num_hashes=1, table_size=64).counts
        return {"logits": found, "embedding": found, "words": words}


def test_answers_of_many_batches_come_back_in_order() -> None:
    lengths = [int(value) for value in np.random.default_rng(0).permutation(50) + 1]
    session = Lengths()
    found = run(session, ["x" * length for length in lengths], batch_size=8)
    assert found.values["logits"][:, 0].tolist() == lengths
    assert session.sizes == [8] * 6 + [2]


@pytest.mark.parametrize(("words", "cut"), [(255, False), (256, False), (257, True)])
def test_only_what_does_not_fit_is_cut(words: int, cut: bool) -> None:
    found = run(Lengths(), ["w " * words])
    assert found.words.tolist() == [words]
    assert found.truncated.tolist() == [cut]


def test_of_equal_scores_the_earlier_label_answers() -> None:
    logits = np.array([[1.0, 2.0, 2.0, 0.0]], np.float32)
    (answers,) = top_answers(logits, ["a", "b", "c", "d"], 3)
    assert [answer.label for answer in answers] == ["b", "c", "a"]


def test_a_text_on_the_threshold_is_answered() -> None:
    logits = np.array([[0.0, -np.inf], [-0.1, -np.inf]], np.float32)  # the first scores one half
    assert abstains(logits, 0.5).tolist() == [False, True]
    assert abstains(logits, 0.0).tolist() == [False, False]
    assert abstains(logits, None) is None


@pytest.mark.parametrize(("abi", "hash_version"), [(1, 0), (-1, 0), (0, 1), (0, -1)])
def test_a_library_of_any_other_version_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abi: int, hash_version: int
) -> None:
    class Library(SimpleNamespace):
        def __getattr__(self, _: str) -> SimpleNamespace:
            return SimpleNamespace()

    path = tmp_path / "libneurolite.so"
    path.touch()
    library = Library(
        neurolite_abi_version=lambda: ABI_VERSION + abi,
        neurolite_hash_version=lambda: HASH_VERSION + hash_version,
    )
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)
    monkeypatch.setattr("neurolite_runtimes.native_library._declare", lambda _: None)
    with pytest.raises(InputError, match="Build it again"):
        load_library(path, fresh=True)


def test_a_library_that_is_not_what_its_digest_says_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "libneurolite.so"
    path.write_bytes(b"a library")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: pytest.fail("it was loaded"))
    with pytest.raises(InputError, match=r"has no digest beside it.*neurolite-ops build"):
        load_library(path)
    digest = hashlib.sha256(b"a library").hexdigest()
    for damaged in (b"", b"a librar", b"a librarY", b"a library "):
        path.write_bytes(damaged)
        for text in (digest, f"{digest}  libneurolite.so\n", "\xff" * 64, "0" * 4096):
            digest_path(path).write_text(text)
            with pytest.raises(InputError, match=r"is damaged.*neurolite-ops build"):
                load_library(path)
    path.write_bytes(b"a library")
    digest_path(path).write_text(f"{digest}  libneurolite.so\n")
    monkeypatch.setattr(ctypes, "CDLL", missing := MissingLibrary())
    with pytest.raises(InputError, match="cannot be loaded"):
        load_library(path)
    assert missing.asked == [str(path)]


class MissingLibrary:
    """A loader that remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, path: str) -> None:
        self.asked.append(path)
        raise OSError("no library")


@pytest.mark.parametrize(
    ("system", "place"),
    [
        ("linux", ".cache/neurolite/ops/libneurolite.so"),
        ("darwin", "Library/Caches/neurolite/ops/libneurolite.dylib"),
        ("win32", "AppData/Local/neurolite/ops/neurolite.dll"),
    ],
)
def test_the_library_lies_in_the_systems_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, system: str, place: str
) -> None:
    for name in (FOLDER_VARIABLE, "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert library_path() == tmp_path / place
