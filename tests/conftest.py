"""Exports shared by the tests, and how the tests are dealt out to workers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from artifacts import Store
from neurolite_core.network.config import PRESETS
from neurolite_export.targets import TARGETS

WORKER = os.environ.get("PYTEST_XDIST_WORKER")
ROOM = Path(__file__).parent
# What takes longest begins first, so that the workers end together; by group, see `group_of`.
LONGEST = (
    "litert tiny",
    "measuring",
    "training/test_training",
    "export/test_cli",
    "targets/coreml/test_files",
    "executorch tiny",
    "targets/executorch/test_parity",
    "targets/litert/test_parity",
    "targets/coreml/test_parity",
    "bench/test_peers",
    "training/test_teachers",
    "targets/litert/test_session",
    "targets/executorch/test_session",
    "native/test_emulated",
    "bench/test_emulated",
)

# Each worker has one thread, and so has what it starts.
if WORKER is not None:
    torch.set_num_threads(1)
    os.environ.setdefault("OMP_NUM_THREADS", "1")


def group_of(item: pytest.Item) -> str:
    """What one worker runs: the tests of a file, which share its fixtures, or what they are marked as."""
    marker = item.get_closest_marker("xdist_group")
    if marker is not None:
        return str(marker.kwargs.get("name") or marker.args[0])
    return item.path.relative_to(ROOM).with_suffix("").as_posix()


def pytest_configure(config: pytest.Config) -> None:
    """The groups' mark is known without pytest-xdist, too."""
    config.addinivalue_line("markers", "xdist_group(name): tests that one worker runs")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Gives every test its group, for ``--dist loadgroup``, and puts the longest groups first."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(group_of(item)))
    if WORKER is not None:
        places = {name: place for place, name in enumerate(LONGEST)}
        items.sort(key=lambda item: places.get(group_of(item), len(places)))


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
