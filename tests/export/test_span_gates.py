"""What an export says of spans: by an echo of the reference with known errors, and of whole files."""

from __future__ import annotations

import dataclasses
import json
import re
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from artifacts import ONE, SOURCES, Store
from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.evaluation.spans.metrics import count_spans
from neurolite_core.evaluation.spans.paired import f1_difference
from neurolite_core.ground.errors import InputError
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.model import TextNetwork
from neurolite_core.text.word_offsets import word_offsets
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.contents import Contents
from neurolite_export.gates import GateResult, check_gates
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.product_losses import product_losses
from neurolite_export.source import checkpoint_source
from neurolite_export.span_gates import SPAN_LOSS
from neurolite_export.span_parity import SAME_SPANS, SpanParity
from neurolite_export.target import ProbeOutputs
from spans_made import TYPES, true_characters, true_spans

READABLE = tuple(
    text for text in built_in_probes().texts if text.decode("utf-8", "ignore").encode() == text
)
TEXTS = READABLE[:60]
CONTENTS = Contents(
    format_version="IR 8",
    inputs=(),
    outputs=(),
    weight_values={"int8": 10},
    products={"int8": 3, "float32": 0},
    hash_types=("float32", "int32"),
)


@cache
def finding() -> TextNetwork:
    return SOURCES["finding-alone"]().network


@dataclass
class Echo:
    """Answers as the reference does, but tags of one text, and places of another, which are wrong."""

    text: bytes = b""
    error: float = 0.0
    moved: bytes = b""
    network: TextNetwork | None = None
    runtime: str = "echo"

    @torch.no_grad()
    def run(self, packed: NDArray[np.uint8], _: object = None) -> ProbeOutputs:
        texts = [bytes(row).rstrip(b"\0") for row in packed]
        network = self.network or finding()
        config = network.config
        words = hash_words(texts, num_hashes=config.num_hashes, table_size=config.table_size)
        indices, kept = words.padded(config.max_words)
        answers = network.network(*network.features(texts))
        values = {name: value.numpy().copy() for name, value in answers.items()}
        values["tags"][np.arange(indices.shape[1]) >= kept[:, None]] = 0
        offsets = word_offsets(texts, config.max_words, indices.shape[1])
        for row, text in enumerate(texts):
            if text == self.text:
                values["tags"][row, : kept[row], 0] += self.error  # O
            if text == self.moved:
                offsets[row, 0, 1] += 1
        return ProbeOutputs(indices, words.counts, values, offsets=offsets)


def probes(known: bool = True, texts: tuple[bytes, ...] = TEXTS) -> Probes:
    spans = tuple(true_characters(text.decode(), ONE) for text in texts) if known else ()
    return Probes("own", texts, spans=spans)


def busiest() -> bytes:
    return max(TEXTS, key=lambda text: len(true_spans(text, ONE)))


def gates(report: ParityReport, precision: str = "int8") -> dict[str, GateResult]:
    return {each.gate: each for each in check_gates(precision, report, CONTENTS)}


def test_an_echo_is_the_same_and_few_texts_prove_little() -> None:
    report = measure_parity(finding(), Echo(), probes())
    spans = report.spans
    assert spans is not None
    assert (spans.texts, spans.disagreements, spans.labelled) == (60, 0, 60)
    assert spans.f1_reference == spans.f1_artifact
    assert spans.f1_reference is not None
    assert spans.f1_reference > 0.9
    assert (report.output, report.alike, report.agreement) == ("tags", SAME_SPANS, 1.0)
    assert report.max_abs_error < 1e-5
    found = gates(report)
    assert found[SAME_SPANS].verdict == found[SPAN_LOSS].verdict == NOT_PROVEN
    assert list(found)[:4] == ["indices", "finite outputs", SAME_SPANS, SPAN_LOSS]
    assert found[SAME_SPANS].needed == 368
    needed = found[SPAN_LOSS].needed
    assert needed is not None
    assert 400 < needed < 1_000
    assert "same top answer" not in found
    assert {each.verdict for each in gates(report, "float32").values()} == {PASSED}


