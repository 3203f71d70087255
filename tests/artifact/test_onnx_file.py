"""A .onnx from a stranger: what could read files, run without end or take the machine is not opened."""

from __future__ import annotations

import contextlib
import random
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from neurolite_core.artifact.formats.onnx_file import check_friendly, seal_of
from neurolite_core.artifact.formats.protobuf import fields, place_of
from neurolite_core.artifact.seal import SEAL_KEY, Seal
from neurolite_core.ground.errors import ArtifactError
from neurolite_runtimes import open_artifact, run

FLOAT = TensorProto.FLOAT


def model(
    *nodes: onnx.NodeProto,
    tensors: tuple[onnx.TensorProto, ...] = (),
    functions: tuple[onnx.FunctionProto, ...] = (),
) -> onnx.ModelProto:
    value = helper.make_tensor_value_info("x", FLOAT, ["N"])
    graph = helper.make_graph(list(nodes), "g", [value], [value], list(tensors))
    return helper.make_model(graph, functions=list(functions))


def tensor(values: object = (1.0, 2.0)) -> onnx.TensorProto:
    return numpy_helper.from_array(np.array(values, np.float32), "w")


def external() -> onnx.ModelProto:
    outside = tensor()
    outside.ClearField("raw_data")
    outside.data_location = TensorProto.EXTERNAL
    outside.external_data.add(key="location", value="/etc/passwd")
    return model(tensors=(outside,))


def external_in_a_node() -> onnx.ModelProto:
    outside = tensor()
    outside.data_location = TensorProto.EXTERNAL
    return model(helper.make_node("Constant", [], ["c"], value=outside))


def external_in_a_function() -> onnx.ModelProto:
    outside = tensor()
    outside.external_data.add(key="location", value="../x")
    node = helper.make_node("Constant", [], ["c"], value=outside)
    return model(functions=(function("F", node),))


def function(name: str, *nodes: onnx.NodeProto) -> onnx.FunctionProto:
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("d", 1)]
    return helper.make_function("d", name, ["x"], ["x"], list(nodes), imports)


def call(name: str) -> onnx.NodeProto:
    return helper.make_node(name, ["x"], ["x"], domain="d")


def recursive() -> onnx.ModelProto:
    return model(call("A"), functions=(function("A", call("B")), function("B", call("A"))))


def exploding() -> onnx.ModelProto:
    functions = [function(f"F{n}", call(f"F{n + 1}"), call(f"F{n + 1}")) for n in range(40)]
    return model(
        call("F0"), functions=(*functions, function("F40", helper.make_node("Abs", ["x"], ["x"])))
    )


def many_functions() -> onnx.ModelProto:
    return model(functions=tuple(function(f"F{n}") for n in range(300)))


def twice() -> onnx.ModelProto:
    return model(functions=(function("F"), function("F")))


def loop() -> onnx.ModelProto:
    body = helper.make_graph([], "body", [], [])
    return model(helper.make_node("Loop", ["x"], ["y"], body=body))


def large_tensor() -> onnx.ModelProto:
    wrong = tensor()
    wrong.dims[:] = [2**20, 2**20]
    return model(tensors=(wrong,))


def negative_tensor() -> onnx.ModelProto:
    wrong = tensor()
    wrong.dims[:] = [-2, -1]
    wrong.dims[0] = -2
    wrong.dims.append(2**62)
    return model(tensors=(wrong,))


def sparse() -> onnx.ModelProto:
    found = model()
    found.graph.sparse_initializer.add()
    found.graph.sparse_initializer[0].dims.append(5)
    return found


def training() -> onnx.ModelProto:
    found = model()
    found.training_info.add()
    found.training_info[0].SetInParent()
    found.training_info[0].algorithm.name = "t"
    return found


def shape(kind: str) -> Callable[[], onnx.ModelProto]:
    def build() -> onnx.ModelProto:
        size = numpy_helper.from_array(np.array([2**20, 2**13], np.int64), "s")
        constant = helper.make_node("Constant", [], ["s"], value=size)
        inputs = ["s"] if kind == "ConstantOfShape" else ["x", "s"]
        return model(constant, helper.make_node(kind, inputs, ["y"]))

    return build


def typed_shape() -> onnx.ModelProto:
    size = helper.make_tensor("s", TensorProto.INT64, [2], [2**20, 2**13])
    return model(helper.make_node("Expand", ["x", "s"], ["y"]), tensors=(size,))


