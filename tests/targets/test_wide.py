"""The wide path in every target: n-grams equal, sums equal to the bit, and answers as near as other models'."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray

from agreement import check, measure
from artifacts import SOURCES, WIDE, Store
from neurolite_bench.parity import TOLERANCES
from neurolite_core.artifact.package import Package, single_file
from neurolite_core.network.features import features_of
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.wide import WideTable
from neurolite_core.text.words import pack_texts
from neurolite_export.parity import measure_parity
from neurolite_export.probes import Probes
from neurolite_export.target import ProbeOutputs
from neurolite_export.targets import TARGETS
from neurolite_export.targets.onnx.wide_logits import WIDE_LOGITS
from texts import generated_texts

TEXTS = [text for text in generated_texts(120, seed=61) if len(text) <= WIDE.max_bytes]
ROWS = 501 * 6  # of the source "wide": numbers of its rows


def table_of(name: str) -> WideTable:
    network = SOURCES[name]().network
    assert isinstance(network, NeuroLiteForClassification)
    assert network.wide is not None
    return network.wide.table()


def expected_sums(texts: list[bytes]) -> NDArray[np.float32]:
    """Of the source "wide", in whole numbers."""
    table = table_of("wide")
    remap = np.concatenate([np.zeros(1, np.uint16), table.remap])
    ngrams = features_of(texts, WIDE)[2].flatten(1).numpy()
    sums: NDArray[np.float32] = table.rows.astype(np.int64)[remap[ngrams]].sum(axis=1, dtype=np.float32)  # fmt: skip
    return sums


# --- Whole files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "precision"),
    [(target, each) for target in TARGETS for each in TARGETS[target].precisions],
)
def test_a_whole_file_agrees(exported: Store, target: str, precision: str) -> None:
    report = measure(exported, target, "wide", precision, TEXTS[:60])
    check(report, TOLERANCES[target, precision])
    contents = exported(target, "wide", precision).built.contents
    assert contents.weight_values["int8"] >= ROWS


@pytest.mark.parametrize("precision", TARGETS["onnx"].precisions)
def test_several_labels_and_ngrams_across_words_agree(exported: Store, precision: str) -> None:
    report = measure(exported, "onnx", "wide-two", precision, generated_texts(150, seed=62))
    check(report, TOLERANCES["onnx", precision])


def test_ngrams_that_differ_are_counted() -> None:
    """What gates and certificate say of indices is said of n-grams as well."""
    network = SOURCES["wide"]().network
    texts = TEXTS[:20]

    class Changed:
        runtime = "the reference, but for one n-gram"

        def run(self, packed: NDArray[np.uint8], _: object = None) -> ProbeOutputs:
            some = [bytes(row).rstrip(b"\0") for row in packed]
            indices, _, ngrams = network.model.featurize(None, torch.from_numpy(packed))
            found = network(input_bytes=torch.from_numpy(packed))
            _, words = network.model.hash(torch.from_numpy(packed))
            changed = ngrams.numpy().copy()
            for row, text in enumerate(some):
                changed[row, 0, 0] += text == texts[3]
            return ProbeOutputs(
                indices.numpy(),
                words.numpy(),
                {name: value.numpy() for name, value in found.items()},
                changed,
            )

    with torch.no_grad():
        report = measure_parity(network, Changed(), Probes("changed", tuple(texts)))
    assert report.indices_different == 1
    assert report.indices > 20 * WIDE.num_hashes


# --- Sums inside -----------------------------------------------------------------------------------


def test_onnx_weighs_to_the_bit(exported: Store) -> None:
    model = onnx.load_model_from_string(single_file(exported("onnx", "wide", "int8").built.content))
    (node,) = (node for node in model.graph.node if node.op_type == WIDE_LOGITS)
    model.graph.output.append(onnx.ValueInfoProto(name=node.output[0]))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    (found,) = session.run([node.output[0]], {"bytes": pack_texts(TEXTS)})
    sums, scales = expected_sums(TEXTS), table_of("wide").scales
    length = np.sqrt(np.maximum(sums[:, -1:], np.float32(1)))
    expected = sums[:, :-1] * (scales[:-1] / np.sqrt(scales[-1:])) / length
    assert np.array_equal(found, expected)


def test_litert_sums_to_the_bit(exported: Store) -> None:
    pytest.importorskip("ai_edge_litert")
    from ai_edge_litert.interpreter import Interpreter

    from neurolite_export.targets.litert.model import Op, code_of, numbers, read_model, write_model

    model = read_model(single_file(exported("litert", "wide", "int8").built.content))
    (subgraph,) = model.subgraphs
    columns = len(table_of("wide").scales)
    (place,) = (
        int(operator.outputs[0])
        for operator in subgraph.operators
        if code_of(model, operator) == Op.SUM
        and numbers(subgraph.tensors[operator.outputs[0]].shape) == [1, columns]
    )
    subgraph.outputs = np.array([*numbers(subgraph.outputs), place], np.int32)
    interpreter = Interpreter(model_content=write_model(model), num_threads=1)
    interpreter.allocate_tensors()
    source = interpreter.get_input_details()[0]["index"]
    for text in TEXTS[:20]:
        interpreter.set_tensor(source, filled(text))
        interpreter.invoke()
        assert np.array_equal(interpreter.get_tensor(place), expected_sums([text]))


def test_coreml_sums_to_the_bit(exported: Store) -> None:
    pytest.importorskip("coremltools")
    from neurolite_runtimes.coreml_reference.evaluator import Evaluator
    from neurolite_runtimes.coreml_reference.model import read_model

    content = exported("coreml", "wide", "int8").built.content
    assert isinstance(content, Package)
    model = read_model(content)
    columns = len(table_of("wide").scales)
    evaluator = Evaluator(model)
    names = [item.outputs[0][0] for item in model.operations if item.type == "reduce_sum"]
    for text in TEXTS[:10]:
        values = evaluator.run({"bytes": filled(text).astype(np.int32)}, names)
        (found,) = (values[name] for name in names if values[name].shape == (1, columns))
        assert np.array_equal(found, expected_sums([text]))


def test_executorch_sums_to_the_bit() -> None:
    pytest.importorskip("executorch")
    TARGETS["executorch"].load()
    from neurolite_core.artifact.formats.pte_program import _library
    from neurolite_export.replacing import Lowering, with_replacements
    from neurolite_export.targets.executorch.lowering import lower
    from neurolite_export.targets.executorch.modules import REPLACEMENTS

    wide = SOURCES["wide"]().network.wide
    assert wide is not None
    given = torch.nn.Sequential(wide.sums)
    replaced: Any = with_replacements(given, REPLACEMENTS, Lowering(WIDE.max_words, "int8"))[0]
    ngrams = features_of(TEXTS, WIDE)[2].to(torch.int32)
    with torch.no_grad():
        program = torch.export.export(replaced.eval(), (ngrams[:1],))
    content = lower({"forward": program}, {})  # which must stay
    loaded = _library()._load_for_executorch_from_buffer(content)
    for row, expected in zip(ngrams, expected_sums(TEXTS), strict=True):
        assert np.array_equal(loaded.forward([row[None]])[0].numpy()[0], expected)


def filled(text: bytes) -> NDArray[np.uint8]:
    row = np.zeros((1, WIDE.max_bytes), np.uint8)
    row[0, : len(text)] = np.frombuffer(text, np.uint8)
    return row
