"""Exports are reproducible, say what they are, and are refused when they are not good."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from functools import partial
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray

from artifacts import ONE, SOURCES, Ready, Store
from neurolite_core import GateError, InputError, NeuroLiteForEmbedding
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.package import Content
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_export.exporting import build, export
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.source import Source, seeded_source
from neurolite_export.target import ProbeOutputs, ProbeSession, Target
from neurolite_export.targets import TARGETS
from neurolite_export.targets.onnx.network import capture
from neurolite_export.targets.onnx.quantize import Range, product_inputs, quantize
from neurolite_export.targets.onnx.target import OPSET
from neurolite_runtimes import open_artifact, run


class Spoiled(Ready):
    """A real file, with what it computes changed on the way out."""

    def __init__(self, content: Content, spoil: str) -> None:
        super().__init__(content)
        self.spoil = spoil

    def open(self, content: Content) -> ProbeSession:
        return _SpoiledProbe(super().open(content), self.spoil)


@dataclasses.dataclass
class _SpoiledProbe:
    inner: ProbeSession
    spoil: str

    @property
    def runtime(self) -> str:
        return self.inner.runtime

    def run(self, packed: NDArray[np.uint8], _: object = None) -> ProbeOutputs:
        found = self.inner.run(packed)
        logits = found.values["logits"].copy()
        if self.spoil == "index":
            found.indices[0, 0, 0] ^= 1
        elif self.spoil == "words":
            found.words[0] += 1
        elif self.spoil == "logit":
            logits[0, 0] += 2e-4
        elif self.spoil == "nan":
            logits[0, 0] = np.nan
        elif self.spoil == "answer":
            logits = logits[:, ::-1]
        embedding = found.values["embedding"] * (np.nan if self.spoil == "embedding" else 1)
        values = {"logits": logits, "embedding": embedding}
        return ProbeOutputs(found.indices, found.words, values)


@pytest.mark.parametrize(
    ("spoil", "precision", "gate"),
    [
        ("index", "float32", "indices: "),
        ("words", "int8", "indices: "),
        ("logit", "float32", "largest error: logits 2.0e-04, embedding "),
        ("nan", "float32", "largest error: logits nan"),
        ("embedding", "float32", r"largest error: logits [0-9.e-]+, embedding nan"),
        ("embedding", "int8", "finite outputs: not embedding"),
        ("answer", "int8", "same top answer: "),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_written(
    exported: Store, tmp_path: Path, spoil: str, precision: str, gate: str
) -> None:
    content = exported("onnx", "one", precision).built.content
    target = cast("Target", Spoiled(content, spoil))
    with pytest.raises(GateError, match=gate) as caught:
        export(SOURCES["one"](), target, precision, tmp_path, built_in_probes())
    assert "was not written" in str(caught.value)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"neurolite-one.certificate.json", "neurolite-one.certificate.html"}
    (row,) = json.loads((tmp_path / "neurolite-one.certificate.json").read_text("utf-8"))["files"]
    assert row["verdict"] == "refused"
    assert "refused" in {gate["verdict"] for gate in row["gates"]}


def test_exporting_twice_gives_identical_bytes(exported: Store, tmp_path: Path) -> None:
    first, again = exported("onnx", "one", "int8"), Store(tmp_path)("onnx", "one", "int8")
    assert first.path != again.path
    assert first.path.read_bytes() == again.path.read_bytes()
    assert first.certificate.read_bytes() == again.certificate.read_bytes()


def test_seeds_differ_and_leave_the_global_generator_alone() -> None:
    before = torch.get_rng_state()
    first, second = seeded_source("tiny", 1), seeded_source("tiny", 2)
    assert torch.equal(before, torch.get_rng_state())
    left, right = first.network.state_dict(), second.network.state_dict()
    assert not torch.equal(left["head.linear.weight"], right["head.linear.weight"])


def test_the_file_says_what_it_is(tiny_int8: Path) -> None:
    model = onnx.load(tiny_int8)
    found = {item.key: item.value for item in model.metadata_props}
    metadata = ArtifactMetadata.from_json(found[METADATA_KEY], "file")
    assert metadata.labels == ("LABEL_0", "LABEL_1")
    assert metadata.precision == "int8"
    assert "not trained" in metadata.weights
    assert set(metadata.tools) == {"neurolite", "torch", "onnx", "onnxscript", "onnxruntime"}
    assert [value.name for value in model.graph.input] == ["bytes"]
    assert [value.name for value in model.graph.output] == ["logits", "embedding", "words"]
    assert (model.ir_version, {item.domain: item.version for item in model.opset_import}) == (
        8,
        {"": 18, "ai.neurolite": 1},
    )
    node = model.graph.node[0]
    assert (node.domain, node.op_type) == ("ai.neurolite", "BloomHash")
    assert {a.name: a.i for a in node.attribute} == {
        "hash_version": 2,
        "num_hashes": 16,
        "table_size": 8192,
        "max_words": 256,
    }


def test_the_report_matches_the_file(tiny_int8: Path) -> None:
    certificate = json.loads(
        (tiny_int8.parent / "neurolite-tiny.certificate.json").read_text("utf-8")
    )
    (report,) = [row for row in certificate["files"] if row["file"] == tiny_int8.name]
    assert report["sha256"] == hashlib.sha256(tiny_int8.read_bytes()).hexdigest()
    # The built-in texts are fewer than the 368 that prove 99 % where all agree.
    assert report["verdict"] == "not proven"
    assert report["measured_by"].startswith("onnxruntime ")
    assert report["size_bytes"] == tiny_int8.stat().st_size
    assert report["parity"]["indices_different"] == 0
    assert report["parity"]["texts"] > 200
    open_gates = {g["gate"]: g["needed"] for g in report["gates"] if g["verdict"] != "passed"}
    assert set(open_gates) == {"same top answer"}
    assert report["losses"][0]["sqnr_db"] <= report["losses"][-1]["sqnr_db"]


def test_errors_are_allowed_by_the_numbers_of_all_texts_that_they_are_looked_for_in(
    exported: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Own texts and the built-in ones, whichever have the larger numbers."""
    source = SOURCES["one"]()
    target = cast("Target", Ready(exported("onnx", "one", "float32").built.content))
    texts = built_in_probes().texts
    with torch.no_grad():
        sizes = source.network(input_texts=texts)["logits"].abs().amax(dim=1)
    quiet, loud = texts[int(sizes.argmin())], texts[int(sizes.argmax())]
    assert sizes.min() < 0.9 * sizes.max()
    for own, others in ((quiet, loud), (loud, quiet)):
        monkeypatch.setattr(
            "neurolite_export.exporting.built_in_probes", partial(Probes, "others", (others,))
        )
        built = build(source, target, "float32", Probes("own", (own,)), progress=lambda _: None)
        assert built.parity.output_sizes["logits"] == pytest.approx(float(sizes.max()), rel=1e-5)


