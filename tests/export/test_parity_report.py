"""The comparator on constants, and each gate on both sides of its limit."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from artifacts import SOURCES
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.model import NeuroLiteForMultiLabel
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.contents import Contents
from neurolite_export.gates import AGREEMENT, LOSS, GateResult, check_gates, verdict_of
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes
from neurolite_export.target import ProbeOutputs

TEXTS = (b"first text", b"second", b"a third text", b"")
NETWORK = SOURCES["one"]().network


@dataclass
class Echo:
    """Answers as the reference does, plus a fixed error on every logit of one text."""

    error: float
    text: bytes
    runtime: str = "echo"

    @torch.no_grad()
    def run(self, packed: NDArray[np.uint8], _: object = None) -> ProbeOutputs:
        texts = [bytes(row).rstrip(b"\0") for row in packed]
        config = NETWORK.config
        words = hash_words(texts, num_hashes=config.num_hashes, table_size=config.table_size)
        indices, _ = words.padded(config.max_words)
        logits = NETWORK(input_bytes=torch.from_numpy(packed.copy()))["logits"].numpy().copy()
        for row, text in enumerate(texts):
            logits[row] += self.error * (text == self.text)
        embedding = NETWORK(input_bytes=torch.from_numpy(packed.copy()))["embedding"].numpy()
        return ProbeOutputs(indices, words.counts, {"logits": logits, "embedding": embedding})


def test_figures_on_a_known_error() -> None:
    report = measure_parity(NETWORK, Echo(0.25, b"second"), Probes("own", TEXTS))
    with torch.no_grad():
        signal = float(NETWORK(input_texts=TEXTS)["logits"].double().square().sum())
    assert report.max_abs_error == pytest.approx(0.25, abs=1e-5)
    assert report.mean_abs_error == pytest.approx(0.25 / 4, abs=1e-5)
    assert report.sqnr_db == pytest.approx(10 * math.log10(signal / (2 * 0.25**2)), abs=0.01)
    assert (report.worst_text, report.agreement, report.texts) == ("second", 1.0, 4)
    assert report.indices_different == 0
    # Longest of the batch is three words: 4 texts x 3 words x 16 hashes, and 4 counts.
    assert report.indices == 4 * 3 * 16 + 4


def test_several_labels_agree_where_all_of_them_do() -> None:
    several = NeuroLiteForMultiLabel(NETWORK.config, labels=["a", "b", "c"], threshold=0.5).eval()
    with torch.no_grad():
        several.head.linear.weight.zero_()
        several.head.linear.bias.copy_(torch.tensor([2.0, -2.0, 1.0]))  # a and c, of every text

    @dataclass
    class OneMore(Echo):
        def run(self, packed: NDArray[np.uint8], _: object = None) -> ProbeOutputs:
            found = super().run(packed)
            logits = np.tile(np.array([2.0, -2.0, 1.0], np.float32), (len(packed), 1))
            logits[[bytes(row).rstrip(b"\0") == self.text for row in packed], 1] = self.error
            return ProbeOutputs(found.indices, found.words, {**found.values, "logits": logits})

    labels = (("a", "c"), ("a", "b", "c"), ("a", "c"), ("a",))
    report = measure_parity(several, OneMore(0.1, b"second"), Probes("own", TEXTS, labels=labels))
    assert (report.agreement, report.disagreements, report.alike) == (0.75, 1, "same labels")
    assert (report.accuracy_reference, report.accuracy_artifact) == (0.5, 0.75)
    assert (report.only_reference_right, report.only_artifact_right) == (0, 1)


REPORT = ParityReport(
    probes="own", texts=1_000, indices=1, indices_different=0, output_errors={"logits": 1e-4, "embedding": 0.0}, output="logits", max_abs_error=1e-4,
    mean_abs_error=0.0, sqnr_db=50.0, agreement=0.997, disagreements=3, worst_text="",
    labelled=1_000, accuracy_reference=0.900, accuracy_artifact=0.900,
    only_reference_right=1, only_artifact_right=1,
)  # fmt: skip
CONTENTS = Contents(
    format_version="IR 8",
    inputs=(),
    outputs=(),
    weight_values={"int8": 10},
    products={"int8": 3},
    hash_types=("float32", "int32"),
)


@pytest.mark.parametrize("precision", ["float32", "float16", "int8"])
def test_everything_at_its_limit_passes(precision: str) -> None:
    contents = dataclasses.replace(CONTENTS, products={precision: 3})
    results = check_gates(precision, REPORT, contents)
    assert {result.verdict for result in results} == {PASSED}
    assert verdict_of(results) == PASSED


def test_a_generators_large_numbers_may_differ_by_what_float32_loses() -> None:
    larger = {
        "output_errors": {"logits": 3e-4},
        "output_sizes": {"logits": 20.0},
        "divergence": 0.0,
    }
    report = dataclasses.replace(REPORT, **larger)  # type: ignore[arg-type]
    contents = dataclasses.replace(CONTENTS, products={"float32": 3})
    (result,) = (
        each for each in check_gates("float32", report, contents) if each.gate == "largest error"
    )
    assert (result.verdict, result.allowed) == (
        PASSED,
        "at most 1e-04, of larger numbers logits 3.1e-04",
    )


@pytest.mark.parametrize(
    ("precision", "report", "contents", "gate"),
    [
        ("float32", {"indices_different": 1}, {}, "indices"),
        ("float32", {"output_errors": {"logits": 1.01e-4}}, {}, "largest error"),
        ("float32", {"output_errors": {"logits": 0, "embedding": math.nan}}, {}, "largest error"),
        (
            "float32",
            {
                "output_errors": {"logits": 4e-4},
                "output_sizes": {"logits": 20.0},
                "divergence": 0.0,
            },
            {},
            "largest error",
        ),
        (
            "float32",
            {"output_errors": {"logits": 2e-4}, "output_sizes": {"logits": 20.0}},
            {},
            "largest error",
        ),
        ("float32", {"disagreements": 20}, {}, "same top answer"),
        ("int8", {"output_errors": {"logits": math.inf}}, {}, "finite outputs"),
        ("int8", {"disagreements": 20}, {}, "same top answer"),
        ("int8", {"only_reference_right": 15}, {}, "accuracy loss"),
        ("int8", {}, {"products": {"int8": 2, "float32": 1}}, "int8 products"),
        ("int8", {}, {"products": {}}, "int8 products"),
        ("int8", {}, {"hash_types": ("float16", "int32")}, "hash in float32"),
    ],
)
def test_each_gate_refuses_beyond_its_limit(
    precision: str, report: dict[str, object], contents: dict[str, object], gate: str
) -> None:
    results = check_gates(
        precision,
        dataclasses.replace(REPORT, **report),  # type: ignore[arg-type]
        dataclasses.replace(CONTENTS, **contents),  # type: ignore[arg-type]
    )
    assert [result.gate for result in results if result.verdict == REFUSED] == [gate]
    assert verdict_of(results) == REFUSED


def few(texts: int, other: int, lost: int) -> ParityReport:
    return dataclasses.replace(
        REPORT, texts=texts, disagreements=other, labelled=texts,
        only_reference_right=lost, only_artifact_right=0,
    )  # fmt: skip


def by_gate(precision: str, report: ParityReport) -> dict[str, GateResult]:
    return {result.gate: result for result in check_gates(precision, report, CONTENTS)}


@pytest.mark.parametrize(
    ("report", "agreement", "loss"),
    [
        # Reports of users: 1 and 2 texts of 75, 15 of 900, and half a point of 200, which is allowed.
        (few(75, 1, 1), 3_938, 488),
        (few(75, 2, 1), 244, 488),
        (few(900, 15, 2), 1_050, 2_614),
        (few(200, 1, 1), None, None),
        (few(6, 0, 0), 368, 765),
    ],
)
def test_too_few_texts_are_no_refusal_and_no_proof(
    report: ParityReport, agreement: int | None, loss: int | None
) -> None:
    found = by_gate("int8", report)
    assert verdict_of(found.values()) == NOT_PROVEN
    for gate, needed in ((AGREEMENT, agreement), (LOSS, loss)):
        assert found[gate].verdict == NOT_PROVEN
        assert "100" not in found[gate].found
        if needed is not None:
            assert found[gate].needed == pytest.approx(needed, rel=0.01)


def test_what_few_texts_show_is_said_with_its_bound() -> None:
    found = by_gate("int8", few(75, 0, 0))
    assert found[AGREEMENT].found == "75 of 75 texts, at least 95.20%"
    assert found[LOSS].found == "0.00 points on 75 texts, -4.87 to 4.87"
    found = by_gate("int8", few(75, 2, 1))
    assert found[AGREEMENT].found == "73 of 75 texts, 90.70% to 99.68%"
    assert found[LOSS].found == "1.33 points on 75 texts, -3.60 to 7.17"


def test_few_texts_prove_a_float32_file_whose_error_is_bounded() -> None:
    assert verdict_of(by_gate("float32", few(6, 0, 0)).values()) == PASSED


def test_unlabelled_probes_have_no_accuracy_gate() -> None:
    report = dataclasses.replace(REPORT, labelled=0)
    assert "accuracy loss" not in {r.gate for r in check_gates("int8", report, CONTENTS)}
