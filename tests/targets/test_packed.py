"""Packed tables and bags of words in every target: sums equal to the bit, and answers as near as other models'."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from agreement import check, measure
from artifacts import PACKED, SOURCES, Store, source_of
from neurolite_bench.parity import TOLERANCES
from neurolite_core.artifact.package import Content, Package, single_file
from neurolite_core.network.features import features_of
from neurolite_core.network.projection import PackedProjection
from neurolite_core.text.words import pack_texts
from neurolite_export.exporting import metadata_of
from neurolite_export.fixed_shape import Hashed
from neurolite_export.probes import Probes
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_export.targets.onnx.packed_row_sum import PACKED_ROW_SUM
from texts import generated_texts

NUMBERS = PACKED.table_size * PACKED.projection_size
PARTS = [(target, each) for target in ("litert", "executorch", "coreml", "coreai") for each in TARGETS[target].precisions]  # fmt: skip


# --- Whole files -----------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", TARGETS["onnx"].precisions)
def test_a_whole_file_agrees_and_sums_to_the_bit(exported: Store, precision: str) -> None:
    texts = generated_texts(300, seed=11)
    report = measure(exported, "onnx", "packed", precision, texts)
    check(report, TOLERANCES["onnx", precision])
    built = exported("onnx", "packed", precision).built
    contents = built.contents
    assert contents.weight_values["int4"] == NUMBERS
    assert contents.weight_values["uint8"] == PACKED.table_size
    assert set(contents.products) == {precision}
    assert built.metadata.embedding_size == PACKED.projection_size
    content = single_file(built.content)
    model = onnx.load_model_from_string(content)
    (packed,) = (node for node in model.graph.node if node.op_type == PACKED_ROW_SUM)
    model.graph.output.append(onnx.ValueInfoProto(name=packed.output[0]))
    session = onnxruntime.InferenceSession(model.SerializeToString())
    short = [text for text in texts if len(text) <= PACKED.max_bytes]
    found = session.run([packed.output[0]], {"bytes": pack_texts(short)})[0]
    network = SOURCES["packed"]().network
    indices, _ = features_of(short, PACKED)
    assert np.array_equal(found, sums_of(network.model.projection, indices))


def test_an_encoder_with_a_bag_and_a_plain_table_agrees(exported: Store) -> None:
    report = measure(exported, "onnx", "bag", "int8", generated_texts(300, seed=12))
    check(report, TOLERANCES["onnx", "int8"])
    contents = exported("onnx", "bag", "int8").built.contents
    assert contents.products == {"int8": 6}
    assert "int4" not in contents.weight_values


def sums_of(projection: nn.Module, indices: Tensor) -> NDArray[np.float32]:
    with torch.no_grad():
        found: NDArray[np.float32] = projection(indices, torch.ones(*indices.shape[:2], 1)).numpy()
    return found


# --- What is behind the hash, whose graph is most of a file and takes most of the time to lower ------


class BytesAsWords(nn.Module):
    """Four bytes are a word, and its indices are sums of them; the hash's place in files of these tests."""

    def read_clusters(self, input_bytes: Tensor) -> Tensor:
        """The bytes (1, T) themselves."""
        return input_bytes

    def forward(self, input_bytes: Tensor, slots: int) -> Hashed:
        """bytes (1, T) -> indices int32 (1, L, K), words float32 (1)."""
        four = input_bytes.to(torch.float32).reshape(1, slots, 4)
        indices = torch.cat([four, 256.0 + four], dim=-1).to(torch.int32)
        return Hashed(indices, four.clamp(0.0, 1.0)[:, :, 0].sum(dim=1), (), {})


@pytest.fixture
def no_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("fixed_shape", "targets.coreml.network"):
        name = f"neurolite_export.{module}.TextHash"
        monkeypatch.setattr(name, lambda _: BytesAsWords())


@cache
def source() -> Source:
    """Not the one above: conversions are kept by weights."""
    return source_of(PACKED, "parts", 3)


def texts_of_words(number: int) -> NDArray[np.uint8]:
    """Each word's first byte is not 0, and words stand at the front."""
    random = np.random.default_rng(7)
    packed = random.integers(1, 256, (number, PACKED.max_bytes)).astype(np.uint8)
    for row, words in zip(packed, random.integers(0, PACKED.max_words + 1, number), strict=True):
        row[4 * words :] = 0
    return packed


