"""The C ABI of neurolite.h: golden vectors on every path, statuses, and memory it must not touch."""

from __future__ import annotations

import ctypes
import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from native.tools import NATIVE, need, run
from neurolite_core.hashing.ngrams import NgramConfig
from neurolite_core.hashing.words import hash_words
from neurolite_core.text.word_offsets import word_offsets
from neurolite_runtimes.native_library import NativeLibrary
from texts import ROOT, follower_texts, generated_texts

GOLDEN: dict[str, Any] = json.loads((ROOT / "tests/golden/hash_v2.json").read_text("utf-8"))
FLAGS = ["-O3", "-ffp-contract=fast", "-ffinite-math-only", "-fno-signed-zeros"]


def functions(library: NativeLibrary) -> ctypes.CDLL:
    return ctypes.CDLL(str(library.path))


def test_golden_vectors_on_every_path(library: NativeLibrary) -> None:
    texts = [bytes.fromhex(row["bytes"]) for row in GOLDEN["cases"]]
    expected = [row["indices"] for row in GOLDEN["cases"]]
    assert len(texts) >= 40
    assert {"scalar"} < set(library.paths.values())
    for path in library.paths:
        found = library.hash_words(
            texts, num_hashes=GOLDEN["num_hashes"], table_size=GOLDEN["table_size"], path=path
        )
        rows = np.split(found.indices, np.cumsum(found.counts)[:-1])
        assert [row.tolist() for row in rows] == expected, library.paths[path]


@pytest.mark.parametrize("num_hashes", [1, 15, 16, 17, 33, 64])
@pytest.mark.parametrize("table_size", [64, 8192, 30_011, 65_536])
def test_every_shape_on_every_path(
    library: NativeLibrary, num_hashes: int, table_size: int
) -> None:
    seed = num_hashes * table_size
    texts = generated_texts(200, seed) + follower_texts(200, seed)
    expected = hash_words(texts, num_hashes=num_hashes, table_size=table_size)
    for path in library.paths:
        found = library.hash_words(texts, num_hashes=num_hashes, table_size=table_size, path=path)
        np.testing.assert_array_equal(found.indices, expected.indices)
        np.testing.assert_array_equal(found.counts, expected.counts)


@pytest.mark.parametrize("max_words", [1, 2, 5])
def test_writes_only_the_words_that_are_there(library: NativeLibrary, max_words: int) -> None:
    for text, words in ((b"", 0), (b"one", 1), (b"a b c", 3), (b"a b c d e f", 6)):
        memory = np.full((max_words + 2, 16), -7, np.int32)
        assert library.hash_into(text, memory[1:-1], table_size=8192) == words
        kept = min(words, max_words)
        assert (memory[1 : 1 + kept] >= 0).all()
        assert (memory[0] == -7).all()
        assert (memory[1 + kept :] == -7).all()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"path": -1}, 2),
        ({"path": 9}, 2),
        ({"num_hashes": 0}, 3),
        ({"num_hashes": 65}, 3),
        ({"table_size": 63}, 4),
        ({"table_size": 65_537}, 4),
        ({"max_words": 0}, 5),
        ({"size": 2**31 - 1}, 6),
        ({"size": 2**63}, 6),
        ({"text": None}, 1),
        ({"text": None, "size": 0}, 0),
        ({"indices": None}, 1),
        ({"words": None}, 1),
    ],
)
def test_refuses_by_status_and_writes_nothing(
    library: NativeLibrary, changed: dict[str, Any], status: int
) -> None:
    indices, words = np.full((4, 16), -7, np.int32), ctypes.c_int32(-7)
    arguments = {
        "path": 0,
        "text": b"hello",
        "size": 5,
        "num_hashes": 16,
        "table_size": 8192,
        "max_words": 4,
        "indices": indices.ctypes.data,
        "words": ctypes.addressof(words),
    } | changed
    hash_text = functions(library).neurolite_hash_text
    number, pointer = ctypes.c_int32, ctypes.c_void_p
    hash_text.argtypes = [number, ctypes.c_char_p, ctypes.c_size_t, *[number] * 3, pointer, pointer]
    assert hash_text(*arguments.values()) == status
    if status:
        assert words.value == -7
        assert (indices == -7).all()


