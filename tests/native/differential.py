"""Every implementation of the hash on the same strings: indices, n-grams and counts must be equal.

Run ``python tests/native/differential.py --texts 1000000`` for the full comparison; the tests run a
part of it. Implementations: numpy; the C ABI on each path; PyTorch; ONNX Runtime by the function
body, by the native op, and (on a part, for it is slow) by onnxruntime-extensions.
"""

# ruff: noqa: T201
from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from neurolite_core.hashing.in_graph import GraphHash
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams
from neurolite_core.hashing.ngrams_in_graph import GraphNgrams
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import graph_hash
from neurolite_core.text.words import pack_texts
from neurolite_export.probes import built_in_probes
from neurolite_export.targets.onnx.hash_model import hash_model, ngram_model
from neurolite_runtimes.native_library import NativeLibrary, load_library
from neurolite_runtimes.onnx_extensions import register_extensions
from texts import DATA, follower_texts, generated_texts

CHUNK = 1_000
BATCH = 100
SHAPES = ((16, 8_192, 256), (1, 64, 3), (64, 65_536, 256), (17, 30_011, 17))  # K, M, max words
NGRAMS = (
    NgramConfig(),
    NgramConfig(across_words=True),
    NgramConfig(lowest=3, highest=4, max_symbols=40),
    NgramConfig(lowest=5, across_words=True, max_symbols=9),
)
Hashed = tuple[NDArray[np.int32], NDArray[np.int32]]
Hasher = Callable[[list[bytes]], Hashed]


