"""Rules in every target: the same fire in each file and precision, hard ones hold, and gates see where they do not."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from agreement import check, measure
from artifacts import RULED, SOURCES, Store
from neurolite_bench.parity import TOLERANCES
from neurolite_core.answer.outputs import NO_ANSWER, RULES
from neurolite_core.rules.effects import DECIDED
from neurolite_core.rules.meaning import fired_rules, true_facts
from neurolite_core.rules.reading import parse_rules
from neurolite_export.certificate_names import PASSED, REFUSED
from neurolite_export.gates import check_gates
from neurolite_export.parity import measure_parity
from neurolite_export.probes import Probes
from neurolite_export.target import ProbeOutputs
from neurolite_export.targets import EVERY_PART, TARGETS
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import run
from rules_made import TEXT, WORDS
from texts import generated_texts

READ = parse_rules(TEXT, "rules.toml")


def texts(count: int) -> list[bytes]:
    rng = random.Random(11)
    made = [" ".join(rng.choices(WORDS, k=rng.randrange(9))).encode()[:64] for _ in range(count)]
    return [*made, *(text[:64] for text in generated_texts(count // 4, seed=12))]


@pytest.mark.parametrize(
    ("target", "precision"),
    [
        *((target, each) for target in EVERY_PART for each in TARGETS[target].precisions),
        ("c", "int8"),
    ],
)
def test_rules_hold_in_a_file(exported: Store, target: str, precision: str) -> None:
    """Against the rules read word for word, whatever the reference says."""
    source = "rules-lanes" if target == "c" else "rules"
    done, own = exported(target, source, precision), texts(60 if target == "coreml" else 300)
    session = open_artifact(done.path)
    found = run(session, own)
    names = [rule.name for rule in session.metadata.rules]
    assert found.rules is not None
    for text, row, logits in zip(own, found.rules, found.values["logits"], strict=True):
        expected = fired_rules(READ, true_facts(READ, text, RULED.max_words))
        assert [expected[name] for name in names] == row.tolist(), text
        if expected["refunded orders"]:
            assert logits.max() < NO_ANSWER
        elif expected["refunds"]:
            assert logits.tolist() == [-DECIDED, DECIDED, -DECIDED]
        else:
            assert np.abs(logits).max() < DECIDED
    gates = {gate.gate: gate.verdict for gate in done.built.gates}
    assert gates["rules"] == PASSED
    report = measure(exported, target, source, precision, own[:90])
    check(report, TOLERANCES[target, precision])
    assert report.rules > 0
    assert report.rules_different == 0


def test_rules_beside_a_wide_path_and_several_labels_agree(exported: Store) -> None:
    report = measure(exported, "onnx", "rules-two", "int8", texts(200))
    assert (report.indices_different, report.rules_different) == (0, 0)


class Changed:
    """The reference, but for one thing that a file might do wrong."""

    runtime = "the reference, changed"

    def __init__(self, what: str) -> None:
        self.network, self.what = SOURCES["rules"]().network, what

    def run(self, packed: NDArray[np.uint8], _: object = None) -> ProbeOutputs:
        tensor = torch.from_numpy(packed)
        indices, *_ = self.network.featurize(None, tensor)
        _, words = self.network.model.hash(tensor)
        found = {
            name: value.numpy().copy() for name, value in self.network(input_bytes=tensor).items()
        }
        fired: Any = found.pop(RULES)
        if self.what == "rule":
            fired[0, 0] = 1 - fired[0, 0]
        elif self.what == "logits":
            found["logits"][np.abs(found["logits"]) == DECIDED] *= 0.5
        elif self.what == "missing":
            fired = None
        return ProbeOutputs(indices.numpy().astype(np.int32), words.numpy(), found, None, fired)


@pytest.mark.parametrize("what", ["nothing", "rule", "logits", "missing"])
def test_gates_see_rules_that_differ(exported: Store, what: str) -> None:
    probes = Probes("some", tuple(texts(100)))
    with torch.no_grad():
        report = measure_parity(Changed(what).network, Changed(what), probes)
    contents = exported("onnx", "rules", "int8").built.contents
    verdicts = {gate.gate: gate.verdict for gate in check_gates("int8", report, contents)}
    assert verdicts["rules"] == (PASSED if what == "nothing" else REFUSED)
    without = replace(report, rules=0)
    assert "rules" not in {gate.gate for gate in check_gates("int8", without, contents)}