def test_golden_ngrams(library: NativeLibrary) -> None:
    texts = [bytes.fromhex(row["bytes"]) for row in GOLDEN["cases"]]
    for across, key in ((False, "ngrams"), (True, "ngrams_across_words")):
        found = library.hash_ngrams(texts, NgramConfig(across_words=across))
        rows = np.split(found.values, np.cumsum(found.counts)[:-1])
        assert [row.tolist() for row in rows] == [row[key] for row in GOLDEN["cases"]]


@pytest.mark.parametrize("max_symbols", [1, 2, 3, 7])
def test_writes_only_the_ngrams_that_are_there(library: NativeLibrary, max_symbols: int) -> None:
    config = NgramConfig(across_words=True)
    for text, symbols in ((b"", 0), (b"a", 3), (b"a b", 5), (b"abc def", 9)):
        memory = np.full((max_symbols + 2, 4), -7, np.int32)
        assert library.ngrams_into(text, memory[1:-1], config) == symbols
        kept = min(symbols, max_symbols)
        assert (memory[1 : 1 + kept] >= -1).all()
        assert (memory[0] == -7).all()
        assert (memory[1 + kept :] == -7).all()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"lowest": 1}, 7),
        ({"highest": 6}, 7),
        ({"lowest": 4, "highest": 3}, 7),
        ({"max_symbols": 0}, 8),
        ({"size": 2**30}, 6),
        ({"text": None}, 1),
        ({"text": None, "size": 0}, 0),
        ({"values": None}, 1),
        ({"symbols": None}, 1),
    ],
)
def test_refuses_ngrams_by_status_and_writes_nothing(
    library: NativeLibrary, changed: dict[str, Any], status: int
) -> None:
    values, symbols = np.full((7, 4), -7, np.int32), ctypes.c_int32(-7)
    arguments = {
        "text": b"hello",
        "size": 5,
        "lowest": 2,
        "highest": 5,
        "across_words": 0,
        "max_symbols": 7,
        "values": values.ctypes.data,
        "symbols": ctypes.addressof(symbols),
    } | changed
    hash_ngrams = functions(library).neurolite_hash_ngrams
    number, pointer = ctypes.c_int32, ctypes.c_void_p
    hash_ngrams.argtypes = [ctypes.c_char_p, ctypes.c_size_t, *[number] * 4, pointer, pointer]
    assert hash_ngrams(*arguments.values()) == status
    if status:
        assert symbols.value == -7
        assert (values == -7).all()


def test_golden_offsets(library: NativeLibrary) -> None:
    for row in GOLDEN["cases"]:
        found = np.zeros((len(row["offsets"]) + 1, 2), np.int32)
        assert library.offsets_into(bytes.fromhex(row["bytes"]), found) == len(row["offsets"])
        assert found.tolist() == [*row["offsets"], [0, 0]]


def test_offsets_are_those_of_numpy(library: NativeLibrary) -> None:
    texts = generated_texts(1_000, seed=9) + follower_texts(1_000, seed=9)
    texts += [("x" + "e\u0301" * count + end).encode() for count in range(90) for end in ("", " q")]
    expected = word_offsets(texts, 1_000, 1_000)
    for text, row in zip(texts, expected, strict=True):
        found = np.zeros((1_000, 2), np.int32)
        library.offsets_into(text, found)
        np.testing.assert_array_equal(found, row)


