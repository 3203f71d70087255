"""What is in a .tflite: one signature a bucket, one table for all, int8 where it counts."""

from __future__ import annotations

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from artifacts import SOURCES, Store
from neurolite_core.artifact.buckets import buckets_of
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.formats.tflite import signature_name
from neurolite_core.artifact.package import single_file
from neurolite_core.ground.errors import ArtifactError, NeuroLiteError
from neurolite_core.hashing.words import hash_words
from neurolite_core.text.words import pack_texts
from neurolite_export.exporting import Exported
from neurolite_export.targets import TARGETS
from neurolite_export.targets.litert.convert import _CONVERTED, convert
from neurolite_export.targets.litert.model import (
    Op,
    code_of,
    constant_of,
    read_model,
    write_model,
)
from neurolite_export.targets.litert.probe import LiteRtProbe
from neurolite_export.targets.litert.quantize import products_of
from texts import generated_texts

SIZE_LIMITS = {"float32": 4_500_000, "int8": 1_400_000}


@pytest.fixture(scope="module", params=SIZE_LIMITS)
def tiny(exported: Store, request: pytest.FixtureRequest) -> Exported:
    return exported("litert", "tiny", request.param)


def content_of(exported: Exported) -> bytes:
    return single_file(exported.built.content)


def test_a_signature_for_each_bucket_and_one_table_for_all(tiny: Exported) -> None:
    content, metadata = content_of(tiny), tiny.built.metadata
    assert len(content) <= SIZE_LIMITS[metadata.precision]
    model = read_model(content)
    names = [signature.signatureKey.decode() for signature in model.signatureDefs]
    assert names == [signature_name(bucket) for bucket in metadata.buckets]
    for signature in model.signatureDefs:
        assert [port.name for port in signature.inputs] == [b"bytes"]
        assert [port.name for port in signature.outputs] == [b"logits", b"embedding", b"words"]
    sizes = [0 if buffer.data is None else len(buffer.data) for buffer in model.buffers]
    table = metadata.table_size * 96 * (1 if metadata.precision == "int8" else 4)
    assert sizes.count(table) == 1
    constants = [bytes(buffer.data) for buffer in model.buffers if buffer.data is not None]
    assert len(set(constants)) == len(constants)
    assert all(content.find(data) % 16 == 0 for data in constants if len(data) > 10_000)


def test_only_gathered_rows_of_the_int8_table_become_float(exported: Store) -> None:
    model = read_model(content_of(exported("litert", "tiny", "int8")))
    for subgraph in model.subgraphs:
        gathered = [
            operator for operator in subgraph.operators if code_of(model, operator) == Op.GATHER
        ]
        (gather,) = gathered
        table = constant_of(model, subgraph.tensors[gather.inputs[0]])
        assert table is not None
        assert table.dtype == np.int8
        converted = [
            constant_of(model, subgraph.tensors[operator.inputs[0]])
            for operator in subgraph.operators
            if code_of(model, operator) == Op.DEQUANTIZE
        ]
        assert converted == [None] * len(converted)


def test_int8_products_have_a_bias(exported: Store) -> None:
    """Without one, tflite-runtime 2.14 ends the process on 32-bit ARM."""
    model = read_model(content_of(exported("litert", "tiny", "int8")))
    for subgraph in model.subgraphs:
        for product in products_of(model, subgraph):
            bias = constant_of(model, subgraph.tensors[product.inputs[2]])
            assert bias is not None
            assert bias.dtype == np.int32


def test_contents_and_delegation(tiny: Exported) -> None:
    contents, precision = tiny.built.contents, tiny.built.metadata.precision
    assert contents.products == {precision: 10}
    assert contents.hash_types == ("float32", "int32")
    assert contents.weight_values[precision] >= 0.99 * tiny.built.metadata.parameters
    delegation = contents.delegation
    assert delegation is not None
    assert delegation.backend == "XNNPACK"
    assert delegation.share > 0.9
    assert not {"FULLY_CONNECTED", "BATCH_MATMUL", "MUL", "SUM"} & set(delegation.left)
    assert delegation.delegated + sum(delegation.left.values()) == delegation.total


def test_hash_is_exact_without_xnnpack_too(tiny: Exported) -> None:
    """The interpreter's own kernels share memory between an operator's input and output."""
    metadata = tiny.built.metadata
    texts = [*generated_texts(400, seed=3), b"word " * 300, b"", b"a " * 100]
    found, expected = (
        LiteRtProbe(read_model(content_of(tiny)), metadata, resolver).run(pack_texts(texts))
        for resolver in (OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES, OpResolverType.AUTO)
    )
    words = hash_words(texts, num_hashes=metadata.num_hashes, table_size=metadata.table_size)
    assert np.array_equal(found.indices, words.padded(metadata.max_words)[0])
    assert np.array_equal(found.words, words.counts)
    allowed = {"float32": 1e-5, "int8": 0.2}[metadata.precision]
    assert np.abs(found.values["logits"] - expected.values["logits"]).max() < allowed


def test_answers_do_not_depend_on_the_bucket(tiny: Exported) -> None:
    interpreter = Interpreter(model_content=content_of(tiny), num_threads=1)
    interpreter.allocate_tensors()
    buckets = tiny.built.metadata.buckets
    texts = [text for text in generated_texts(300, seed=5) if len(text) <= buckets[0].num_bytes]
    for text in texts:
        answers = []
        for bucket in buckets:
            row = np.zeros((1, bucket.num_bytes), np.uint8)
            row[0, : len(text)] = np.frombuffer(text, np.uint8)
            answers.append(interpreter.get_signature_runner(signature_name(bucket))(bytes=row))
        if answers[0]["words"][0] > buckets[0].num_words:
            continue
        for answer in answers[1:]:
            assert answer["words"] == answers[0]["words"]
            assert np.abs(answer["logits"] - answers[0]["logits"]).max() < 1e-5


def test_the_converter_gives_equal_bytes_again() -> None:
    network, buckets = SOURCES["one"]().network, buckets_of(64, 16)
    first = convert(network, buckets, ("logits", "embedding"))
    _CONVERTED.clear()
    assert convert(network, buckets, ("logits", "embedding")) == first


def test_int8_refuses_a_product_that_it_would_not_cover(exported: Store) -> None:
    model = read_model(content_of(exported("litert", "tiny", "float32")))
    subgraph = model.subgraphs[0]
    product = products_of(model, subgraph)[3]
    subgraph.tensors[product.inputs[1]].buffer = 0
    with pytest.raises(NeuroLiteError, match="int8 does not cover"):
        products_of(model, subgraph)


def test_damaged_and_foreign_files(exported: Store) -> None:
    target = TARGETS["litert"].load()
    content = content_of(exported("litert", "tiny", "int8"))
    model = read_model(content)
    model.metadata = []
    assert target.metadata(write_model(model)) is None
    for wrong in (content[:-1], content + b"\0", content[:1000]):
        with pytest.raises(ArtifactError, match="damaged, or changed"):
            require_whole(wrong, "litert", "model.tflite")
    for wrong in (content[:1000], b"\x1c\0\0\0TFL3", write_model(model)):
        with pytest.raises(ArtifactError):
            target.open(wrong)
        with pytest.raises(ArtifactError):
            target.inspect(wrong)
