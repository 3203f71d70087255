"""Exits in every target: texts are answered at the reference's depth, and later layers are skipped where files can."""

from __future__ import annotations

import json

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from typer.testing import CliRunner

from agreement import measure
from artifacts import ONE, SOURCES, Store
from early_exits import LAYERS
from neurolite_bench.parity import TOLERANCES
from neurolite_core.artifact.exit_facts import ExitFacts
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import DEPTH
from neurolite_core.artifact.package import single_file
from neurolite_core.ground.errors import ArtifactError, UnsupportedError
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.exits import thresholds_of
from neurolite_core.text.words import pack_texts
from neurolite_export.certificate import row_of
from neurolite_export.exporting import build
from neurolite_export.probes import Probes
from neurolite_export.targets import TARGETS
from neurolite_export.targets.onnx.early_exit import flattened
from neurolite_runtimes.cli import app
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import run
from texts import generated_texts

TEXTS = [text for text in generated_texts(120, seed=71) if len(text) <= ONE.max_bytes]
# Files with conditions or methods of their own; the others compute all layers, as they do without exits.
FILES = [
    ("onnx", "float32"),
    ("onnx", "int8"),
    ("litert", "int8"),
    ("executorch", "float32"),
    ("coreml", "float32"),
    ("coreai", "float32"),
]


@pytest.mark.parametrize(("target", "precision"), FILES)
def test_a_whole_file_agrees(exported: Store, target: str, precision: str) -> None:
    report = measure(exported, target, "exits", precision, TEXTS[:60])
    assert report.indices_different == 0
    assert report.other_depth is not None
    assert report.other_depth <= (0 if precision == "float32" else 3)
    tolerance = TOLERANCES[target, precision]
    assert report.max_abs_error <= 3 * tolerance.max_abs_error  # the head is three times as steep
    assert report.agreement >= 0.95
    contents = exported(target, "exits", precision).built.contents
    port = next(each for each in contents.outputs if each.name == DEPTH)
    assert port.dtype == "int32"
    kinds = {"float32": {"float32"}, "int8": {"int8", "int8 weights"}}[precision]
    assert set(contents.products) <= kinds
    assert sum(contents.products.values()) == 1 + LAYERS * (4 + 1)


def test_what_stands_beside_the_layers_agrees(exported: Store) -> None:
    """A wide path and rules. Exits of other backbones than the mixer stand in ``test_backbones.py``."""
    report = measure(exported, "onnx", "exits-beside", "float32", TEXTS[:60])
    assert (report.indices_different, report.other_depth) == (0, 0)
    assert max(report.output_errors.values()) <= 1e-4
    content = single_file(exported("onnx", "exits-beside", "float32").built.content)
    assert [node.op_type for node in onnx.load_from_string(content).graph.node].count("If") == 1


def _depths(content: bytes) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(content, options)
    found = [session.run([DEPTH, "logits"], {"bytes": pack_texts([text])}) for text in TEXTS]
    return np.concatenate([row[0] for row in found]), np.concatenate([row[1] for row in found])


@pytest.mark.parametrize("precision", ["float32", "int8"])
def test_onnx_does_not_compute_later_layers(exported: Store, precision: str) -> None:
    """Those of early texts are made NaN, and their answers are the same to the bit; the others' are NaN."""
    content = single_file(exported("onnx", "exits", precision).built.content)
    depth, before = _depths(content)
    assert set(depth.tolist()) == {1, 2, 3}
    model = onnx.load_from_string(content)
    condition = next(node for node in model.graph.node if node.op_type == "If")
    later = next(item.g for item in condition.attribute if item.name == "else_branch")
    names = [tensor.name for tensor in later.initializer]
    # Weights of later layers lie where they are used.
    assert any("blocks.1" in name for name in names)
    assert not any("blocks.1" in tensor.name for tensor in model.graph.initializer)
    for tensor in later.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            values = np.full(numpy_helper.to_array(tensor).shape, np.nan, np.float32)
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    _, after = _depths(model.SerializeToString())
    early = depth == 1
    assert np.array_equal(after[early], before[early])
    assert np.isnan(after[~early]).any(axis=1).all()