@pytest.mark.parametrize("max_words", [1, 2, 5])
def test_writes_only_the_offsets_that_are_there(library: NativeLibrary, max_words: int) -> None:
    for text, words in ((b"", 0), (b"one", 1), (b"a b c", 3), (b"a b c d e f", 6)):
        memory = np.full((max_words + 2, 2), -7, np.int32)
        assert library.offsets_into(text, memory[1:-1]) == words
        kept = min(words, max_words)
        assert (memory[1 : 1 + kept] >= 0).all()
        assert (memory[0] == -7).all()
        assert (memory[1 + kept :] == -7).all()


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({}, 0),
        ({"max_words": 0}, 5),
        ({"size": 2**31 - 1}, 6),
        ({"text": None}, 1),
        ({"text": None, "size": 0}, 0),
        ({"offsets": None}, 1),
        ({"words": None}, 1),
    ],
)
def test_refuses_offsets_by_status_and_writes_nothing(
    library: NativeLibrary, changed: dict[str, Any], status: int
) -> None:
    offsets, words = np.full((4, 2), -7, np.int32), ctypes.c_int32(-7)
    arguments = {
        "text": b"hello",
        "size": 5,
        "max_words": 4,
        "offsets": offsets.ctypes.data,
        "words": ctypes.addressof(words),
    } | changed
    function = functions(library).neurolite_word_offsets
    number, pointer = ctypes.c_int32, ctypes.c_void_p
    function.argtypes = [ctypes.c_char_p, ctypes.c_size_t, number, pointer, pointer]
    assert function(*arguments.values()) == status
    if status:
        assert words.value == -7
        assert (offsets == -7).all()


def test_every_status_has_a_sentence(library: NativeLibrary) -> None:
    text = functions(library).neurolite_status_text
    text.restype = ctypes.c_char_p
    sentences = [text(status) for status in range(-1, 12)]
    assert all(sentence.endswith(b".") for sentence in sentences)
    assert len(set(sentences)) == 12  # all different; only the unknown ones share theirs


def test_counts_like_it_hashes(library: NativeLibrary) -> None:
    texts = generated_texts(2_000, seed=5) + follower_texts(2_000, seed=5)
    expected = hash_words(texts, num_hashes=1, table_size=64).counts
    assert [library.count_words(text) for text in texts] == expected.tolist()


@pytest.mark.parametrize("letter", ["a", "\u0439", "e\u0301", "\u0e31"])
def test_words_of_any_length_on_every_path(library: NativeLibrary, letter: str) -> None:
    texts = [
        ("x" + letter * count + end).encode() for count in range(140) for end in ("", "yz", " q")
    ]
    texts += [(letter * 20_000 + change).encode() for change in ("ab", "ba")]
    expected = hash_words(texts, num_hashes=17, table_size=8192)
    for path in library.paths:
        found = library.hash_words(texts, num_hashes=17, table_size=8192, path=path)
        np.testing.assert_array_equal(found.indices, expected.indices)
        np.testing.assert_array_equal(found.counts, expected.counts)


def test_threads_share_the_library(library: NativeLibrary) -> None:
    texts = generated_texts(300, seed=6)
    expected = hash_words(texts, num_hashes=16, table_size=8192).indices
    wrong: list[int] = []

    def work(number: int) -> None:
        for _ in range(5):
            found = library.hash_words(texts, num_hashes=16, table_size=8192)
            if not np.array_equal(found.indices, expected):
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


@pytest.mark.parametrize("extra", [[], ["-march=native"]], ids=["baseline", "native"])
def test_remainders_are_exact_for_all_values(tmp_path: Path, extra: list[str]) -> None:
    program = tmp_path / "exact"
    source = Path(__file__).with_name("exact.c")
    run(
        [need("cc"), *FLAGS, *extra, f"-I{NATIVE / 'src'}", str(source), "-o", str(program)],
        tmp_path,
    )
    done = subprocess.run([program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("16777216 sums")


def test_tables_are_those_of_the_specification() -> None:
    need("python3")
    from runpy import run_path

    made = run_path(str(NATIVE / "tools" / "make_tables.py"))["source"]()
    assert made == (NATIVE / "src" / "tables.c").read_text("utf-8"), "run tools/make_tables.py"
