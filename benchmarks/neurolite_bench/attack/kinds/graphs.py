"""ONNX graphs that read other files, run without end, take the memory, or give what is no answer; sealed anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import numpy as np

from neurolite_bench.attack.children import Child
from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.outcomes import Found
from neurolite_core.artifact.formats import onnx_file
from neurolite_core.artifact.seal import BLANK, SEAL_KEY
from neurolite_core.ground.extras import require

Model = Any  # onnx.ModelProto
Change = Callable[[Model], None]


def _onnx() -> Any:  # noqa: ANN401  # a module that may not be installed
    return require("onnx", extra="export")


def _node(kind: str, inputs: list[str], outputs: list[str], **attributes: Any) -> Any:  # noqa: ANN401
    return _onnx().helper.make_node(kind, inputs, outputs, **attributes)


def _tensor(values: Any, name: str) -> Any:  # noqa: ANN401
    return _onnx().numpy_helper.from_array(np.array(values), name)


def _external(location: str) -> Change:
    def change(model: Model) -> None:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = _onnx().TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value=location)

    return change


def _external_unmarked(model: Model) -> None:
    model.graph.initializer[0].external_data.add(key="location", value="/etc/passwd")


def _external_in_function(model: Model) -> None:
    tensor = _tensor([1.0], "t")
    tensor.data_location = _onnx().TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")
    model.functions[0].node.append(_node("Constant", [], ["unused"], value=tensor))


def _function(name: str, *calls: str) -> Any:  # noqa: ANN401
    helper = _onnx().helper
    nodes = [
        helper.make_node(call, ["x" if n == 0 else f"y{n - 1}"], [f"y{n}"], domain="d")
        for n, call in enumerate(calls)
    ]
    nodes.append(helper.make_node("Identity", [f"y{len(calls) - 1}" if calls else "x"], ["z"]))
    imports = [helper.make_opsetid("", 18), helper.make_opsetid("d", 1)]
    return helper.make_function("d", name, ["x"], ["z"], nodes, imports)


def _called(*functions: Any) -> Change:  # noqa: ANN401
    """The logits go through a call of the first function."""

    def change(model: Model) -> None:
        model.functions.extend(functions)
        model.opset_import.append(_onnx().helper.make_opsetid("d", 1))
        _behind(model, lambda x, y: [_node(functions[0].name, [x], [y], domain="d")])

    return change


def _recursive(model: Model) -> None:
    _called(_function("F", "F"))(model)


def _mutual(model: Model) -> None:
    _called(_function("F", "G"), _function("G", "F"))(model)


def _exploding(model: Model) -> None:
    chain = [_function(f"F{n}", f"F{n + 1}", f"F{n + 1}") for n in range(40)]
    _called(*chain, _function("F40"))(model)


def _many_functions(model: Model) -> None:
    _called(*(_function(f"F{n}") for n in range(400)))(model)


def _many_nodes(model: Model) -> None:
    model.graph.node.extend(_node("Identity", ["none"], [f"n{n}"]) for n in range(120_000))


def _graph_inside(kind: str) -> Change:
    def change(model: Model) -> None:
        onnx = _onnx()
        always = onnx.helper.make_tensor_value_info("c", onnx.TensorProto.BOOL, [])
        body = onnx.helper.make_graph([], "b", [], [always], [_tensor(True, "c")])
        names = {"Loop": ("body",), "Scan": ("body",), "If": ("then_branch", "else_branch")}[kind]
        model.graph.node.append(_node(kind, ["c"], ["l"], **dict.fromkeys(names, body)))

    return change


def _large(kind: str) -> Change:
    def change(model: Model) -> None:
        model.graph.initializer.append(_tensor(np.array([2**20, 2**13], np.int64), "large"))
        inputs = ["large"] if kind == "ConstantOfShape" else ["logits", "large"]
        model.graph.node.append(_node(kind, inputs, ["unused"]))

    return change


def _computed(model: Model) -> None:
    """A shape that no look at the file shows: 2^40 for each byte."""
    model.graph.initializer.append(_tensor(np.array([2**40], np.int64), "times"))
    model.graph.node.extend(
        [
            _node("Size", ["bytes"], ["bytes_size"]),
            _node("Mul", ["bytes_size", "times"], ["many"]),
            _node("ConstantOfShape", ["many"], ["room"]),
        ]
    )
    _behind(model, lambda x, y: [
        _node("ReduceSum", ["room"], ["sum"], keepdims=0), _node("Add", [x, "sum"], [y]),
    ])  # fmt: skip


def _sparse(model: Model) -> None:
    model.graph.sparse_initializer.add().dims.append(5)


def _training(model: Model) -> None:
    model.training_info.add().algorithm.name = "t"


def _false_size(model: Model) -> None:
    model.graph.initializer[0].dims[:] = [2**20, 2**20]


def _negative_size(model: Model) -> None:
    model.graph.initializer[0].dims[:] = [-1, -1]


def _behind(model: Model, nodes_of: Callable[[str, str], list[Any]], name: str = "logits") -> None:
    """Puts operators between what was an output and the output."""
    for node in model.graph.node:
        node.output[:] = [f"{name}_before" if item == name else item for item in node.output]
        node.input[:] = [f"{name}_before" if item == name else item for item in node.input]
    model.graph.node.extend(nodes_of(f"{name}_before", name))


def _free(model: Model, name: str, kind: int | None = None) -> None:
    """Takes an output's shape, and gives it another type."""
    for value in model.graph.output:
        if value.name == name:
            value.type.tensor_type.ClearField("shape")
            if kind is not None:
                value.type.tensor_type.elem_type = kind


