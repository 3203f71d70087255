"""No target, precision or preset goes without its parity tests, which lie in targets/."""

from __future__ import annotations

from agreement import GRAPH_BYTES
from neurolite_bench.parity import TOLERANCES
from neurolite_export.targets import TARGETS
from texts import ROOT


def test_no_target_is_left_out() -> None:
    missing = {name: row.missing() for name, row in TARGETS.items()}
    assert missing == {
        "onnx": (),
        "executorch": (),
        "coreml": (),
        "litert": (),
        "coreai": (),
        "c": (),
    }
    folders = {path.parent.name for path in (ROOT / "tests/targets").glob("*/test_parity.py")}
    assert folders == set(GRAPH_BYTES) == set(TARGETS)


def test_every_target_and_precision_has_its_tolerance() -> None:
    expected = {(name, precision) for name in TARGETS for precision in TARGETS[name].precisions}
    assert set(TOLERANCES) == expected