def test_labelled_probes_give_accuracies(exported: Store, tmp_path: Path) -> None:
    source = SOURCES["one"]()
    target = cast("Target", Ready(exported("onnx", "one", "float32").built.content))
    texts = built_in_probes().texts
    with torch.no_grad():
        places = source.network(input_texts=texts)["logits"].argmax(dim=1).tolist()
    labels = tuple((source.network.labels[place],) for place in places)
    done = export(source, target, "float32", tmp_path, Probes("own", texts, labels))
    assert done.built.parity.accuracy_reference == done.built.parity.accuracy_artifact == 1.0
    assert "accuracy loss" in {gate.gate for gate in done.built.gates}


def test_embedding_models_export_too(tmp_path: Path) -> None:
    torch.manual_seed(0)
    network = NeuroLiteForEmbedding(ONE).eval()
    source = Source(network, "vectors", "random, seed 0: not trained")
    done = export(source, TARGETS["onnx"].load(), "int8", tmp_path, built_in_probes())
    assert done.built.parity.output == "embedding"
    found = run(open_artifact(done.path), ["a text", "another"]).values["embedding"]
    with torch.no_grad():
        expected = network(input_texts=["a text", "another"])["embedding"].numpy()
    assert ((found * expected).sum(axis=1) > 0.99).all()


@pytest.mark.parametrize("max_words", [1, 2, 3, 7, 8])
def test_every_length_up_to_the_largest_answers_as_the_reference(
    max_words: int, tmp_path: Path
) -> None:
    torch.manual_seed(0)
    config = dataclasses.replace(ONE, max_words=max_words, window=0, pooling="max")
    network = NeuroLiteForEmbedding(config).eval()
    done = export(
        Source(network, "few", "random"),
        TARGETS["onnx"].load(),
        "float32",
        tmp_path,
        built_in_probes(),
    )
    assert done.built.parity.max_abs_error < 1e-4
    artifact = open_artifact(done.path)
    for words in range(1, max_words + 2):  # the last of them is cut off
        text = " ".join("abcdefghi"[:words])
        found = run(artifact, [text]).values["embedding"]
        with torch.no_grad():
            expected = network(input_texts=[text])["embedding"].numpy()
        assert np.abs(found - expected).max() < 1e-5, words


def test_unknown_precision_is_refused(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="precision of onnx is 'int4'; choose one of: float32, int8"
    ):
        export(
            seeded_source("tiny", 0), TARGETS["onnx"].load(), "int4", tmp_path, built_in_probes()
        )


def test_a_product_that_int8_cannot_cover_is_an_error() -> None:
    model = capture(SOURCES["one"]().network, OPSET)
    for node in model.graph.node:
        if node.op_type == "Gemm":
            kept = [attribute for attribute in node.attribute if attribute.name != "transB"]
            del node.attribute[:]
            node.attribute.extend(kept)
    ranges = {name: Range(-1.0, 1.0) for name in product_inputs(model)}
    with pytest.raises(NeuroLiteError, match="int8 does not cover the matrix product"):
        quantize(model, ranges)