def test_indices_are_places_too() -> None:
    right = measure_parity(finding(), Echo(), probes())
    wrong = measure_parity(finding(), Echo(moved=TEXTS[3]), probes())
    assert right.indices_different == 0
    assert wrong.indices_different == 1
    assert gates(wrong)["indices"].verdict == REFUSED
    plain = hash_words(TEXTS, num_hashes=ONE.num_hashes, table_size=ONE.table_size)
    indices, kept = plain.padded(ONE.max_words)
    assert right.indices > indices.size // 2 + kept.size


def test_an_error_in_one_text_is_told_with_its_figures() -> None:
    text = busiest()
    report = measure_parity(finding(), Echo(text, 100.0), probes())
    spans = report.spans
    assert spans is not None
    assert (spans.disagreements, report.disagreements) == (1, 1)
    assert report.worst_text.encode()[:20] == text[:20]
    assert report.max_abs_error == pytest.approx(100, rel=1e-5)
    values = sum(min(int(finding().features([each])[1]), ONE.max_words) for each in TEXTS) * 5
    words = min(int(finding().features([text])[1]), ONE.max_words)
    assert report.mean_abs_error == pytest.approx(100 * words / values, rel=1e-3)

    def counts(without: bytes | None) -> object:
        found = []
        for each in TEXTS:
            tags = finding().network(*finding().features([each]))["tags"].detach().numpy()
            own = found_spans(tags, np.array([tags.shape[1]])) if each != without else [[]]
            found.append([one.span for one in own[0]])
        return count_spans([true_spans(each, ONE) for each in TEXTS], found, len(TYPES))

    assert spans.f1_reference is not None
    assert spans.f1_artifact is not None
    loss = f1_difference(counts(None), counts(text))  # type: ignore[arg-type]
    assert spans.f1_reference - spans.f1_artifact == pytest.approx(loss)
    assert loss > 0


def test_errors_behind_the_last_word_are_none() -> None:
    @dataclass
    class Noisy(Echo):
        def run(self, packed: NDArray[np.uint8], _: object = None) -> ProbeOutputs:
            found = super().run(packed)
            length = found.values["tags"].shape[1]
            found.values["tags"][np.arange(length) >= found.words[:, None]] = 1e9
            return found

    report = measure_parity(finding(), Noisy(), probes())
    assert report.output_errors["tags"] < 1e-5
    assert report.spans is not None
    assert report.spans.disagreements == 0


def test_spans_that_are_not_known_have_no_loss() -> None:
    report = measure_parity(finding(), Echo(), probes(known=False))
    assert report.spans is not None
    assert report.spans.loss_interval is None
    assert SPAN_LOSS not in gates(report)
    some = dataclasses.replace(probes(), spans=(None, *probes().spans[1:]))
    report = measure_parity(finding(), Echo(), some)
    assert report.spans is not None
    assert report.spans.labelled == 59


def test_probes_that_are_cut_are_held_to_what_is_left_of_their_spans() -> None:
    long = "a" + "é" * 3_000  # the cut at max_bytes falls into a character
    behind = "word " * 1_000 + "seven"
    rows = {
        "hi": (),
        long: (),
        behind: (TypedSpan(5_000, 5_005, "time"),),
        "next text": (),
    }
    given = Probes("own", tuple(text.encode() for text in rows), spans=tuple(rows.values()))
    report = measure_parity(finding(), Echo(), given)
    assert report.spans is not None
    assert (report.spans.labelled, report.spans.spans) == (4, 1)  # one that is never read


