"""The learner in JavaScript: after anything that a user may do, the file's bytes and the answers of Python."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest

from golden.apps import app_stores
from golden.apps.app_stores import CLASSIFIER, ENCODER, UNMEASURED, add, correct
from native.tools import need, run
from neurolite_runtimes.learning import Settings
from web.answering import HERE

LABELS = ("chess", "rain", "song", "alarm", "größe", "\U0001f44d")
TOPICS = ("chess", "rain", "song", "dice", "alarm", "drizzle", "\ud83d", "größe")
SETTINGS = (
    Settings(),
    Settings(split_from=4, split_gain=0.02, join_gain=0.2, most_prototypes=3, rate=0.1),
    Settings(split_from=5, split_gain=0.0, join_gain=0.0, most_prototypes=1, rate=0.0),
    Settings(split_from=4, split_gain=0.05, join_gain=1.0, half_life=3, learning=1.0, rate=1.0),
)


def operation(draw: random.Random) -> dict[str, Any]:
    """Most often an example; names and ids may be those of nothing."""
    label, other = draw.choices(LABELS, k=2)
    text = f"{draw.choice(TOPICS)} {draw.randrange(30)}"
    kinds = {
        "add": add(label, text),
        "correct": correct(label, text),
        "remove": {"do": "remove", "id": draw.randrange(1, 40)},
        "merge": {"do": "merge", "label": label, "into": other},
        "forget": {"do": "forget", "label": label},
        "compact": {"do": "compact"},
    }
    return kinds[draw.choices(tuple(kinds), (60, 15, 8, 3, 1, 1))[0]]


def test_whatever_is_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(5)  # no secret
    cases = []
    for seed in range(16):
        name = f"random {seed}"
        options: dict[str, Any] = {"settings": SETTINGS[seed % len(SETTINGS)]}
        if seed % 5 == 4:
            options["texts"] = False
        operations = [operation(draw) for _ in range(60)]
        artifact = (ENCODER, UNMEASURED, CLASSIFIER)[seed % 3]
        monkeypatch.setitem(app_stores.CASES, name, (artifact, options, operations))
        cases.append(app_stores.case(name, tmp_path))
    assert max(prototypes for case in cases for _, _, prototypes in case["labels"]) == 3
    (tmp_path / "stores.json").write_text(json.dumps(cases), "utf-8")
    run([need("node"), str(HERE / "apps" / "random_stores.mjs"), str(tmp_path)], HERE)
