"""The divergence of next words: against scipy's sum, and the gate that goes by it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from scipy.special import log_softmax, rel_entr

from generating import SENTENCES, taught_generator
from neurolite_export.divergence import mean_divergence
from neurolite_export.exporting import export
from neurolite_export.gates import DIVERGENCE, check_gates
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS


def test_it_is_the_mean_relative_entropy() -> None:
    random = np.random.default_rng(5)
    one, other = random.normal(0, 4, (2, 7, 30)).astype(np.float32)
    p, q = (np.exp(log_softmax(each.astype(np.float64), axis=1)) for each in (one, other))
    assert mean_divergence(one, other) == pytest.approx(float(rel_entr(p, q).sum(axis=1).mean()))
    assert mean_divergence(one, one + 3) == pytest.approx(0, abs=1e-6)
    assert np.isnan(mean_divergence(one, other * np.nan))


def test_a_generator_is_gated_by_it_and_not_by_its_best_word(tmp_path: Path) -> None:
    source = Source(taught_generator(), "taught", "of four sentences")
    probes = Probes("sentences", SENTENCES)
    built = export(source, TARGETS["onnx"].load(), "int8", tmp_path, probes).built
    names = [gate.gate for gate in built.gates]
    assert DIVERGENCE in names
    assert "same next word" not in names
    assert built.parity.divergence is not None
    assert 0 < built.parity.divergence <= 0.01
    for wrong in (0.011, float("nan")):
        report = dataclasses.replace(built.parity, divergence=wrong)
        results = {gate.gate: gate for gate in check_gates("int8", report, built.contents)}
        assert results[DIVERGENCE].verdict == "refused"
