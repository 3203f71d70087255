"""PyTorch against an exported file on strings in many scripts: what is allowed, and the checks."""

from __future__ import annotations

from typing import Final

import numpy as np
import pytest

from artifacts import SOURCES, Store
from neurolite_bench.parity import TOLERANCES, Tolerance
from neurolite_core.artifact.package import read_content, size_of
from neurolite_export.contents import Contents
from neurolite_export.gates import MAX_ACCURACY_LOSS, MIN_AGREEMENT
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes
from neurolite_export.targets import TARGETS
from neurolite_runtimes.session import Session, run
from texts import generated_texts, read_rows, real_texts

# Generated and real texts, of the latter so many of each set; those references are numpy, and slow.
TEXTS: Final = {"coreml": (600, 10), "coreai": (600, 10), "c": (600, 10)}
ALL_TEXTS: Final = (3_000, 60)
HASH_TYPES: Final = {"bool", "float32", "uint8", "int32", "int64"}
# Besides a byte for each parameter: the graphs, of which fixed shapes have one for each bucket.
GRAPH_BYTES: Final = {
    "onnx": 220_000,
    "litert": 344_000,
    "executorch": 545_000,
    "coreml": 300_000,
    "coreai": 360_000,
    "c": 40_000,
}


def every_precision(target: str) -> pytest.MarkDecorator:
    """Runs a test with each ``precision`` of a target."""
    return pytest.mark.parametrize("precision", TARGETS[target].precisions)


def check_parity(exported: Store, target: str, source: str, precision: str) -> None:
    """Indices are equal on generated and on real texts, and the answers are near enough."""
    generated, real = TEXTS.get(target, ALL_TEXTS)
    for texts in (generated_texts(generated, seed=11), real_texts(real)):
        check(measure(exported, target, source, precision, texts), TOLERANCES[target, precision])


def measure(
    exported: Store, target: str, source: str, precision: str, texts: list[bytes]
) -> ParityReport:
    session = TARGETS[target].load().open(exported(target, source, precision).built.content)
    return measure_parity(SOURCES[source]().network, session, Probes("test", tuple(texts)))


def measure_ungated(
    exported: Store, target: str, source: str, precision: str, texts: list[bytes]
) -> tuple[ParityReport, Contents]:
    """Of a file of random weights, whose answers are too close calls for the gates: and what is really in it."""
    made = TARGETS[target].load()
    content = read_content(exported.ungated(target, source, precision), 2**29)
    network, probes = SOURCES[source]().network, Probes("test", tuple(texts))
    return measure_parity(network, made.open(content), probes), made.inspect(content)


def check(report: ParityReport, tolerance: Tolerance) -> None:
    print(report)  # noqa: T201 (how far apart, also when it passes)
    assert report.indices > 10_000
    assert report.indices_different == 0
    assert report.max_abs_error <= tolerance.max_abs_error, tolerance.reason
    assert report.sqnr_db >= tolerance.min_sqnr_db, tolerance.reason


def check_trained(exported: Store, target: str, precision: str) -> None:
    """A trained model answers real texts as the reference does."""
    rows = read_rows("clinc150", "test.csv")[::3]
    done = exported(target, "intents-one", precision)
    probes = Probes(
        "clinc150 test", tuple(t.encode() for t, _ in rows), tuple((y,) for _, y in rows)
    )
    session = TARGETS[target].load().open(done.built.content)
    report = measure_parity(SOURCES["intents-one"]().network, session, probes)
    print(report)  # noqa: T201 (how far apart, also when it passes)
    assert report.indices_different == 0
    assert report.labelled == len(rows) == 1_500
    assert report.accuracy_reference is not None
    assert report.accuracy_artifact is not None
    assert report.accuracy_reference > 0.85
    assert report.accuracy_artifact >= report.accuracy_reference - MAX_ACCURACY_LOSS
    assert report.agreement >= MIN_AGREEMENT


def check_int8_file(exported: Store, target: str, preset: str) -> None:
    """A whole preset in int8 is as small as that, and really int8."""
    done = exported(target, preset, "int8")
    built, parameters = done.built, done.built.metadata.parameters
    size = size_of(read_content(done.path, 2**29))
    assert size == built.size_bytes
    stored = built.contents.weight_values
    packed = stored.get("int4", 0)  # two in a byte
    assert parameters - packed // 2 < size <= parameters - packed // 2 + GRAPH_BYTES[target]
    assert set(built.contents.products) <= {"int8", "int8 weights"}
    # The rest is biases, and of each packed row its factor.
    assert stored["int8"] + packed + stored.get("uint8", 0) >= 0.99 * parameters
    assert set(built.contents.hash_types) <= HASH_TYPES


def check_preset(exported: Store, target: str) -> None:
    """The tiny preset whole, in int8, on texts of up to 4,000 bytes: every bucket of it."""
    check_int8_file(exported, target, "tiny")
    long = [b" ".join(generated_texts(40, seed=12 + number)) for number in range(20)]
    texts = [*generated_texts(400, seed=11), *long]
    check(measure(exported, target, "tiny", "int8", texts), TOLERANCES[target, "int8"])


def check_float32_file(exported: Store, target: str, source: str) -> None:
    """Nothing in it is narrower than it says."""
    contents = exported(target, source, "float32").built.contents
    assert set(contents.products) == {"float32"}
    assert "int8" not in contents.weight_values


def check_answers_of_two(session: Session) -> None:
    """A float32 file of ``two``, which reads 192 bytes: the network's values, words, and what was cut."""
    texts: list[str | bytes] = [
        "book a table",
        "",
        "w " * 400,
        "a b c d e " * 6,
        "été\0日本",
        b"\xff",
    ]
    expected = SOURCES["two"]().network(input_texts=texts)
    found = run(session, texts)
    for name in ("logits", "embedding"):
        assert np.abs(found.values[name] - expected[name].numpy()).max() < 1e-5
    assert found.words.tolist() == [3, 0, 96, 30, 3, 1]  # of 192 bytes
    assert found.truncated.tolist() == [False, False, True, False, False, False]