def _times(value: float) -> Change:
    def change(model: Model) -> None:
        model.graph.initializer.append(_tensor(np.array(value, np.float32), "factor"))
        _behind(model, lambda x, y: [_node("Mul", [x, "factor"], [y])])

    return change


def _reshaped(name: str, *shape: int) -> Change:
    def change(model: Model) -> None:
        model.graph.initializer.append(_tensor(np.array(shape, np.int64), "shape"))
        _behind(model, lambda x, y: [_node("Reshape", [x, "shape"], [y])], name)
        _free(model, name)

    return change


def _cut(name: str, axis: int, end: int) -> Change:
    def change(model: Model) -> None:
        for part, value in (("s", 0), ("e", end), ("a", axis)):
            model.graph.initializer.append(_tensor(np.array([value], np.int64), part))
        _behind(model, lambda x, y: [_node("Slice", [x, "s", "e", "a"], [y])], name)
        _free(model, name)

    return change


def _cast(name: str, kind: str) -> Change:
    def change(model: Model) -> None:
        number = getattr(_onnx().TensorProto, kind)
        _behind(model, lambda x, y: [_node("Cast", [x], [y], to=number)], name)
        _free(model, name, number)

    return change


def _words(value: float, kind: Any) -> Change:  # noqa: ANN401  # of numpy
    def change(model: Model) -> None:
        onnx = _onnx()
        model.graph.initializer.append(_tensor(np.array(value, kind), "more"))
        number = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind))
        _behind(
            model,
            lambda x, y: [_node("Cast", [x], ["w"], to=number), _node("Add", ["w", "more"], [y])],
            "words",
        )
        _free(model, "words", number)

    return change


def _without(name: str) -> Change:
    def change(model: Model) -> None:
        left = [value for value in model.graph.output if value.name != name]
        model.graph.ClearField("output")
        model.graph.output.extend(left)

    return change


def _input_named(model: Model) -> None:
    model.graph.input[0].name = "others"


def _unknown_op(model: Model) -> None:
    model.graph.node.append(_node("Nothing", ["logits"], ["unused"], domain="x.y"))


def _future(model: Model) -> None:
    model.ir_version = 63


def _future_opset(model: Model) -> None:
    model.opset_import[0].version = 999


def _cycle(model: Model) -> None:
    model.graph.node.extend([_node("Abs", ["p"], ["q"]), _node("Abs", ["q"], ["p"])])


GRAPHS: Final[Mapping[str, Change]] = {
    **{f"a tensor in {place}": _external(place) for place in (
        "/etc/passwd", "../../../../etc/passwd", "x/../../y", "weights.bin", "*/_ORT_MEM_ADDR_/*", "/dev/zero", "",
    )},
    "a tensor in another file, not marked so": _external_unmarked,
    "a tensor in another file, in a function": _external_in_function,
    "a function that calls itself": _recursive,
    "functions that call each other": _mutual,
    "functions for 2^40 operators": _exploding,
    "400 functions": _many_functions,
    "120,000 operators": _many_nodes,
    **{f"a {kind}": _graph_inside(kind) for kind in ("Loop", "Scan", "If")},
    **{f"{kind} of 2^33 values": _large(kind) for kind in ("ConstantOfShape", "Expand", "Tile")},
    "a computed shape of 2^40 values a byte": _computed,
    "a sparse tensor": _sparse,
    "a graph for training": _training,
    "a tensor larger than its bytes": _false_size,
    "a tensor of negative size": _negative_size,
    "a cycle": _cycle,
    **{f"logits times {value}": _times(value) for value in (float("nan"), float("inf"), float("-inf"))},
    "logits of one text": _cut("logits", 0, 1),
    "logits of no label": _cut("logits", 1, 0),
    "logits of a label less": _cut("logits", 1, -1),
    "logits in a row": _reshaped("logits", -1),
    "logits in three dimensions": _reshaped("logits", 1, -1, 1),
    **{f"logits as {kind}": _cast("logits", kind) for kind in ("STRING", "DOUBLE", "FLOAT16", "INT32", "BOOL")},
    "words of one text": _cut("words", 0, 1),
    "words as texts": _cast("words", "STRING"),
    "2^40 words": _words(2.0**40, np.int64),
    "fewer than no words": _words(-(2.0**20), np.int64),
    "NaN words": _words(float("nan"), np.float32),
    "no logits": _without("logits"),
    "no words": _without("words"),
    "an input of another name": _input_named,
    "an unknown operator": _unknown_op,
    "a file format of the future": _future,
    "operators of the future": _future_opset,
}  # fmt: skip


def _sealed(model: Model) -> bytes:
    for item in model.metadata_props:
        if item.key == SEAL_KEY:
            item.value = BLANK
    return onnx_file.seal(model.SerializeToString())


def _run(job: Job) -> Iterator[Found]:
    path = job.material.artifact("onnx")
    content = path.read_bytes()
    opened = job.scratch / path.name
    opened.write_bytes(content)
    (job.scratch / "weights.bin").write_bytes(bytes(2**20))
    names = list(GRAPHS)
    with Child("artifact", opened) as child:
        for number in job.numbers(len(names)):
            model = _onnx().load_model_from_string(content)
            GRAPHS[names[number]](model)
            opened.write_bytes(_sealed(model))
            yield child.open(opened, names[number])


KIND: Final = Kind("hostile ONNX graphs, with a seal made anew", _run, targets=("onnx",))
