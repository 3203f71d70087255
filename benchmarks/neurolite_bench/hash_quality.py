"""Quality of the hash: do unrelated words stay apart, and do similar words stay close?

``python -m neurolite_bench.hash_quality --data ../shared/data`` takes 100,000 distinct words of the
205 languages of sib200 (or a word list, one a line, by ``--words``).
"""

from __future__ import annotations

import csv
import gzip
import random
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

import numpy as np
import typer
from numpy.typing import NDArray

from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams, read_symbols, starts_of
from neurolite_core.hashing.words import MODULUS, hash_words

WORDS: Final = 100_000
TYPO_WORDS: Final = 20_000
REPEATED_WORDS: Final = 10_000
NUM_HASHES: Final = 16
TABLE_SIZE: Final = 8_192
NGRAM_ROWS: Final = 65_536
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_RELATED: Final = 0.5  # share of common character trigrams above which two words are related
_SPELLINGS: Final = (("colour", "color"), ("organise", "organize"), ("travelling", "traveling"))


def features(words: Sequence[str]) -> NDArray[np.int32]:
    """Indices int32 [W, K] of words that are each one word to the specification."""
    found = hash_words(
        [word.encode() for word in words], num_hashes=NUM_HASHES, table_size=TABLE_SIZE
    )
    return found.indices


def one_word(words: Sequence[str]) -> list[str]:
    """Those that the specification does not split."""
    found = hash_words([word.encode() for word in words], num_hashes=1, table_size=TABLE_SIZE)
    return [word for word, count in zip(words, found.counts, strict=True) if count == 1]


def sib200_words(data: Path) -> list[str]:
    """Distinct lower-case words of the language identification set, in a fixed order."""
    path = data / "sib200" / "langid" / "train.csv.gz"
    words: set[str] = set()
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as stream:
            for text, _ in csv.reader(stream):
                words.update(word.lower() for word in re.findall(r"[^\W\d_]+", text))
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error}. Give --data or --words.") from error
    return sorted(words)


def typo(word: str, rng: random.Random) -> str:
    """One random edit: substitute, delete, insert or swap a letter."""
    place = rng.randrange(len(word) - 1)
    letter = rng.choice(_LETTERS)
    return rng.choice(
        (
            word[:place] + letter + word[place + 1 :],
            word[:place] + word[place + 1 :],
            word[:place] + letter + word[place:],
            word[:place] + word[place + 1] + word[place] + word[place + 2 :],
        )
    )


def repeated(word: str, rng: random.Random) -> tuple[str, str]:
    """A word, and the same with a part of up to four letters written twice."""
    start = rng.randrange(len(word))
    end = rng.randrange(start + 1, min(len(word), start + 4) + 1)
    return word, word[:end] + word[start:end] + word[end:]


def far_changed(rng: random.Random) -> tuple[str, str]:
    """A word of 80 to 200 letters, and the same with another letter behind the 64th."""
    letters = rng.choices(_LETTERS, k=rng.randint(80, 200))
    place = rng.randrange(65, len(letters))
    others = [letter for letter in _LETTERS if letter != letters[place]]
    changed = [*letters[:place], rng.choice(others), *letters[place + 1 :]]
    return "".join(letters), "".join(changed)


def shared_of(words: Sequence[str], others: Sequence[str]) -> NDArray[np.float64]:
    """Share of equal indices of each pair, [W]."""
    shared: NDArray[np.float64] = (features(words) == features(others)).mean(axis=1)
    return shared


def trigram_similarity(left: str, right: str) -> float:
    """Jaccard similarity of the words' character trigrams, borders included."""

    def trigrams(word: str) -> set[str]:
        padded = f" {word} "
        return {padded[i : i + 3] for i in range(len(padded) - 2)}

    a, b = trigrams(left), trigrams(right)
    return len(a & b) / len(a | b)


def ngram_figures(words: Sequence[str]) -> dict[str, dict[str, float]]:
    """By order: distinct n-grams of the words, how many values they have, and would have if these were drawn at random.

    The same of the values' remainders by 65,536, as a model's table may take them.
    """
    texts = [word.encode() for word in words]
    symbols = read_symbols(texts)
    found = {}
    for column, order in enumerate(NgramConfig().orders):
        exists = starts_of(symbols, order, across_words=False)
        places = np.flatnonzero(exists)
        windows = symbols.parts[places[:, None] + np.arange(order)].reshape(len(places), -1)
        values = hash_ngrams(texts, NgramConfig()).values[places, column]
        rows = windows.astype(np.int16).view([("", np.int16)] * windows.shape[1]).ravel()
        _, first = np.unique(rows, return_index=True)
        figures: dict[str, float] = {"ngrams": len(first)}
        for size in (MODULUS, NGRAM_ROWS):
            figures[f"values_{size}"] = len(np.unique(values[first] % size))
            figures[f"at_random_{size}"] = size * (1 - (1 - 1 / size) ** len(first))
        found[str(order)] = figures
    return found


