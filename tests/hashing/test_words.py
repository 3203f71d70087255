"""The numpy implementation against the plain-integer one, and the claims of the specification."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from golden import letters, make, plain
from neurolite_core.hashing.words import (
    HASH_VERSION,
    MAX_HIGH,
    MODULUS,
    TAIL_BASE,
    TAIL_STEP,
    hash_constants,
    hash_words,
    split_code,
)
from neurolite_core.network.config import PRESETS
from neurolite_core.text.characters import (
    CLASSES,
    PAGE_SIZE,
    CharClass,
    letter_tables,
    page_of,
    page_tables,
)
from neurolite_core.text.words import MAX_ACCENT
from texts import follower_texts, generated_texts

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
    classes = [
        {"first": f"{first:04X}", "last": f"{last:04X}", "class": kind.name.lower()}
        for first, last, kind in CLASSES
    ]
    head = {"hash_version": HASH_VERSION}
    assert head | letter_tables() | {"classes": classes} == SPEC_TABLES


def _cells(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    pages, cells = page_tables()
    found: NDArray[np.int32] = cells[pages[page_of(codes)] * PAGE_SIZE + codes % PAGE_SIZE]
    return found


def test_page_tables_hold_every_code_point() -> None:
    codes = np.concatenate(
        [np.arange(0x21000), np.arange(0x21000, 0xDFF00, 997), np.arange(0xDFF00, 0xE1100),
         np.arange(0xE1100, 0x200000, 997)]
    ).astype(np.int32)  # fmt: skip
    cells = _cells(codes)
    for code, (cell, accent) in zip(codes.tolist(), cells.tolist(), strict=True):
        expected = plain.character(code, 0)
        assert (cell % 8, accent) == (expected.kind, expected.accent), hex(code)
        if cell % 8 < CharClass.ACCENT:
            assert code + cell // 8 == expected.code, hex(code)


def test_code_points_that_stay_different_have_different_residues() -> None:
    """Below U+30000; the same are those that folding or canonical normalisation makes equal."""
    codes = np.arange(0x30000, dtype=np.int32)
    cells = _cells(codes)
    kinds = cells[:, 0] % 8
    kept = kinds < CharClass.ACCENT
    folded = (codes + cells[:, 0] // 8)[kept]
    low, high = split_code(folded)
    seen: dict[tuple[int, int, int], str] = {}
    for code, *residues in zip(
        codes[kept].tolist(), low.tolist(), high.tolist(), cells[kept, 1].tolist(), strict=True
    ):
        # The same accents in another order are the one exception.
        name = _normal(chr(code)).replace("\u1e7b", "\u01d6")
        assert seen.setdefault(tuple(residues), name) == name, hex(code)


def _normal(character: str) -> str:
    """A character without case, composition and the forms that stand for ASCII."""
    typed = {
        "\u2018": "'",
        "\u2019": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u2013": "-",
        "\u2014": "-",
    }
    if character == "\u0130":
        return "i"
    if "\uff01" <= character <= "\uff5e":
        character = chr(ord(character) - 0xFEE0)
    folded = character.casefold()
    character = folded if len(folded) == 1 else {"\u1e9e": "\u00df"}.get(character, character)
    parts = unicodedata.normalize("NFD", typed.get(character, character))
    # Greek letters with iota fold to more than one character; simple folding keeps the iota an accent.
    return unicodedata.normalize(
        "NFC", "".join(c.lower() if len(c.lower()) == 1 else c for c in parts)
    )


def test_folding_agrees_with_python_wherever_case_folds_to_one_character() -> None:
    # Python's own Unicode is older: code points that it does not know are left out.
    checked = 0
    for code in range(0x20000):
        character = chr(code)
        folded = character.casefold()
        if (
            unicodedata.category(character) in ("Cn", "Mn")
            or len(folded) != 1
            or folded == character
        ):
            continue
        same = hash_words([character.encode("utf-8", "surrogatepass"), folded.encode()],
                          num_hashes=16, table_size=8192)  # fmt: skip
        assert same.counts[0] == same.counts[1]
        half = len(same.indices) // 2
        assert np.array_equal(same.indices[:half], same.indices[half:]), hex(code)
        checked += 1
    assert checked > 1_300


@pytest.mark.parametrize("folder", [Path("/usr/share/unicode")], ids=str)
def test_tables_are_made_from_unicodes_own_files(folder: Path) -> None:
    if not all((folder / name).is_file() for name in letters.SOURCES):
        pytest.skip(f"{folder} has no Unicode Character Database: apt-get install unicode-data")
    database = letters.read(folder)
    if database.version != letter_tables()["unicode"]:
        pytest.skip(f"{folder} is of Unicode {database.version}")
    assert letters.PATH.read_text("utf-8") == letters.dump(letters.tables(database))


def test_every_sum_stays_below_two_to_the_24() -> None:
    constants = hash_constants()
    most = np.array([255, MAX_HIGH, 255, MAX_HIGH, MAX_ACCENT, 255, MAX_HIGH])
    largest = constants.weights @ most + constants.offsets
    assert largest.max() < 2**24
    assert MODULUS + TAIL_STEP * TAIL_BASE < 2**19


@pytest.mark.parametrize(
    "divisor", sorted({c().table_size for c in PRESETS.values()} | {64, 65_536})
)
def test_float32_floor_mod_is_exact_for_every_minimum_with_its_tail(divisor: int) -> None:
    values = np.arange(MODULUS + TAIL_STEP * TAIL_BASE, dtype=np.int32)
    as_float = values.astype(np.float32)
    quotient = np.floor(as_float / np.float32(divisor))
    found = (as_float - quotient * np.float32(divisor)).astype(np.int32)
    assert np.array_equal(found, values % divisor)


def test_any_table_size_has_an_exact_float32_floor_mod() -> None:
    # The quotient can only go wrong just below a multiple of the divisor.
    divisors = np.arange(64, 65_537, dtype=np.int64)
    for factor in (1, 2, 3, 7, 50, 1_000, 4_096, 8_000):
        edge = divisors * factor - 1
        inside = edge < 2**19
        exact = np.floor(edge.astype(np.float32) / divisors.astype(np.float32))
        assert np.array_equal(exact[inside].astype(np.int64), (edge // divisors)[inside])


def test_generated_texts_match_the_plain_reference() -> None:
    texts = generated_texts(12_000) + follower_texts(8_000, seed=1)
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
