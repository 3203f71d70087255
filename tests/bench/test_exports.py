"""What the benchmark exports by itself before it measures."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifacts import SOURCES
from neurolite_bench.measuring.exports import ALL, ExportRequest, export_all
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.ground.errors import UnsupportedError
from neurolite_export import targets


def test_all_leaves_out_a_target_that_cannot_compute_the_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(SOURCES["rules"]().network, tmp_path / "ruled")
    few = {name: targets.TARGETS[name] for name in ("onnx", "c")}
    monkeypatch.setattr(targets, "TARGETS", few)

    def exported(*names: str) -> list[str]:
        request = ExportRequest(
            sizes=(),
            twins=(),
            folder=tmp_path / "out",
            reuse=False,
            checkpoints=(tmp_path / "ruled",),
            targets=names,
            precisions=("float32", "int8"),
        )
        found = export_all(request, lambda *_: None)
        assert all(refusal.file.startswith("ruled onnx int8") for refusal in found.refusals)
        return [path.name for path in found.files]

    assert "neurolite-ruled-float32.onnx" in exported(ALL)
    assert not list(tmp_path.rglob("*.nlm"))
    with pytest.raises(UnsupportedError, match="projection_size is 8; the target c"):
        exported("c")
