"""Decisions of the vectors, computed by scipy and by the page's formulas."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest
from scipy.special import expit, softmax

from golden.apps.make import HERE

GOLDEN: dict[str, Any] = json.loads((HERE / "decisions.json").read_text("utf-8"))
ROWS = [*GOLDEN["cases"], *GOLDEN["ruled"]]
SINGLE = [row for row in ROWS if row["task"] == "classification"]
SEVERAL = [row for row in ROWS if row["task"] == "multi_label"]


def test_one_label_a_text() -> None:
    assert len(SINGLE) > 15
    for row in SINGLE:
        logits = np.array(row["logits"], np.float64)
        chances = softmax(logits)
        assert row["probabilities"] == pytest.approx(chances.tolist(), abs=1e-8)
        best = int(np.argmax(logits))
        assert row["label"] == GOLDEN["labels"][best]
        assert row["score"] == pytest.approx(chances[best], abs=1e-8)
        in_scope = 1 - softmax(np.append(logits, 0.0))[-1]
        assert row["in_scope"] == pytest.approx(in_scope, abs=1e-8)
        if row.get("refused_by_rules"):
            assert row["abstained"] is True
        elif row["threshold"] is None:
            assert row["abstained"] is None
        else:
            assert row["abstained"] == (row["in_scope"] < row["threshold"])


def test_several_labels_a_text() -> None:
    assert len(SEVERAL) > 10
    for row in SEVERAL:
        chances = expit(np.array(row["logits"], np.float64))
        assert row["probabilities"] == pytest.approx(chances.tolist(), abs=1e-8)
        given = [at for at, chance in enumerate(chances) if chance >= row["threshold"]]
        given.sort(key=lambda at: -float(chances[at]))
        assert [label for label, _ in row["labels"]] == [GOLDEN["labels"][at] for at in given]


def test_rules_refuse_where_every_logit_is_far_below() -> None:
    ruled = [row for row in GOLDEN["ruled"] if "refused_by_rules" in row]
    assert {row["refused_by_rules"] for row in ruled} == {True, False}
    for row in ruled:
        assert row["refused_by_rules"] == (max(row["logits"]) < GOLDEN["no_answer_below"])


def test_rules_that_fired_are_told_the_strongest_first() -> None:
    strength = {rule["name"]: rule["strength"] for rule in GOLDEN["rules"]}
    for row in GOLDEN["ruled"]:
        if "fired" not in row:
            continue
        names = [rule["name"] for rule in row["fired"]]
        fired = {
            rule["name"] for rule, one in zip(GOLDEN["rules"], row["rules"], strict=True) if one
        }
        assert set(names) == fired
        assert [strength[name] for name in names] == sorted(map(strength.get, names), reverse=True)  # type: ignore[type-var]
    by_name = {row["name"]: row for row in GOLDEN["ruled"] if "fired" in row}
    stronger = by_name["the stronger of two that force"]["fired"]
    assert [(rule["name"], rule["overruled"]) for rule in stronger] == [
        ("say alarm", False),
        ("sing", True),
    ]
    assert math.isclose(GOLDEN["tolerance"], 1e-8)