@pytest.mark.parametrize(("target", "precision"), PARTS)
def test_parts_behind_the_hash_agree(target: str, precision: str, no_hash: None) -> None:
    made = TARGETS[target].load()
    metadata = metadata_of(source(), made, precision)
    calibration = Probes("random", tuple(bytes(row) for row in texts_of_words(64)))
    content = made.build(ExportJob(source().network, metadata, calibration))
    contents = made.inspect(content)
    assert contents.weight_values["int4"] == NUMBERS
    (kind,) = contents.products
    assert kind.removesuffix(" weights") == precision
    packed = texts_of_words(60)
    found = made.open(content).run(packed)
    tolerance = TOLERANCES[target, precision]
    with torch.no_grad():
        indices = torch.from_numpy(found.indices)
        expected = source().network.network(indices, torch.from_numpy(found.words))
    for name in ("logits", "embedding"):
        error = np.abs(found.values[name] - expected[name].numpy())
        assert error.max() <= tolerance.max_abs_error, tolerance.reason
    best = expected["logits"].numpy().argmax(axis=1)
    assert (found.values["logits"].argmax(axis=1) == best).mean() >= 0.95
    if target in INNER:
        sums = sums_of(source().network.model.projection, indices[:1])
        assert np.array_equal(INNER[target](content, packed[:1]), sums)


def is_unit(values: object) -> bool:
    """Whether a constant is the one that whole sums are multiplied by."""
    projection = source().network.model.projection
    assert isinstance(projection, PackedProjection)
    return isinstance(values, np.ndarray) and np.array_equal(values, projection.unit.numpy())


def litert_sums(content: Content, packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a file's own graph computes as the product with the unit, with XNNPACK and without."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    from neurolite_export.targets.litert.model import (
        Op,
        code_of,
        constant_of,
        numbers,
        read_model,
        write_model,
    )

    model = read_model(single_file(content))
    (subgraph,) = model.subgraphs
    (place,) = (
        int(operator.outputs[0])
        for operator in subgraph.operators
        if code_of(model, operator) == Op.MUL
        and any(
            is_unit(constant_of(model, subgraph.tensors[number]))
            for number in numbers(operator.inputs)
        )
    )
    subgraph.outputs = np.array([*numbers(subgraph.outputs), place], np.int32)
    found: list[NDArray[np.float32]] = []
    for resolver in (OpResolverType.AUTO, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES):
        interpreter = Interpreter(
            model_content=write_model(model),
            num_threads=1,
            experimental_op_resolver_type=resolver,
        )
        interpreter.allocate_tensors()
        interpreter.set_tensor(interpreter.get_input_details()[0]["index"], packed)
        interpreter.invoke()
        found.append(interpreter.get_tensor(place))
    one, other = found
    assert np.array_equal(one, other)
    return one


def coreml_sums(content: Content, packed: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The same of a package."""
    from neurolite_runtimes.coreml_reference.evaluator import Evaluator
    from neurolite_runtimes.coreml_reference.model import Name, read_model

    assert isinstance(content, Package)
    model = read_model(content)
    units = {
        item.outputs[0][0]
        for item in model.operations
        if item.type == "const" and is_unit(item.inputs["val"])
    }
    (name,) = (
        item.outputs[0][0]
        for item in model.operations
        if item.type == "mul" and any(isinstance(v, Name) and v.name in units for v in item.inputs.values())
    )  # fmt: skip
    found: NDArray[np.float32] = Evaluator(model).run({"bytes": packed.astype(np.int32)}, [name])[
        name
    ]
    return found


INNER: dict[str, Any] = {"litert": litert_sums, "coreml": coreml_sums}


@pytest.mark.parametrize("num_hashes", [8, 12])
def test_executorch_sums_to_the_bit(num_hashes: int) -> None:
    """XNNPACK has a mean and no sum: exact for powers of two only, so others are a product."""
    TARGETS["executorch"].load()
    from executorch.extension.pybindings import portable_lib

    from neurolite_export.targets.executorch.lowering import lower
    from neurolite_export.targets.executorch.modules import REPLACEMENTS

    projection = source().network.model.projection
    replaced = with_replacements(
        nn.Sequential(projection), REPLACEMENTS, Lowering(PACKED.max_words, "float32")
    )[0]
    random = torch.Generator().manual_seed(0)
    shape = (1, PACKED.max_words, num_hashes)
    indices = torch.randint(0, PACKED.table_size, shape, generator=random, dtype=torch.int32)
    mask = torch.ones(1, PACKED.max_words, 1)
    with torch.no_grad():
        content = lower({"forward": torch.export.export(replaced.eval(), (indices, mask))}, {})
    found = portable_lib._load_for_executorch_from_buffer(content).forward([indices, mask])[0]
    assert np.array_equal(found.numpy(), sums_of(projection, indices))
