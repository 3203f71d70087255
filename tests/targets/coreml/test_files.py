"""Core ML exports: reproducible, complete for an app, and in the types that they claim."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from artifacts import Store
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification, NeuroLiteForEmbedding
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.artifact.package import Package
from neurolite_core.artifact.seal import SEAL_KEY
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_export.built import Built
from neurolite_export.exporting import build
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS
from neurolite_runtimes.coreml_reference.model import CoreMLModel, Name, read_model
from neurolite_runtimes.coreml_session import CoreMLSession
from texts import ROOT, generated_texts

ROW = np.frombuffer("Réserve une table".encode().ljust(64, b"\0"), np.uint8)[None]
LABELS = ("yes", "no", "ça dépend")


def small(**changes: object) -> NeuroLiteConfig:
    """A model of one bucket; with more, shapes are symbols, and building takes three times as long."""
    options = MixerOptions(num_layers=1, token_hidden=8, channel_hidden=24)
    shape = {
        "table_size": 512,
        "projection_size": 16,
        "hidden_size": 16,
        "max_words": 16,
        "max_bytes": 64,
    }
    return NeuroLiteConfig(**(shape | {"backbone_options": options} | changes))  # type: ignore[arg-type]


def built(config: NeuroLiteConfig, precision: str, *, embedding: bool = False) -> Built:
    torch.manual_seed(0)
    network = (
        NeuroLiteForEmbedding(config)
        if embedding
        else NeuroLiteForClassification(config, labels=LABELS)
    )
    probes = Probes("test", tuple(generated_texts(60, seed=2)))
    target = TARGETS["coreml"].load()
    source = Source(network.eval(), "small", "random")
    return build(source, target, precision, probes, progress=lambda _: None)


def model_of(done: Built) -> CoreMLModel:
    assert isinstance(done.content, Package)
    return read_model(done.content)


@pytest.fixture(scope="module")
def classifier() -> Built:
    return built(small(), "int8")


BUILD = """
import pathlib, sys
from artifacts import Store
print(Store(pathlib.Path(sys.argv[1]))("coreml", "one", "int8").built.sha256)
"""


def test_equal_jobs_give_equal_bytes_after_others_and_in_another_process(
    exported: Store, classifier: Built, tmp_path: Path
) -> None:
    """Here others were built before, there it is the first, and another implementation of protobuf writes it."""
    first = exported("coreml", "one", "int8").built.sha256
    path = os.pathsep.join([str(ROOT / "tests"), *sys.path])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD, str(tmp_path)],
        env=os.environ
        | {
            "PYTHONPATH": path,
            "PYTHONHASHSEED": "77",
            "PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python",
        },
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] == first


def test_what_xcode_shows(classifier: Built) -> None:
    from coremltools.proto import Model_pb2

    assert isinstance(classifier.content, Package)
    data = classifier.content.files["Data/com.apple.CoreML/model.mlmodel"]
    description = Model_pb2.Model.FromString(data).description
    assert description.predictedFeatureName == "classLabel"
    assert description.predictedProbabilitiesName == "classLabel_probs"
    names = [item.name for item in description.output]
    assert names == ["classLabel", "classLabel_probs", "logits", "embedding", "words"]
    ports = (*description.input, *description.output)
    assert all(item.shortDescription for item in ports)
    facts = description.metadata
    assert facts.author == "NeuroLite"
    assert facts.license
    assert facts.versionString == classifier.metadata.tools["neurolite"]
    assert "3 labels" in facts.shortDescription
    assert json.loads(facts.userDefined[METADATA_KEY])["labels"] == list(LABELS)
    assert dict(facts.userDefined).keys() == {METADATA_KEY, SEAL_KEY}


def test_input_shapes_are_the_buckets(exported: Store) -> None:
    tiny = exported("coreml", "tiny", "int8").built
    (port,) = model_of(tiny).inputs
    assert port.name == "bytes"
    assert port.shapes[0] == (1, 4096)
    assert sorted(port.shapes) == [(1, bucket.num_bytes) for bucket in tiny.metadata.buckets]
    assert len(port.shapes) == 5
    assert tiny.contents.inputs[0].shape == (1, 4096)


def test_label_and_probabilities_follow_from_the_logits(classifier: Built) -> None:
    from neurolite_runtimes.coreml_reference.evaluator import Evaluator

    found = Evaluator(model_of(classifier)).run({"bytes": ROW.astype(np.int32)})
    shares = torch.from_numpy(found["logits"]).softmax(-1)[0]
    assert list(found["classLabel_probs"]) == list(LABELS)
    assert list(found["classLabel_probs"].values()) == pytest.approx(shares.tolist(), abs=1e-6)
    assert found["classLabel"] == LABELS[int(shares.argmax())]
    assert set(found) == {"classLabel", "classLabel_probs", "logits", "embedding", "words"}


def test_embedding_models_have_no_classifier() -> None:
    done = built(small(), "float16", embedding=True)
    assert [port.name for port in done.contents.outputs] == ["embedding", "words"]
    assert "classify" not in done.contents.operations
    assert isinstance(done.content, Package)
    session = CoreMLSession(done.content, Path("x"))
    empty = session.run_bytes(np.zeros((1, 64), np.uint8))
    assert not empty["embedding"].any()  # and not NaN: 1e-12 is zero in float16
    assert session.metadata.labels == ()


@pytest.mark.parametrize(
    ("changes", "precision"),
    [
        ({"max_words": 1, "max_bytes": 64, "num_hashes": 1, "window": 0}, "float32"),
        ({"max_words": 12, "window": 3, "pooling": "max"}, "float32"),
        ({"table_size": 65_536, "num_hashes": 64}, "float16"),
    ],
)
def test_other_shapes_of_model(changes: dict[str, object], precision: str) -> None:
    done = built(small(**changes), precision)
    print(done.parity)  # noqa: T201 (how far apart, also when it passes)
    assert [
        gate for gate in done.gates if gate.verdict != "passed" and gate.gate != "same top answer"
    ] == []
    assert max(done.parity.output_errors.values()) < 0.02


@pytest.mark.parametrize(
    ("source", "precision", "products"),
    [
        ("one", "float16", 6),
        ("tiny", "int8", 10),
    ],
)
def test_only_the_network_is_narrow(
    exported: Store, source: str, precision: str, products: int
) -> None:
    contents = exported("coreml", source, precision).built.contents
    kind = "int8 weights" if precision == "int8" else "float16"
    assert contents.products == {kind: products}
    assert set(contents.hash_types) == {"bool", "float32", "int32"}
    stored = contents.weight_values
    parameters = exported("coreml", source, precision).built.metadata.parameters
    assert stored[precision] >= 0.99 * parameters
    assert stored.get("float32", 0) < 1_000


def test_int8_tables_are_gathered_as_int8(classifier: Built) -> None:
    operations = model_of(classifier).operations
    types = {name: kind.dtype for item in operations for name, kind in item.outputs}
    (scaling,) = [item for item in operations if item.type == "dequantize"]
    rows = scaling.inputs["input"]
    assert isinstance(rows, Name)
    assert types[rows.name] == np.int8
    assert not any(
        item.type == "constexpr_affine_dequantize" and item.outputs[0][1].shape == (512, 16)
        for item in operations
    )


def test_int8_weights_are_the_nearest_of_their_row(classifier: Built) -> None:
    torch.manual_seed(0)
    weight = NeuroLiteForClassification(small(), labels=LABELS).model.window.linear.weight
    (packed,) = [
        item
        for item in model_of(classifier).operations
        if item.type == "constexpr_affine_dequantize" and item.outputs[0][1].shape == (16, 48)
    ]
    data, scale = packed.inputs["quantized_data"], packed.inputs["scale"]
    assert isinstance(data, np.ndarray)
    assert isinstance(scale, np.ndarray)
    assert scale.shape == (16,)
    rebuilt = data.astype(np.float32) * scale.astype(np.float32)[:, None]
    steps = np.abs(rebuilt - weight.detach().numpy()) / scale.astype(np.float32)[:, None]
    assert steps.max() <= 0.57  # half a step, and what rounding a scale to float16 moves the peak
    assert np.abs(data).max(axis=1).tolist() == [127] * 16


def test_the_file_is_read_back_and_not_assumed(classifier: Built) -> None:
    target = TARGETS["coreml"].load()
    with pytest.raises(ArtifactError, match="a Core ML package is a folder"):
        target.inspect(b"\x08\x08")
    assert target.metadata(classifier.content) == classifier.metadata.to_json()
    assert target.open(classifier.content).runtime.endswith("not Core ML")
