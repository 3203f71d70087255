"""What a joint model and a CRF find in the test texts, as they are and misspelt."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any, Final

from neurolite_bench.quality_ours import EXPORT, TRAIN, run_command
from neurolite_bench.spans.crf import fit_crf
from neurolite_bench.spans.rows import (
    SET,
    misspelt,
    read_split,
    spans_of_words,
    tagged_words,
)
from neurolite_core.answer.outputs import TAGS
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.answer.spans import WordSpan
from neurolite_core.data.spans import SpanRow, word_spans
from neurolite_core.evaluation.spans.metrics import count_spans, overall
from neurolite_core.ground.errors import InputError
from neurolite_runtimes import Session, open_artifact, run

TYPO_SEEDS: Final = (0, 1, 2)
# Of rows, the true spans and the found ones, and whether each label is right; None of what gives none.
Finding = Callable[
    [Sequence[SpanRow]],
    tuple[Sequence[Sequence[WordSpan]], Sequence[Sequence[WordSpan]], Sequence[bool] | None],
]


def figures(find: Finding, rows: Sequence[SpanRow], num_types: int) -> dict[str, Any]:
    """F1 with precision and recall, texts that are right as a whole, and F1 of misspelt texts."""
    truths, found, labels = find(rows)
    counts = count_spans(truths, found, num_types)
    whole = overall(counts)
    result: dict[str, Any] = {
        "texts": len(rows),
        "f1": whole.f1,
        "precision": whole.precision,
        "recall": whole.recall,
        "whole_texts": float(counts.whole.mean()),
    }
    if labels is not None:
        result["accuracy"] = fmean(labels)
        result["whole_with_label"] = fmean(
            right and all_right for right, all_right in zip(labels, counts.whole, strict=True)
        )
    typos = []
    for seed in TYPO_SEEDS:
        true, own, _ = find(misspelt(rows, seed))
        typos.append(overall(count_spans(true, own, num_types)).f1)
    return result | {"typos_f1": fmean(typos), "typos_seeds": typos}


def run_crf(data: Path, seed: int) -> dict[str, Any]:
    """The CRF on the same rows; it draws nothing, so that its seed changes nothing."""
    train, test = read_split(data, "train"), read_split(data, "test")
    start = time.perf_counter()
    model = fit_crf(tagged_words(train.rows))
    seconds = time.perf_counter() - start

    def find(rows: Sequence[SpanRow]) -> tuple[list[list[WordSpan]], list[list[WordSpan]], None]:
        texts = tagged_words(rows)
        truths = [spans_of_words(text.tags, train.types) for text in texts]
        found = [spans_of_words(model.tag(text.words), train.types) for text in texts]
        return truths, found, None

    return {**figures(find, test.rows, len(train.types)), "seed": seed, "seconds": round(seconds)}


def run_ours(data: Path, seed: int, options: Sequence[str], keep: Path | None) -> dict[str, Any]:
    """Trained by the command that users type, exported to int8, and asked through the ONNX file.

    Args:
        data: folder of the data sets.
        seed: of the training.
        options: more of ``neurolite-train``.
        keep: folder in which checkpoint and file stay, or None for a temporary one.

    Raises:
        InputError: a command refused its input.
        GateError: the export was refused.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) if keep is None else keep / f"{SET}-seed{seed}"
        folder.mkdir(parents=True, exist_ok=True)
        train, valid, test = (
            str(data / SET / f"{split}.conll") for split in ("train", "valid", "test")
        )
        command = [TRAIN, train, "--validation", valid, "--test", test, "--seed", str(seed)]
        command += ["--no-pictures", *options]
        start = time.perf_counter()
        run_command([*command, "--out", str(folder / SET)])
        seconds = time.perf_counter() - start
        export = [EXPORT, "--checkpoint", str(folder / SET), "--target", "onnx", "--int8", "--json"]
        (row,) = json.loads(run_command([*export, "--out", str(folder)]))
        path = folder / row["file"]
        return {
            **measure_file(open_artifact(path), read_split(data, "test").rows),
            "size_bytes": path.stat().st_size,
            "seed": seed,
            "seconds": round(seconds),
            "command": " ".join(command).replace(str(data), "$DATA"),
        }


def measure_file(session: Session, rows: Sequence[SpanRow]) -> dict[str, Any]:
    """An exported file on rows, with its own thresholds.

    Raises:
        InputError: it finds no spans, or gives no labels.
    """
    metadata = session.metadata
    if metadata.spans is None or not metadata.labels:
        raise InputError(f"{metadata.name} is not a classifier that finds spans as well.")
    types, thresholds = metadata.spans.types, metadata.spans.thresholds

    def find(own: Sequence[SpanRow]) -> tuple[Any, list[list[WordSpan]], list[bool]]:
        outputs = run(session, [row.text for row in own])
        found = found_spans(outputs.values[TAGS], outputs.words, thresholds)
        given = outputs.values["logits"].argmax(axis=1).tolist()
        right = [metadata.labels[place] == row.label for place, row in zip(given, own, strict=True)]
        truths = word_spans(own, types, metadata.max_words).spans
        return truths, [[each.span for each in text] for text in found], right

    return figures(find, rows, len(types))
