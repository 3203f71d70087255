"""Experts in every target: texts go where the reference sends them, and only the chosen weights matter."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from typer.testing import CliRunner

from agreement import check, measure
from artifacts import EXPERTS, SOURCES, Store
from neurolite_bench.parity import TOLERANCES
from neurolite_core.artifact.outputs import EXPERT
from neurolite_core.artifact.package import single_file
from neurolite_core.network.experts import ChosenProduct
from neurolite_core.text.words import pack_texts
from neurolite_export.certificate import row_of
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.chosen import GatheredProduct, float_tables
from neurolite_export.contents import Contents
from neurolite_export.gates import ROUTING, check_gates, verdict_of
from neurolite_export.parity import measure_parity
from neurolite_export.probes import Probes
from neurolite_export.target import ProbeOutputs
from neurolite_export.targets import EVERY_PART, TARGETS
from neurolite_runtimes.cli import app
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import run
from texts import generated_texts

TEXTS = [text for text in generated_texts(120, seed=71) if len(text) <= EXPERTS.max_bytes]
PRODUCTS = 2  # of an expert
ALL = [(target, each) for target in EVERY_PART for each in TARGETS[target].precisions]


@pytest.mark.parametrize(("target", "precision"), ALL)
def test_a_whole_file_agrees(exported: Store, target: str, precision: str) -> None:
    report = measure(exported, target, "experts", precision, TEXTS[:60])
    assert report.rerouted == 0
    check(report, TOLERANCES[target, precision])
    contents = exported(target, "experts", precision).built.contents
    port = next(each for each in contents.outputs if each.name == EXPERT)
    assert port.dtype == "int32"
    if precision == "int8":
        assert contents.products.get("int8", 0) + contents.products.get("int8 weights", 0) == sum(
            contents.products.values()
        )
        # All weights of all experts take a byte each.
        weights = 6 * 2 * 48 * 32
        assert contents.weight_values["int8"] >= weights


@pytest.mark.parametrize(
    ("target", "precision"), [("onnx", "float32"), *((target, "int8") for target in EVERY_PART)]
)
def test_two_experts_a_text_agree(exported: Store, target: str, precision: str) -> None:
    """Two gatherings read one table: each has its own rows, and the table is rounded once."""
    report = measure(exported, target, "experts-two", precision, TEXTS[:60])
    assert report.rerouted == 0
    check(report, TOLERANCES[target, precision])
    if precision == "int8":
        contents = exported(target, "experts-two", precision).built.contents
        assert set(contents.products) <= {"int8", "int8 weights"}
        weights = 4 * 2 * 24 * 32
        assert weights <= contents.weight_values["int8"] < 2 * weights + 512 * 32 * 2


def test_other_experts_weights_change_nothing_in_a_file(exported: Store) -> None:
    """Those of an expert that no text of a batch chose are NaN, and the answers the same to the bit."""
    content = single_file(exported("onnx", "experts", "float32").built.content)
    packed = pack_texts(TEXTS[:40])
    before = _answers(content, packed)
    chosen = before[EXPERT]
    assert len(np.unique(chosen)) > 2
    for expert in np.unique(chosen):
        model = onnx.load_model_from_string(content)
        changed = 0
        for tensor in model.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if "experts.expert" not in tensor.name or values.shape[:1] != (6,):
                continue
            values = values.copy()
            values[np.arange(6) != expert] = np.nan
            tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
            changed += 1
        assert changed == 2 * PRODUCTS
        after = _answers(model.SerializeToString(), packed)
        mine = chosen == expert
        assert np.array_equal(after["logits"][mine], before["logits"][mine])
        assert np.isnan(after["logits"][~mine]).all()


def _answers(content: bytes, packed: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(names, {"bytes": packed}), strict=True))


def test_a_gathered_product_is_the_chosen_one() -> None:
    torch.manual_seed(0)
    product = ChosenProduct(5, 7, 4)
    with torch.no_grad():
        product.bias.normal_()
        product.weight[2] = 0.0  # no factor divides by it
    x, number = torch.randn(6, 7), torch.tensor([4, 2, 0, 1, 3, 4], dtype=torch.int32)
    gathered = GatheredProduct(product)
    expected = torch.stack(
        [x[n] @ product.weight[e].T + product.bias[e] for n, e in enumerate(number)]
    )
    torch.testing.assert_close(gathered(x, number), expected)
    assert float(gathered.table.abs().max()) == 1.0
    (rest,) = float_tables(torch.nn.Sequential(product))
    np.testing.assert_array_equal(rest, gathered.rest.numpy())


@pytest.mark.parametrize(("wrong", "verdict"), [(0, PASSED), (3, NOT_PROVEN), (40, REFUSED)])
def test_routing_has_a_gate_of_its_own(wrong: int, verdict: str) -> None:
    network = SOURCES["experts"]().network
    texts = [f"text {number}".encode() for number in range(1_000)]

    class Rerouted:
        runtime = "the reference, but for some texts' experts"
        left = wrong

        def run(self, packed: NDArray[np.uint8], state: object = None) -> ProbeOutputs:
            indices, _, *_ = network.model.featurize(None, torch.from_numpy(packed))
            found = network(input_bytes=torch.from_numpy(packed))
            _, words = network.model.hash(torch.from_numpy(packed))
            values = {name: value.detach().numpy().copy() for name, value in found.items()}
            here = min(self.left, len(packed))
            values[EXPERT][:here] = (values[EXPERT][:here] + 1) % 6
            self.left -= here
            return ProbeOutputs(indices.int().numpy(), words.int().numpy(), values)

    report = measure_parity(network, Rerouted(), Probes("test", tuple(texts)))
    assert report.rerouted == wrong
    contents = Contents(
        format_version="",
        inputs=(),
        outputs=(),
        weight_values={},
        products={"int8": 1},
        hash_types=(),
    )
    gates = check_gates("int8", report, contents)
    (routing,) = (gate for gate in gates if gate.gate == ROUTING)
    assert routing.verdict == verdict
    assert f"{1_000 - wrong:,} of 1,000 texts go to the same experts" in routing.found
    assert verdict_of(gates) == verdict


def test_the_certificate_says_where_texts_went(exported: Store) -> None:
    row = json.loads(json.dumps(row_of(exported("onnx", "experts", "int8").built)))
    assert row["parity"]["rerouted"] == 0
    assert any(gate["gate"] == ROUTING for gate in row["gates"])
    assert row["metadata"]["outputs"] == ["logits", "embedding", "expert"]
    assert exported("onnx", "one", "int8").built.parity.rerouted is None


def test_runtimes_and_the_command_give_the_experts(exported: Store) -> None:
    path = exported("onnx", "experts", "int8").path
    texts = ["book a table", "", "größe 東京"]
    with torch.no_grad():
        expected = SOURCES["experts"]().network(input_texts=texts)[EXPERT].tolist()
    found = run(open_artifact(path), texts).values[EXPERT]
    assert found.dtype == np.int32
    assert found.tolist() == expected
    done = CliRunner().invoke(app, [str(path), *texts])
    assert done.exit_code == 0, done.output
    assert [json.loads(line)["expert"] for line in done.stdout.splitlines()] == expected