def test_a_batch_is_computed_as_deep_as_one_of_its_texts_needs(exported: Store) -> None:
    session = open_artifact(exported("onnx", "exits", "float32").path)
    together = run(session, TEXTS, batch_size=len(TEXTS))
    for row, text in enumerate(TEXTS[:30]):
        alone = run(session, [text])
        assert alone.values[DEPTH][0] == together.values[DEPTH][row]
        error = np.abs(alone.values["logits"][0] - together.values["logits"][row]).max()
        assert error < 1e-4


def test_flattened_is_the_graph_without_conditions(exported: Store) -> None:
    content = single_file(exported("onnx", "exits", "float32").built.content)
    graph = onnx.load_from_string(content).graph
    flat = flattened(graph)
    names = [name for node in flat.node for name in node.output]
    assert len(names) == len(set(names))
    assert sum(node.op_type == "If" for node in flat.node) == LAYERS - 1
    assert len(graph.node) < len(flat.node)


def test_litert_puts_later_layers_into_subgraphs(exported: Store) -> None:
    from neurolite_export.targets.litert.model import Op, code_of, read_model

    model = read_model(single_file(exported("litert", "exits", "int8").built.content))
    kinds = [[code_of(model, each) for each in part.operators] for part in model.subgraphs]
    # The signature, and for each exit its own answer and what is behind it.
    assert len(kinds) == 1 + 2 * (LAYERS - 1)
    assert [own.count(Op.IF) for own in kinds] == [1, 0, 0, 0, 1]
    products = [own.count(Op.FULLY_CONNECTED) for own in kinds]
    assert products[1:] == [0, 5, 0, 5]  # four of a layer, and the head


def test_metadata_and_certificate_say_when_layers_answer(exported: Store) -> None:
    network = SOURCES["exits"]().network
    assert network.exits is not None
    built = exported("onnx", "exits", "float32").built
    facts = ExitFacts(LAYERS, thresholds_of(network.exits))
    assert built.metadata.exits == facts
    text = built.metadata.to_json()
    assert ArtifactMetadata.from_json(text, "it").exits == facts
    assert '"exits"' not in exported("onnx", "one", "float32").built.metadata.to_json()
    row = json.loads(json.dumps(row_of(built)))
    assert row["parity"]["other_depth"] == 0
    assert any(gate["gate"] == "depth" for gate in row["gates"])
    values = json.loads(text)
    for wrong in ({"layers": 1, "thresholds": []}, {"layers": 3, "thresholds": [0.5]}, 7):
        with pytest.raises(ArtifactError, match="has exits = "):
            ArtifactMetadata.from_json(json.dumps(values | {"exits": wrong}), "it")
    with pytest.raises(ArtifactError, match="exits"):
        ArtifactMetadata.from_json(json.dumps(values | {"exits": None}), "it")


def test_the_command_says_which_layer_answered(exported: Store) -> None:
    path = exported("onnx", "exits", "int8").path
    texts = [text.decode() for text in TEXTS if _is_plain(text)][:8]
    expected = run(open_artifact(path), texts).values[DEPTH].tolist()
    done = CliRunner().invoke(app, [str(path), *texts])
    assert done.exit_code == 0, done.output
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["depth"] for row in rows] == expected


def _is_plain(text: bytes) -> bool:
    return (
        text.isascii() and text.decode().isprintable() and not text.startswith(b"-") and text != b""
    )


def test_c_refuses_exits_by_name() -> None:
    source, target = SOURCES["exits"](), TARGETS["c"].load()
    with pytest.raises(UnsupportedError, match=r"The target c cannot compute Exits \(exits\) yet"):
        build(source, target, "int8", Probes("test", tuple(TEXTS)), progress=lambda _: None)


@torch.no_grad()
def test_the_reference_answers_at_every_depth() -> None:
    for name in ("exits", "exits-beside"):
        assert set(SOURCES[name]().network(TEXTS)[DEPTH].tolist()) == {1, 2, 3}, name
    for name in BACKBONES:
        found = SOURCES[f"exits-{name}"]().network(TEXTS)[DEPTH]
        assert set(found.tolist()) == {1, 2}, name
