"""NeuroLite beside a linear model of letters: accuracy, bytes and time on the same rows.

Run: python examples/benchmark_comparison.py. The rows come with the package: requests to an assistant, a few for each
intent, and those of the test are mostly worded otherwise. What an encoder knows of English then counts; with many rows
of each label a linear model is hard to beat. `neurolite-bench` measures far more, on any machine: docs/benchmarking.md.
"""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from torch.nn import functional

from neurolite_bench.interleaved import ratio, spread, time_in_turn
from neurolite_bench.peers.base import PeerRequest
from neurolite_bench.peers.tfidf import open_tfidf
from neurolite_bench.peers.tfidf_build import build_tfidf
from neurolite_bench.quality_sets import Split
from neurolite_bench.typos import with_typos
from neurolite_core import NeuroLiteForClassification, save_checkpoint
from neurolite_core.artifact.checkpoint import read_checkpoint
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_core.models.encoders import ENCODERS
from neurolite_core.training.starting.encoder import start_from_encoder
from neurolite_export.exporting import export
from neurolite_export.source import checkpoint_source
from neurolite_export.targets import TARGETS
from neurolite_runtimes import open_artifact, run, top_answers
from neurolite_runtimes.session import Session
from small_training import Rows, share_right, train

Answer = Callable[[Sequence[str]], list[str]]
FEWEST = 4  # rows of an intent that is taken
SHARPNESS = 16.0  # from cosines to logits


def split_rows() -> tuple[Rows, Rows]:
    """The first half of the rows of each intent to learn from, the others, mostly worded otherwise, to test on."""
    found = [
        (text, labels[0])
        for text, labels in read_checkpoint(DEFAULT_CHECKPOINT).probe_rows()
        if labels
    ]
    counts, seen = Counter(label for _, label in found), Counter[str]()
    parts: tuple[list[tuple[str, str]], list[tuple[str, str]]] = ([], [])
    for text, label in found:
        if counts[label] >= FEWEST:
            parts[2 * seen[label] >= counts[label]].append((text, label))
            seen[label] += 1
    return parts


@torch.no_grad()
def begin_with_means(network: NeuroLiteForClassification, rows: Rows) -> None:
    """Has the head compare a text's vector with the mean of each intent's: with few rows, half of the work."""
    vectors = network.eval().text_vector(*network.features([text for text, _ in rows]))
    for number, name in enumerate(network.labels):
        own = torch.tensor([label == name for _, label in rows])
        mean = functional.normalize(vectors[own], dim=1).mean(dim=0)
        network.head.linear.weight[number] = (
            SHARPNESS * mean / (mean.norm() * vectors.norm(dim=1).mean())
        )


def exported(rows: Rows, folder: Path) -> dict[str, tuple[Answer, int]]:
    """The package's encoder of English, trained on the rows and exported: name -> what answers, and bytes."""
    encoder = read_checkpoint(ENCODERS["english"])
    config = encoder.config.replace(table_bits=32)
    network = NeuroLiteForClassification(config, labels=sorted({label for _, label in rows}))
    start_from_encoder(network, encoder)
    begin_with_means(network, rows)
    train(network, rows, steps=60, rate=1e-3)
    source = checkpoint_source(save_checkpoint(network, folder / "few", probes=rows[:60]))
    assert source.probes is not None
    found: dict[str, tuple[Answer, int]] = {}
    for precision in ("float32", "int8"):
        file = export(source, TARGETS["onnx"].load(), precision, folder, source.probes)
        found[f"NeuroLite, {precision}"] = (
            partial(_answers, open_artifact(file.path)),
            file.built.size_bytes,
        )
    return found


def _answers(session: Session, texts: Sequence[str]) -> list[str]:
    logits = run(session, texts).values["logits"]
    return [best[0].label for best in top_answers(logits, session.metadata.labels, 1)]


def main() -> None:
    """Trains both, and prints the table."""
    torch.manual_seed(0)
    rows, test = split_rows()
    texts = [text for text, _ in test]
    labels = len({label for _, label in rows})
    print(f"{len(rows)} rows of {labels} intents to learn from, {len(test)} others to test on.")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        start = time.perf_counter()
        models = exported(rows, folder)
        split = Split(*zip(*rows, strict=True))
        peer = build_tfidf(PeerRequest(split), folder)
        models["linear, tf-idf of letters"] = (open_tfidf(peer.path, 1).predict, peer.size_bytes)
        print(f"Trained and exported in {time.perf_counter() - start:.0f} s.\n")
        some = texts[:20]
        timings = time_in_turn(
            {name: partial(_one_by_one, answer, some) for name, (answer, _) in models.items()},
            rounds=15,
            runs=dict.fromkeys(models, 1),
        )
    spoilt = with_typos(texts, share=0.2, seed=0)
    print(f"{'':27}{'right':>8}{'with typos':>12}{'MB':>8}{'us a text':>12}")
    for name, (answer, size) in models.items():
        right = share_right(answer(texts), test), share_right(answer(spoilt), test)
        times = [each / len(some) * 1e3 for each in timings[name].rounds_ms]
        typical = timings[name].median_ms / len(some) * 1e3
        print(
            f"{name:27}{right[0]:8.1%}{right[1]:12.1%}{size / 1e6:8.2f}{typical:8.0f} ±{spread(times):3.0%}"
        )
    longer = ratio(*list(timings.values())[:2])
    print(
        f"\nTyping errors are in a fifth of the words. All were timed in turn, one text at a time, on one thread;\n"
        f"float32 takes {longer.median:.2f} times as long as int8 ({longer.lowest:.2f} to {longer.highest:.2f} over rounds)."
    )


def _one_by_one(answer: Answer, texts: Sequence[str]) -> None:
    for text in texts:
        answer([text])


if __name__ == "__main__":
    main()