REPORT = ParityReport(
    probes="own", texts=1_000, indices=1, indices_different=0, output_errors={"tags": 1e-4}, output="tags",
    max_abs_error=1e-4, mean_abs_error=0.0, sqnr_db=50.0, agreement=0.997, disagreements=3, worst_text="",
    labelled=0, accuracy_reference=None, accuracy_artifact=None, only_reference_right=0, only_artifact_right=0,
    alike=SAME_SPANS,
    spans=SpanParity(texts=1_000, disagreements=3, labelled=1_000, spans=2_000, f1_reference=0.95, f1_artifact=0.949,
                     loss_interval=(-0.002, 0.004), loss_error=0.001),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "precision", "gate", "verdict"),
    [
        ({}, "int8", SAME_SPANS, PASSED),
        ({"disagreements": 6}, "int8", SAME_SPANS, NOT_PROVEN),
        ({"disagreements": 20}, "int8", SAME_SPANS, REFUSED),
        ({"disagreements": 6}, "float32", SAME_SPANS, PASSED),
        ({"disagreements": 20}, "float32", SAME_SPANS, REFUSED),
        ({}, "int8", SPAN_LOSS, PASSED),
        ({"loss_interval": (-0.002, 0.006)}, "int8", SPAN_LOSS, NOT_PROVEN),
        ({"loss_interval": (0.0051, 0.02), "f1_artifact": 0.93}, "int8", SPAN_LOSS, REFUSED),
        ({"loss_interval": (0.0051, 0.02), "f1_artifact": 0.93}, "float16", SPAN_LOSS, REFUSED),
        ({"loss_interval": (-0.002, 0.006)}, "float32", SPAN_LOSS, PASSED),
    ],
)
def test_each_side_of_each_limit(
    changed: dict[str, object], precision: str, gate: str, verdict: str
) -> None:
    assert REPORT.spans is not None
    spans = dataclasses.replace(REPORT.spans, **changed)  # type: ignore[arg-type]
    report = dataclasses.replace(REPORT, spans=spans)
    assert gates(report, precision)[gate].verdict == verdict


def test_products_that_cost_spans_are_told() -> None:
    rows = product_losses(finding(), READABLE)
    names = {row.product for row in rows}
    assert {"model.projection.table", "spans.first", "spans.last"} <= names
    assert all(row.sqnr_db is not None and row.sqnr_db > 20 for row in rows)
    broken = deepcopy(finding())
    with torch.no_grad():
        broken.spans.last.weight[1] *= 1e-4  # type: ignore[union-attr]
        broken.spans.first.weight[0, 0] = 50.0  # type: ignore[union-attr]  # its row has few steps for the others
    worst = product_losses(broken, READABLE)[0]
    assert worst.product == "spans.first"
    assert worst.changed > 0


def test_a_certificate_says_so(exported: Store) -> None:
    done = exported("onnx", "finding", "int8")
    (row,) = json.loads(done.certificate.read_text("utf-8"))["files"]
    assert row["parity"]["spans"]["texts"] == len(built_in_probes().texts)
    assert [gate["gate"] for gate in row["gates"]].count(SAME_SPANS) == 1
    page = done.certificate.with_name(done.certificate.name.replace(".json", ".html"))
    shown = re.sub(r"\s+", " ", page.read_text("utf-8"))
    assert "the same in 238 of 238 texts" in shown
    assert "time 0, place 0" in shown


def test_spans_of_a_checkpoint_are_those_that_its_export_is_held_to(tmp_path: Path) -> None:
    texts = [text.decode() for text in TEXTS]
    spans = [true_characters(text, ONE) for text in texts]
    given: list[list[tuple[int, int, str]] | None] = [
        [(span.start, span.end, span.type) for span in own] for own in spans
    ]
    given[2] = None
    save_checkpoint(finding(), tmp_path, probes=[(text, None) for text in texts], spans=given)
    read = checkpoint_source(tmp_path)
    assert read.probes is not None
    assert read.probes.spans == (*spans[:2], None, *spans[3:])
    report = measure_parity(read.network, Echo(network=read.network), read.probes)
    assert report.spans is not None
    assert report.spans.labelled == len(texts) - 1
    assert report.spans.spans > 50


def test_a_span_that_no_text_holds_is_refused_where_probes_are_read() -> None:
    wrong = Probes("own", (b"abc",), spans=((TypedSpan(0, 3, "colour"),),))
    with pytest.raises(InputError, match="colour"):
        measure_parity(finding(), Echo(), wrong)
