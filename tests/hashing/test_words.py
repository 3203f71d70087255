"""The numpy implementation against the plain-integer one, and the claims of the specification."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from golden import make, plain
from neurolite_core.hashing.words import HIGH_PRIME, PRIME, hash_constants, hash_words
from neurolite_core.network.config import PRESETS
from neurolite_core.text.characters import CLASSES, FOLDS, LAST_PAGE, PAGE_SIZE, page_tables
from texts import generated_texts

GOLDEN = json.loads(make.PATH.read_text("utf-8"))
SPEC_TABLES = json.loads(
    (Path(make.__file__).parents[2] / "docs/hash-spec-tables.json").read_text()
)


def test_golden_file_is_what_the_plain_reference_says() -> None:
    assert make.PATH.read_text("utf-8") == make.dump(make.vectors())


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: case["name"])
def test_golden_vectors(case: dict[str, object]) -> None:
    data = bytes.fromhex(str(case["bytes"]))
    found = hash_words([data], num_hashes=GOLDEN["num_hashes"], table_size=GOLDEN["table_size"])
    assert found.indices.tolist() == case["indices"]
    assert found.counts.tolist() == [len(found.indices)]


def test_constants_are_the_golden_ones() -> None:
    constants = hash_constants()
    joined = np.column_stack([constants.weights, constants.offsets])
    assert joined.tolist() == GOLDEN["constants"]


def test_published_tables_are_the_ones_in_use() -> None:
    folds = [
        {"first": f"{r.first:04X}", "last": f"{r.last:04X}", "step": r.step, "delta": r.delta}
        for r in FOLDS
    ]
    classes = [
        {"first": f"{first:04X}", "last": f"{last:04X}", "class": kind.name.lower()}
        for first, last, kind in CLASSES
    ]
    assert {"hash_version": 1, "folds": folds, "classes": classes} == SPEC_TABLES


def test_page_tables_hold_every_code_point() -> None:
    pages, cells = page_tables()
    codes = np.concatenate([np.arange(0x21000), np.arange(0x21000, 0x200000, 997)])
    found = cells[pages[np.minimum(codes // PAGE_SIZE, LAST_PAGE)] * PAGE_SIZE + codes % PAGE_SIZE]
    folded = codes + found // 8
    assert folded.tolist() == [plain.FOLDS.get(code, code) for code in codes.tolist()]
    assert (found % 8).tolist() == [plain.class_of(code) for code in folded.tolist()]


def test_folding_agrees_with_unicode_where_it_folds_case() -> None:
    for row in FOLDS:
        if 0x2000 <= row.first < 0x2100 or row.first >= 0xFF00:
            continue  # quotes, dashes, full width: not a matter of case
        for code in range(row.first, row.last + 1, row.step):
            folded = chr(code + row.delta)
            assert folded in (chr(code).lower(), chr(code).casefold(), "i"), hex(code)


def test_every_sum_stays_below_two_to_the_24() -> None:
    constants = hash_constants()
    low, high = constants.weights[:, 0::2].sum(axis=1), constants.weights[:, 1::2].sum(axis=1)
    largest = low * 255 + high * (HIGH_PRIME - 1) + constants.offsets
    assert largest.max() <= 14_218_023 < 2**24


def test_float32_floor_mod_is_exact_for_every_sum() -> None:
    sums = np.arange(14_218_024, dtype=np.int32)
    as_float = sums.astype(np.float32)
    quotient = np.floor(as_float / np.float32(PRIME))
    assert np.array_equal((as_float - quotient * np.float32(PRIME)).astype(np.int32), sums % PRIME)


@pytest.mark.parametrize("divisor", sorted({c().table_size for c in PRESETS.values()} | {251, 256}))
def test_float32_floor_mod_is_exact_for_every_minimum(divisor: int) -> None:
    values = np.arange(PRIME + 1, dtype=np.int32)
    as_float = values.astype(np.float32)
    quotient = np.floor(as_float / np.float32(divisor))
    found = (as_float - quotient * np.float32(divisor)).astype(np.int32)
    assert np.array_equal(found, values % divisor)


def test_any_table_size_has_an_exact_float32_floor_mod() -> None:
    # The quotient can only go wrong just below a multiple of the divisor.
    divisors = np.arange(64, 65_537, dtype=np.int64)
    for factor in (1, 2, 3, 7, 50, 1_000, 4_096):
        edge = divisors * factor - 1
        inside = edge <= PRIME
        exact = np.floor(edge.astype(np.float32) / divisors.astype(np.float32))
        assert np.array_equal(exact[inside].astype(np.int64), (edge // divisors)[inside])


def test_20_000_generated_texts_match_the_plain_reference() -> None:
    texts = generated_texts(20_000)
    found = hash_words(texts, num_hashes=4, table_size=8192)
    expected = [plain.indices_of(text, 4, 8192) for text in texts]
    assert found.counts.tolist() == [len(words) for words in expected]
    flat = np.array([row for words in expected for row in words], dtype=np.int32)
    assert int((flat != found.indices).sum()) == 0


def test_padded_keeps_the_first_words_and_zeroes_the_rest() -> None:
    found = hash_words([b"a b c d", b"", b"e"], num_hashes=2, table_size=64)
    indices, kept = found.padded(3)
    assert indices.shape == (3, 3, 2)
    assert kept.tolist() == [3, 0, 1]
    assert np.array_equal(indices[0], found.indices[:3])
    assert not indices[1].any()
    assert not indices[2, 1:].any()
    empty, _ = hash_words([b"", b" "], num_hashes=2, table_size=64).padded(8)
    assert empty.shape == (2, 1, 2)
