"""How a training's processes are started."""

from __future__ import annotations

import os

import lightning_fabric
import pytest

from neurolite_core.training.launching import Machine, launch
from neurolite_start import OWNER_VARIABLE


def test_processes_of_a_training_are_told_whose_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    # They take seconds to import what they need, and then wait for the first one, for up to a day.
    seen = []

    def start(fabric: lightning_fabric.Fabric) -> None:
        seen.append((fabric.world_size, os.environ.get(OWNER_VARIABLE)))

    monkeypatch.delenv(OWNER_VARIABLE, raising=False)
    monkeypatch.setattr(lightning_fabric.Fabric, "launch", start)
    launch(Machine(accelerator="cpu"))
    assert seen == [(1, str(os.getpid()))]
    assert OWNER_VARIABLE not in os.environ
