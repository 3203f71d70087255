"""A checkpoint never lies beside the report of another model."""

from __future__ import annotations

import errno
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from neurolite_core.ground.errors import InputError
from neurolite_core.training import ending
from neurolite_core.training.ending import finish

OLD = ("report.json", "report.md", "report.html", "confusion.png", "learning.png")


@pytest.mark.parametrize("fails", ["checkpoint", "report"])
def test_a_disk_that_is_full_leaves_no_report_of_another_model(
    fails: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*OLD, "run.toml"):
        (tmp_path / name).write_text("of another training")

    def full(*_: object, **__: object) -> None:
        error = OSError(errno.ENOSPC, "No space left on device")
        raise InputError(f"Cannot write it: {error.strerror}. Make room there.")

    def saved(_: object, folder: Path, **__: object) -> None:
        (folder / "model.safetensors").write_text("new")

    config = SimpleNamespace(use_dynamic_routing=False, backbone="mixer")
    network: Any = SimpleNamespace(task="classification", config=config)
    form = ending.Finishing(measure=lambda *_: "report", figures=dict)
    monkeypatch.setattr(ending, "FINISHINGS", {"classification": form})
    monkeypatch.setattr(ending, "probes_of", lambda _: ([], np.zeros(0, np.int64)))
    monkeypatch.setattr(ending, "save_checkpoint", full if fails == "checkpoint" else saved)
    monkeypatch.setattr(ending, "write_report", full)
    sources: Any = None
    with pytest.raises(InputError, match="Make room there") as found:
        finish(network, sources, torch.device("cpu"), {}, tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"run.toml"} | ({"model.safetensors"} if fails == "report" else set())
    assert (f"The model is in {tmp_path}" in str(found.value)) == (fails == "report")