HOSTILE: list[tuple[Callable[[], onnx.ModelProto], str]] = [
    (external, "values are in another file"),
    (external_in_a_node, "values are in another file"),
    (external_in_a_function, "values are in another file"),
    (recursive, "calls itself"),
    (exploding, "more than 100,000 operators"),
    (many_functions, "more than 256 functions"),
    (twice, "two functions 'F'"),
    (loop, "with a graph inside"),
    (large_tensor, r"1,099,511,627,776 values in 8 bytes"),
    (negative_tensor, "impossible shape"),
    (sparse, "sparse tensor"),
    (training, "graph for training"),
    (shape("ConstantOfShape"), "ConstantOfShape makes a tensor of 8,589,934,592"),
    (shape("Expand"), "Expand makes"),
    (shape("Tile"), "Tile makes"),
    (typed_shape, "Expand makes"),
]


@pytest.mark.parametrize(("build", "message"), HOSTILE)
def test_hostile_files_are_refused(build: Callable[[], onnx.ModelProto], message: str) -> None:
    with pytest.raises(ArtifactError, match=message):
        check_friendly(build().SerializeToString())


def test_what_harmless_models_have_is_taken() -> None:
    size = numpy_helper.from_array(np.array([2**10, 2**10], np.int64), "s")
    nodes = (
        helper.make_node("Constant", [], ["s"], value=size),
        helper.make_node("Expand", ["x", "s"], ["y"]),
        helper.make_node("Constant", [], ["e"], value=tensor([])),
        call("F"),
    )
    check_friendly(
        model(*nodes, tensors=(tensor(),), functions=(function("F"),)).SerializeToString()
    )
    kinds: list[tuple[int, Any]] = [
        (TensorProto.INT4, [1, -2, 3]),
        (TensorProto.FLOAT16, [1.0, 2.0]),
        (TensorProto.INT32, [1, 2]),
        (TensorProto.STRING, ["a", "b"]),
        (TensorProto.BOOL, [True]),
        (TensorProto.DOUBLE, [1.0]),
    ]
    for kind, values in kinds:
        found = helper.make_tensor("t", kind, [len(values)], values)
        check_friendly(model(tensors=(found,)).SerializeToString())


def test_one_walk_agrees_with_protobuf(tiny_int8: Path) -> None:
    content = tiny_int8.read_bytes()
    found = onnx.load_model_from_string(content)
    check_friendly(content)
    place = place_of(content, (14,), SEAL_KEY)
    assert place is not None
    props = {item.key: item.value for item in found.metadata_props}
    assert content[place.start : place.stop].decode() == props[SEAL_KEY]
    top = [number for number, *_ in fields(content, 0, len(content))]
    assert top.count(14) == len(found.metadata_props)
    assert top.count(25) == len(found.functions)
    assert seal_of(content) is Seal.WHOLE


def test_no_change_of_a_file_opens(tiny_int8: Path, tmp_path: Path) -> None:
    content, rng, path = tiny_int8.read_bytes(), random.Random(1), tmp_path / "model.onnx"
    for number in range(300):
        changed = bytearray(content)
        at = rng.randrange(len(changed))
        match number % 3:
            case 0:
                changed[at] ^= 1 << rng.randrange(8)
            case 1:
                del changed[at : at + rng.randrange(1, 9)]
            case 2:
                changed[at:at] = rng.randbytes(rng.randrange(1, 9))
        path.write_bytes(bytes(changed))
        with pytest.raises(ArtifactError):
            open_artifact(path)


def test_a_file_that_was_changed_on_purpose_opens_when_asked(
    tiny_int8: Path, tmp_path: Path
) -> None:
    changed = onnx.load(tiny_int8)
    changed.doc_string = "quantized by somebody"
    path = tmp_path / "changed.onnx"
    onnx.save(changed, path)
    with pytest.raises(ArtifactError, match="--unsealed"):
        open_artifact(path)
    session = open_artifact(path, unsealed=True)
    assert not session.sealed
    expected = run(open_artifact(tiny_int8), ["book a table"]).values["logits"]
    assert np.array_equal(run(session, ["book a table"]).values["logits"], expected)


def test_a_strangers_model_is_named_as_one(tmp_path: Path) -> None:
    path = tmp_path / "foreign.onnx"
    path.write_bytes(model().SerializeToString())
    with pytest.raises(ArtifactError, match="not exported by neurolite-export"):
        open_artifact(path)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    for read in (check_friendly, seal_of):
        with contextlib.suppress(ArtifactError):
            read(content)


def test_a_message_of_a_million_parts_takes_no_memory() -> None:
    with pytest.raises(ArtifactError, match="more than 1,048,576 entries"):
        check_friendly(struct.pack("<BB", 0x08, 1) * (2**20 + 2))
