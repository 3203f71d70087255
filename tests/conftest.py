"""Exports shared by the tests, and how the tests are dealt out to workers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from xdist.scheduler import LoadScopeScheduling

from artifacts import Store
from neurolite_core.network.config import PRESETS
from neurolite_export.targets import TARGETS

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
ROOM = Path(__file__).parent
# What takes longest begins first, so that the workers end together; by group, see `group_of`.
LONGEST = (
    "litert tiny",
    "measuring",
    "apps/test_android",
    "training/test_training",
    "targets/test_backbones",
    "export/test_cli",
    "targets/coreml/test_files",
    "executorch tiny",
    "targets/executorch/test_parity",
    "targets/litert/test_parity",
    "targets/coreml/test_parity",
    "targets/coreai/test_parity",
    "coreai tiny",
    "bench/test_peers",
    "training/test_teachers",
    "native/test_emulated",
    "bench/test_emulated",
)

# Files and tests of several files that want the same costly export, or that measure, one at a time.
TOGETHER = {
    "bench/test_measured": "measuring",
    "bench/test_memory": "measuring",
    "native/test_bench": "measuring",
    "targets/coreai/test_parity::test_a_preset_in_int8": "coreai tiny",
    "targets/coreai/test_files::test_tiny_int8_is_small_and_has_a_function_for_each_bucket": "coreai tiny",
    "targets/coreml/test_parity::test_a_preset_in_int8": "coreml tiny",
    "targets/coreml/test_files::test_input_shapes_are_the_buckets": "coreml tiny",
    "targets/coreml/test_files::test_only_the_network_is_narrow": "coreml tiny",
    "targets/executorch/test_files": "executorch tiny",
    "targets/executorch/test_files::test_equal_jobs_give_equal_bytes": "targets/executorch/test_parity",
    "targets/executorch/test_parity::test_a_preset_in_int8": "executorch tiny",
    "targets/executorch/test_session": "executorch tiny",
    "targets/litert/test_files": "litert tiny",
    "targets/litert/test_files::test_the_converter_gives_equal_bytes_again": "targets/litert/test_parity",
    "targets/litert/test_parity::test_a_preset_in_int8": "litert tiny",
    "targets/litert/test_session": "litert tiny",
    "targets/litert/test_tflite_runtime": "litert tiny",
}

# Each worker has one thread, and so has what it starts.
if WORKER is not None:
    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def group_of(nodeid: str) -> str:
    """What one worker runs: the tests of a file, which share its fixtures, or those of ``TOGETHER``."""
    file, _, test = nodeid.removeprefix("tests/").partition("::")
    file = file.removesuffix(".py")
    return TOGETHER.get(f"{file}::{test.partition('[')[0]}") or TOGETHER.get(file, file)


class ByGroup(LoadScopeScheduling):  # type: ignore[misc]  # xdist ships no types
    """Deals out whole groups, the longest first.

    Not ``--dist loadgroup``: its marks reach no test id under pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return group_of(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByGroup:  # noqa: ANN401  # xdist's own
    """Takes the place of ``--dist``."""
    return ByGroup(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the longest groups first where there are workers."""
    if WORKER is not None:
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(group_of(item.nodeid), len(places)))


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this session have."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if WORKER is None else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def exported(shared: Path) -> Store:
    """Exports (target, source, precision) through every gate; the files are not to be changed."""
    return Store(shared)


@pytest.fixture(scope="session")
def tiny_int8(exported: Store) -> Path:
    """The tiny preset as the README's first command makes it."""
    return exported("onnx", "tiny", "int8").path


def pytest_report_header() -> list[str]:
    """Names what this run exercises, so that a missing target is seen."""
    return [f"targets: {', '.join(TARGETS)}; presets: {', '.join(PRESETS)}"]
