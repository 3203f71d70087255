"""Exports shared by the tests: each is built once a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from neurolite_core.network.config import PRESETS
from neurolite_export.exporting import Exported, export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import seeded_source
from neurolite_export.targets import TARGETS

ExportPreset = Callable[[str, str, str], Exported]


@pytest.fixture(scope="session")
def export_preset(tmp_path_factory: pytest.TempPathFactory) -> ExportPreset:
    """Exports (target, preset, precision) with seeded weights, through every gate."""
    folder = tmp_path_factory.mktemp("exports")

    @cache
    def build(target: str, preset: str, precision: str) -> Exported:
        source = seeded_source(preset, 0)
        return export(source, TARGETS[target].load(), precision, folder, built_in_probes())

    return build


@pytest.fixture(scope="session")
def tiny_int8(export_preset: ExportPreset) -> Path:
    """The file that the README's first command makes."""
    return export_preset("onnx", "tiny", "int8").path


def pytest_report_header() -> list[str]:
    """Names what this run exercises, so that a missing target is seen."""
    return [f"targets: {', '.join(TARGETS)}; presets: {', '.join(PRESETS)}"]