def measure(words: Sequence[str], seed: int = 0) -> dict[str, object]:
    """All figures for a list of distinct words."""
    rng = random.Random(seed)  # noqa: S311 (a seeded sample, not a secret)
    rows = features(words)
    groups: defaultdict[bytes, list[str]] = defaultdict(list)
    for word, row in zip(words, rows, strict=True):
        groups[row.tobytes()].append(word)
    pairs = [
        (group[i], group[j])
        for group in groups.values()
        for i in range(len(group))
        for j in range(i)
    ]
    unrelated = [pair for pair in pairs if trigram_similarity(*pair) < _RELATED]

    plain = [word for word in words if word.isascii() and len(word) >= 5]
    sample = rng.sample(plain, min(TYPO_WORDS, len(plain)))
    kept = [(word, other) for word in sample if (other := typo(word, rng)) != word]
    originals = features([word for word, _ in kept])
    shared_with_typo = (originals == features([other for _, other in kept])).mean(axis=1)
    strangers = (originals == originals[rng.sample(range(len(kept)), len(kept))]).mean(axis=1)
    doubled = [repeated(word, rng) for word in rng.sample(words, min(REPEATED_WORDS, len(words)))]
    whole = set(
        one_word([other for _, other in doubled])
    )  # a letter that stands alone is two words
    doubled = [pair for pair in doubled if pair[1] in whole]
    repeats = shared_of([word for word, _ in doubled], [other for _, other in doubled])
    far = [far_changed(rng) for _ in range(REPEATED_WORDS)]
    behind = shared_of([word for word, _ in far], [other for _, other in far])
    spellings = {f"{a}/{b}": float((features([a]) == features([b])).mean()) for a, b in _SPELLINGS}
    loads = np.bincount(rows.ravel(), minlength=TABLE_SIZE)
    return {
        "words": len(words),
        "num_hashes": NUM_HASHES,
        "table_size": TABLE_SIZE,
        "pairs": len(words) * (len(words) - 1) // 2,
        "pairs_sharing_all": len(pairs),
        "unrelated_pairs_sharing_all": len(unrelated),
        "unrelated_examples": unrelated[:10],
        "examples": pairs[:10],
        "shared_with_typo_mean": float(shared_with_typo.mean()),
        "shared_with_typo_none": float((shared_with_typo == 0).mean()),
        "shared_with_random_word_mean": float(strangers.mean()),
        "repeated_pairs": len(doubled),
        "repeated_sharing_all": float((repeats == 1.0).mean()),
        "far_pairs": len(far),
        "far_sharing_all": float((behind == 1.0).mean()),
        "spellings": spellings,
        "ngrams": ngram_figures(words),
        "busiest_row_times_mean": float(loads.max() / loads.mean()),
        "unused_rows": int((loads == 0).sum()),
    }


def main(
    data: Annotated[Path, typer.Option(help="Folder that holds sib200/.")] = Path("../shared/data"),
    words: Annotated[Path | None, typer.Option(help="Word list, UTF-8, one a line.")] = None,
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "hash_quality.json",
) -> None:
    """Measure collisions of unrelated words and closeness of similar ones."""
    with exit_codes():
        if words is None:
            candidates = sib200_words(data)
        else:
            candidates = sorted(set(words.read_text("utf-8").lower().split()))
        rng = random.Random(0)  # noqa: S311 (a seeded sample, not a secret)
        rng.shuffle(candidates)
        chosen = one_word(candidates[: WORDS + WORDS // 10])[:WORDS]
        if len(chosen) < WORDS:
            raise InputError(f"Only {len(chosen):,} distinct words found; {WORDS:,} are needed.")
        result = measure(chosen)
        write_result(out, {"benchmark": "hash_quality", **result})
        for name, value in result.items():
            typer.echo(f"{name}: {value}")


if __name__ == "__main__":
    typer.run(main)
