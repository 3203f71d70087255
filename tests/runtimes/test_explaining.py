"""``neurolite-run --explain``: which rules fired and why, as JSON and as a table; and ``neurolite-export --rules``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artifacts import RULED, Store
from commands import call_command
from neurolite_core import NeuroLiteForClassification
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.ground.errors import ArtifactError
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.opening import open_artifact
from rules_made import LABELS, TEXT


def test_fired_rules_are_explained(exported: Store, tmp_path: Path) -> None:
    path = exported("onnx", "rules", "int8").path
    texts = ("Refunds please", "refund of order 7", "hello")
    done = call_command("neurolite-run", path, "--explain", *texts, cwd=tmp_path)
    first, second, third = (json.loads(line) for line in done.stdout.decode().splitlines())
    assert (first["label"], first["score"], first["in_scope"], first["abstained"]) == (
        "b",
        1,
        1,
        False,
    )
    force = {
        "name": "refunds",
        "does": "force b",
        "reason": "Refunds are of b.",
        "overruled": False,
    }
    assert first["rules"] == [force]
    abstain = {"name": "refunded orders", "does": "abstain", "reason": "", "overruled": False}
    assert (second["abstained"], second["in_scope"]) == (True, 0)
    assert second["rules"] == [abstain, force | {"overruled": True}]
    assert [rule["does"] for rule in third["rules"]] == ["evidence +3.00 for a"]
    plain = call_command("neurolite-run", path, "--threshold", "0", texts[1], cwd=tmp_path)
    found = json.loads(plain.stdout)
    assert found["abstained"] is True  # a rule said so, whatever the threshold
    assert "rules" not in found
    table = call_command("neurolite-run", path, "--explain", "--table", *texts, cwd=tmp_path)
    assert "overruled" in table.stdout.decode()


def test_files_without_rules_have_nothing_to_explain(tiny_int8: Path, tmp_path: Path) -> None:
    done = call_command("neurolite-run", tiny_int8, "--explain", "x", cwd=tmp_path)
    assert done.returncode == 2
    assert b"has no rules to explain" in done.stderr


def test_rules_that_are_no_answer_are_one_error(exported: Store) -> None:
    done = exported("onnx", "rules", "int8")
    inner = open_artifact(done.path)

    class Lying:
        metadata, runtime, settings = inner.metadata, inner.runtime, inner.settings
        is_reference, sealed = False, True

        def run_bytes(
            self, packed: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], _: object = None
        ) -> dict[str, Any]:
            found: dict[str, Any] = dict(inner.run_bytes(packed))
            return found | {"rules": np.full((len(packed), 4), 2, np.int32)}

    with pytest.raises(
        ArtifactError, match=r"its rules are int32 .* not 0 or 1 of each of 4 rules"
    ):
        Guarded(Lying(), done.path).run_bytes(np.zeros((1, 8), np.uint8))


def test_export_gives_a_checkpoint_rules_without_training(tmp_path: Path) -> None:
    save_checkpoint(NeuroLiteForClassification(RULED, labels=LABELS, threshold=0.5), tmp_path / "m")
    (tmp_path / "rules.toml").write_text(TEXT, "utf-8")
    arguments = ("--checkpoint", "m", "--rules", "rules.toml", "--json")
    done = call_command("neurolite-export", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert b"Rules: 4 rules, 3 of them hard, over 14 words, 6 phrases and 5 prefixes" in done.stderr
    assert b"another word is taken for one of these with a chance of" in done.stderr
    (row,) = json.loads(done.stdout)
    names = {rule["name"] for rule in row["metadata"]["rules"]}
    assert names == {"refunds", "refunded orders", "quiet", "cancelled"}
    assert row["parity"]["rules"] > 0
    assert any(gate["gate"] == "rules" for gate in row["gates"])
    (tmp_path / "rules.toml").write_text(TEXT.replace('force = "b"', 'force = "bb"'), "utf-8")
    refused = call_command("neurolite-export", *arguments, cwd=tmp_path)
    assert refused.returncode == 2
    line = TEXT.splitlines().index('force = "b"') + 1
    said = f"rules.toml, line {line}: rule 'refunds' names the label 'bb'"
    assert said in refused.stderr.decode()
