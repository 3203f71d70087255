"""PyTorch against every target, preset and precision, on thousands of strings in many scripts."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from conftest import ExportPreset
from neurolite_core.artifact.package import read_content, size_of
from neurolite_core.network.config import PRESETS
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes
from neurolite_export.source import seeded_source
from neurolite_export.targets import TARGETS
from texts import generated_texts, real_texts

SIZE_LIMITS = {"tiny": 1_300_000, "small": 3_600_000, "base": 9_600_000}
# Fixed shapes cost a graph for each bucket.
BUCKETED_SIZE_LIMITS = {"tiny": 1_400_000, "small": 3_700_000, "base": 9_600_000}


@dataclass(frozen=True)
class Tolerance:
    """What is allowed, and why."""

    max_abs_error: float
    min_sqnr_db: float
    reason: str


TOLERANCES = {
    ("onnx", "float32"): Tolerance(1e-4, 80.0, "another order of float32 sums, nothing else"),
    # Seeded logits reach about 3; trained ones are gated by agreement and accuracy instead.
    ("onnx", "int8"): Tolerance(0.5, 24.0, "7-bit weights and 8-bit activations in ten products"),
    ("litert", "float32"): Tolerance(1e-4, 80.0, "another order of float32 sums, nothing else"),
    # Its products put out int8 as well: they round twice, and cut off what texts like these exceed.
    ("litert", "int8"): Tolerance(0.8, 24.0, "8-bit weights and activations in ten products"),
    ("executorch", "float32"): Tolerance(1e-4, 80.0, "another order of float32 sums, nothing else"),
    ("executorch", "int8"): Tolerance(0.5, 30.0, "8-bit weights and activations, scaled by row"),
    ("coreml", "float32"): Tolerance(1e-4, 80.0, "another order of float32 sums, nothing else"),
    ("coreml", "float16"): Tolerance(0.03, 50.0, "each result behind the hash keeps 11 bits"),
    ("coreml", "int8"): Tolerance(0.3, 30.0, "8-bit weights; activations are float16"),
}
# Generated and real texts, of the latter so many of each set; the Core ML reference is numpy, and slow.
TEXTS = {"coreml": (1_000, 15)}
ALL_TEXTS = (4_000, 100)
HASH_TYPES = {"bool", "float32", "uint8", "int32", "int64"}
CASES = [
    pytest.param(target, precision, preset, id=f"{target}-{precision}-{preset}")
    for target, precision in TOLERANCES
    for preset in PRESETS
]


def test_no_target_is_left_out() -> None:
    missing = {name: row.missing() for name, row in TARGETS.items()}
    assert missing == {"onnx": (), "executorch": (), "coreml": (), "litert": ()}


def test_every_target_and_precision_has_its_tolerance() -> None:
    expected = {(name, precision) for name in TARGETS for precision in TARGETS[name].precisions}
    assert set(TOLERANCES) == expected


def measure(
    export_preset: ExportPreset, target: str, precision: str, preset: str, texts: list[bytes]
) -> ParityReport:
    exported = export_preset(target, preset, precision)
    session = TARGETS[target].load().open(exported.built.content)
    network = seeded_source(preset, 0).network
    return measure_parity(network, session, Probes("test", tuple(texts)))


def check(report: ParityReport, tolerance: Tolerance) -> None:
    print(report)  # noqa: T201 (how far apart, also when it passes)
    assert report.indices_different == 0
    assert report.max_abs_error <= tolerance.max_abs_error, tolerance.reason
    assert report.sqnr_db >= tolerance.min_sqnr_db, tolerance.reason


@pytest.mark.parametrize(("target", "precision", "preset"), CASES)
def test_generated_texts(
    export_preset: ExportPreset, target: str, precision: str, preset: str
) -> None:
    generated, _ = TEXTS.get(target, ALL_TEXTS)
    report = measure(export_preset, target, precision, preset, generated_texts(generated, seed=11))
    check(report, TOLERANCES[target, precision])


@pytest.mark.parametrize(("target", "precision", "preset"), CASES)
def test_real_texts(export_preset: ExportPreset, target: str, precision: str, preset: str) -> None:
    _, real = TEXTS.get(target, ALL_TEXTS)
    report = measure(export_preset, target, precision, preset, real_texts(real))
    check(report, TOLERANCES[target, precision])


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("target", TARGETS)
def test_int8_files_are_small_and_really_int8(
    export_preset: ExportPreset, target: str, preset: str
) -> None:
    exported = export_preset(target, preset, "int8")
    size = size_of(read_content(exported.path, 2**29))
    limits = BUCKETED_SIZE_LIMITS if exported.built.metadata.buckets else SIZE_LIMITS
    assert size == exported.built.size_bytes <= limits[preset]
    assert set(exported.built.contents.products) <= {"int8", "int8 weights"}
    stored = exported.built.contents.weight_values
    assert stored["int8"] >= 0.99 * exported.built.metadata.parameters
    assert set(exported.built.contents.hash_types) <= HASH_TYPES


@pytest.mark.parametrize("target", TARGETS)
def test_float32_files_are_really_float32(export_preset: ExportPreset, target: str) -> None:
    exported = export_preset(target, "tiny", "float32")
    assert set(exported.built.contents.products) == {"float32"}
    assert "int8" not in exported.built.contents.weight_values


@pytest.mark.parametrize("target", TARGETS)
def test_20_000_strings_have_equal_indices(export_preset: ExportPreset, target: str) -> None:
    report = measure(export_preset, target, "float32", "tiny", generated_texts(20_000, seed=31))
    assert report.indices > 1_000_000
    assert report.indices_different == 0
