"""Several labels a text: what is folded into the head answers as the thresholds that were chosen for each label."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from neurolite_core import NeuroLiteConfig
from neurolite_core.network.model import NeuroLiteForMultiLabel
from neurolite_core.training import finishing_several
from neurolite_core.training.cross_fitting import Scored
from neurolite_core.training.sources import Sources
from training.making import write_config

LABELS = ("alarm", "music", "weather")
ROWS, OUTSIDE, CROSSED = 240, 60, 90


def best_f1(scores: NDArray[np.floating], truths: NDArray[np.bool_]) -> float:
    """The best F1 that any threshold has, tried one by one."""
    found = []
    for limit in scores:
        given = scores >= limit
        found.append(2 * (given & truths).sum() / (given.sum() + truths.sum()))
    return float(max(found))


@pytest.mark.parametrize("more", [False, True], ids=["validation", "with others"])
def test_half_is_the_best_threshold_of_every_label(
    more: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    config = NeuroLiteConfig.from_json(write_config(tmp_path / "config.json").read_text())
    width = config.hidden_size
    network = NeuroLiteForMultiLabel(config, labels=LABELS).eval()
    head = network.head.linear
    pooled = rng.normal(size=(ROWS, width)).astype(np.float32)
    outside = rng.normal(size=(OUTSIDE, width)).astype(np.float32)
    with torch.no_grad():
        head.weight.mul_(40.0)  # far too sure of itself
        head.bias.copy_(torch.tensor([6.0, -5.0, 0.5]))  # and its thresholds far from 0

    def logits(values: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.no_grad():
            return cast("NDArray[np.float32]", head(torch.from_numpy(values)).numpy())

    before = logits(pooled)
    noise = rng.normal(size=before.shape) * 3
    truths = (before - np.array([6.0, -5.0, 0.5]) + noise) > np.array([1.0, -1.0, 0.0])
    crossed = rng.normal(size=(CROSSED, len(LABELS))).astype(np.float32)
    crossed_truths = crossed > 0
    monkeypatch.setattr(finishing_several, "predict", lambda *_: logits(pooled))
    monkeypatch.setattr(
        finishing_several, "out_of_scope_logits", lambda *_: logits(outside) if more else None
    )
    validation = SimpleNamespace(
        store=None, rows=None, truths=lambda count: truths[:, :count].astype(np.float32)
    )
    sources: Any = SimpleNamespace(validation=validation)
    scored: Any = SimpleNamespace(logits=crossed, truths=crossed_truths.astype(np.float32))

    temperature, chosen = finishing_several.calibrate_labels(
        network,
        cast("Sources", sources),
        torch.device("cpu"),
        cast("Scored", scored) if more else None,
    )

    assert temperature > 1.5
    assert network.threshold == 0.5
    assert chosen.own.all()
    after = logits(pooled)
    assert np.abs(after - (before / temperature - chosen.logits)).max() < 1e-4
    every, wanted = [after], [truths]
    if more:  # texts without any label choose with the others
        every += [(crossed / temperature - chosen.logits).astype(np.float32), logits(outside)]
        wanted += [crossed_truths, np.zeros((OUTSIDE, len(LABELS)), np.bool_)]
    scores, own = np.concatenate(every), np.concatenate(wanted)
    for label in range(len(LABELS)):
        given = scores[:, label] >= 0
        f1 = 2 * (given & own[:, label]).sum() / (given.sum() + own[:, label].sum())
        assert f1 == pytest.approx(best_f1(scores[:, label], own[:, label]))