def strings(count: int, seed: int) -> Iterator[list[bytes]]:
    """Chunks of texts: cuts of real text at any byte, real text with bytes changed, generated, hostile."""
    rng = random.Random(seed)
    corpus = b"\n".join(_corpus())
    made = 0
    while made < count:
        chunk = generated_texts(CHUNK // 4, seed=rng.randrange(2**31))
        chunk += follower_texts(CHUNK // 4, seed=rng.randrange(2**31))
        while len(chunk) < min(CHUNK, count - made):
            start, length = rng.randrange(len(corpus)), int(rng.expovariate(1 / 30)) % 400
            text = corpus[start : start + length]
            if rng.random() < 0.3:
                changed = bytearray(text)
                for _ in range(rng.randint(1, 4)):
                    if changed:
                        changed[rng.randrange(len(changed))] = rng.randrange(256)
                text = bytes(changed)
            chunk.append(text)
        chunk = chunk[: count - made]
        made += len(chunk)
        yield sorted(chunk, key=len)


def _corpus() -> Iterator[bytes]:
    """The built-in probes, and all real data there is."""
    yield from built_in_probes().texts
    for path in sorted(DATA.rglob("*.csv")):
        yield path.read_bytes()[:200_000]


def onnx_hasher(content: bytes, register: Callable[[Any], None]) -> Hasher:
    """A model of a hash op alone in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    register(options)
    session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])

    def run(texts: list[bytes]) -> Hashed:
        numbers, counts = session.run(None, {"bytes": pack_texts(texts)})
        return numbers, counts

    return run


def onnx_hashers(content: bytes, library: NativeLibrary, op: str) -> dict[str, Hasher]:
    """The three ways of ONNX Runtime to compute an op."""
    found = {
        f"ort function body{op}": onnx_hasher(content, lambda options: None),
        f"ort native{op}": onnx_hasher(
            content, lambda options: options.register_custom_ops_library(str(library.path))
        ),
    }
    if importlib.util.find_spec("onnxruntime_extensions") is not None:
        found[f"ort extensions{op}"] = onnx_hasher(content, register_extensions)
    return found


def hashers(config: NeuroLiteConfig, library: NativeLibrary) -> dict[str, Hasher]:
    """All implementations but the reference."""
    size, table, limit = config.num_hashes, config.table_size, config.max_words
    graph = graph_hash(config)

    def by_torch(texts: list[bytes]) -> Hashed:
        with torch.no_grad():
            indices, words = graph(torch.from_numpy(pack_texts(texts)))
        return indices.numpy().astype(np.int32), words.numpy().astype(np.int32)

    def by_abi(path: int) -> Hasher:
        def run(texts: list[bytes]) -> Hashed:
            found = library.hash_words(texts, num_hashes=size, table_size=table, path=path)
            return found.padded(limit)[0], found.counts

        return run

    found: dict[str, Hasher] = {f"C, {name}": by_abi(path) for path, name in library.paths.items()}
    found["torch"] = by_torch
    return found | onnx_hashers(hash_model(config), library, "")


def ngram_hashers(config: NgramConfig, library: NativeLibrary) -> dict[str, Hasher]:
    """The same of n-grams."""
    clusters, graph = GraphHash(num_hashes=1, table_size=64, max_words=1), GraphNgrams(config)

    def by_torch(texts: list[bytes]) -> Hashed:
        with torch.no_grad():
            values, symbols = graph(clusters.read_clusters(torch.from_numpy(pack_texts(texts))))
        return values.numpy(), symbols.numpy()

    def by_abi(texts: list[bytes]) -> Hashed:
        found = library.hash_ngrams(texts, config)
        return found.padded(), found.counts

    found: dict[str, Hasher] = {"C, n-grams": by_abi, "torch, n-grams": by_torch}
    return found | onnx_hashers(ngram_model(config), library, ", n-grams")


@dataclasses.dataclass
class Outcome:
    """What was compared: texts, words, and the first texts on which someone differed."""

    texts: int = 0
    words: int = 0
    compared: Counter[str] = dataclasses.field(default_factory=Counter)
    different: list[tuple[str, bytes]] = dataclasses.field(default_factory=list)


def compare(count: int, seed: int, library: NativeLibrary, extensions_share: int = 20) -> Outcome:
    """Runs all implementations on ``count`` strings; one in ``extensions_share`` chunks with Python ops."""
    outcome = Outcome()
    configs = [
        dataclasses.replace(
            NeuroLiteConfig.tiny(), num_hashes=size, table_size=table, max_words=limit
        )
        for size, table, limit in SHAPES
    ]
    ready = [hashers(config, library) for config in configs]
    ngrams_ready = [ngram_hashers(config, library) for config in NGRAMS]
    for number, chunk in enumerate(strings(count, seed)):
        config, with_extensions = configs[number % len(SHAPES)], number % extensions_share == 0
        ngrams = NGRAMS[number % len(NGRAMS)]
        for start in range(0, len(chunk), BATCH):
            batch = chunk[start : start + BATCH]
            words = hash_words(batch, num_hashes=config.num_hashes, table_size=config.table_size)
            outcome.texts += len(batch)
            outcome.words += int(words.counts.sum())
            expected = words.padded(config.max_words)[0], words.counts
            _ask(outcome, ready[number % len(SHAPES)], batch, expected, with_extensions)
            found = hash_ngrams(batch, ngrams)
            expected = found.padded(), found.counts
            _ask(outcome, ngrams_ready[number % len(NGRAMS)], batch, expected, with_extensions)
    return outcome


def _ask(
    outcome: Outcome,
    implementations: dict[str, Hasher],
    batch: list[bytes],
    expected: Hashed,
    with_extensions: bool,
) -> None:
    for name, hasher in implementations.items():
        if "extensions" in name and not with_extensions:
            continue
        found = hasher(batch)
        outcome.compared[name] += len(batch)
        if not all(map(np.array_equal, found, expected)):
            outcome.different.append((name, batch[0]))


def main() -> int:
    """The command; 1 when anything differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    begun = time.monotonic()
    outcome = compare(arguments.texts, arguments.seed, load_library())
    print(f"{outcome.texts:,} texts, {outcome.words:,} words, {time.monotonic() - begun:.0f} s")
    for name, texts in outcome.compared.items():
        bad = sum(1 for other, _ in outcome.different if other == name)
        print(f"{name}: {texts:,} texts, {bad} batches differ from numpy")
    return 1 if outcome.different else 0


if __name__ == "__main__":
    sys.exit(main())
