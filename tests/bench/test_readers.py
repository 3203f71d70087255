"""What an attack compares: whatever a file answers and says of its labels."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest

import neurolite_runtimes
from neurolite_bench.attack.material import TEXTS
from neurolite_bench.attack.readers import read_artifact
from neurolite_runtimes import Outputs, open_artifact, run


def digest(
    path: Path, monkeypatch: pytest.MonkeyPatch, metadata: dict[str, Any], outputs: dict[str, Any]
) -> str:
    """Of a file some of whose metadata or outputs are others."""
    session = open_artifact(path)

    def opened(*_: object, **__: object) -> Any:  # noqa: ANN401
        session.metadata = dataclasses.replace(session.metadata, **metadata)
        return session

    def answered(*arguments: Any, **options: Any) -> Outputs:  # noqa: ANN401
        return dataclasses.replace(run(*arguments, **options), **outputs)

    with monkeypatch.context() as patch:
        patch.setattr(neurolite_runtimes, "open_artifact", opened)
        patch.setattr(neurolite_runtimes, "run", answered)
        return read_artifact(path, unsealed=False)


def test_every_part_of_an_answer_is_compared(
    tiny_int8: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = open_artifact(tiny_int8).metadata
    found = run(open_artifact(tiny_int8), TEXTS)
    words, truncated = found.words.copy(), found.truncated.copy()
    words[0] += 1
    truncated[0] = not truncated[0]
    logits = found.values["logits"].copy()
    logits[-1, -1] += 1e-6
    changes: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({}, {}),
        ({"labels": (*whole.labels[:-1], "other")}, {}),
        ({"threshold": 0.25}, {}),
        ({"task": "multi_label"}, {}),
        ({}, {"words": words}),
        ({}, {"truncated": truncated}),
        ({}, {"values": {**found.values, "logits": logits}}),
    ]
    digests = [digest(tiny_int8, monkeypatch, *change) for change in changes]
    assert digests[0] == read_artifact(tiny_int8, unsealed=False)
    assert len(set(digests)) == len(changes)
