"""A reference point as ONNX: the next words and the state in, logits of what follows and the next state out.

The matrix that says words is ``[D, V]``; a word is read as a column of it, so that it is in the file once.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from neurolite_bench.generation.neural.checkpoint import Peer, spelled
from neurolite_bench.generation.neural.shapes import LstmShape, TransformerShape
from neurolite_export.targets.onnx.body import Body

WORDS: Final = "words"
LOGITS: Final = "logits"
NEXT: Final = "next_"
SAID: Final = "said"
READ: Final = "read"
COLUMNS: Final = "columns"  # of the words that are read
SPARE: Final = (
    64  # words of a call at most, and words that a cache holds beyond those that are read
)
FLOAT32: Final = "float32"
INT8: Final = "int8"
_KEPT: Final = (
    *("parameters", "epochs", "seconds", "learned_entries", "device"),
    *("perplexity", "float32_perplexity"),
)
_NEVER: Final = -1e9
_EPSILON: Final = 1e-5
_END: Final = 2**31 - 1
_OPSET: Final = 17
_IR: Final = 9

Floats = NDArray[np.float32]


@dataclass(slots=True)
class Graph:
    """A graph as it is written.

    Attributes:
        body: its nodes.
        weights: by name.
        states: shape of each, None where it grows.
    """

    body: Body = field(default_factory=Body)
    weights: dict[str, Floats] = field(default_factory=dict)
    states: dict[str, tuple[int | None, ...]] = field(default_factory=dict)

    def weight(self, name: str, value: Floats) -> str:
        """Keeps a weight."""
        self.weights[name] = np.ascontiguousarray(value, np.float32)
        return name

    def linear(self, name: str, vector: str, tensors: Mapping[str, Floats]) -> str:
        """``x W^T + b`` of one of PyTorch's layers."""
        matrix = self.weight(f"{name}.weight", tensors[f"{name}.weight"].T)
        product = self.body.op("MatMul", vector, matrix)
        return self.body.op("Add", product, self.weight(f"{name}.bias", tensors[f"{name}.bias"]))

    def norm(self, name: str, vector: str, tensors: Mapping[str, Floats]) -> str:
        """A layer norm over the last axis."""
        own = [
            self.weight(f"{name}.{part}", tensors[f"{name}.{part}"]) for part in ("weight", "bias")
        ]
        return self.body.op("LayerNormalization", vector, *own, axis=-1)


def float_model(peer: Peer) -> onnx.ModelProto:
    """The float32 file."""
    graph = Graph()
    said = graph.weight(SAID, peer.tensors["said.weight"].T)
    vector = _WRITERS[type(peer.shape)](graph, peer)
    product = graph.body.op("MatMul", vector, said)
    bias = graph.weight("said.bias", peer.tensors["said.bias"])
    graph.body.op("Add", product, bias, output=LOGITS)
    inputs = [helper.make_tensor_value_info(WORDS, TensorProto.INT64, [None])]
    outputs = [helper.make_tensor_value_info(LOGITS, TensorProto.FLOAT, [1, peer.shape.entries])]
    for name, shape in graph.states.items():
        inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, shape))
        outputs.append(helper.make_tensor_value_info(NEXT + name, TensorProto.FLOAT, shape))
    weights = [numpy_helper.from_array(value, name) for name, value in graph.weights.items()]
    made = helper.make_graph(graph.body.nodes, "peer", inputs, outputs, weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR)
    window = peer.shape.window if isinstance(peer.shape, TransformerShape) else 0
    helper.set_model_props(
        model,
        {
            "name": peer.name,
            "kind": peer.kind,
            "precision": FLOAT32,
            "facts": json.dumps(_facts(peer)),
            "window": str(window),
            "labels": spelled(peer.labels),
        },
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def _facts(peer: Peer) -> dict[str, object]:
    """How it was fitted, for a row; perplexity is that of validation."""
    found = {name: peer.facts[name] for name in _KEPT if peer.facts.get(name) is not None}
    if "perplexity" in found:
        found["validation_perplexity"] = found.pop("perplexity")
    return found


def _lstm(graph: Graph, peer: Peer) -> str:
    shape, tensors, body = peer.shape, peer.tensors, graph.body
    assert isinstance(shape, LstmShape)  # noqa: S101  # by ``_WRITERS``
    if shape.read:
        words = _words(graph, graph.weight(READ, tensors["read.weight"].T))
    else:
        words = _tied(graph, shape.width)
    states = _states(graph, ("hidden", "cell"), (1, 1, shape.hidden))
    gates = [
        graph.weight(name, _in_order(tensors[name])[None]) for name in ("inputs", "states", "bias")
    ]
    body.nodes.append(
        helper.make_node(
            "LSTM",
            [body.op("Unsqueeze", words, body.int64(1)), *gates, "", *states],
            ["", *(NEXT + state for state in states)],
            hidden_size=shape.hidden,
        )
    )
    last = body.op("Reshape", NEXT + states[0], body.int64(1, shape.hidden))
    return graph.linear("narrow", last, tensors)


def _in_order(gates: Floats) -> Floats:
    """In, out, forget, new, as ONNX has them; of a bias the second one, of the states, is 0."""
    come, kept, new, out = np.split(gates, 4)
    found = np.concatenate([come, out, kept, new])
    return found if gates.ndim > 1 else np.concatenate([found, np.zeros_like(found)])


def _transformer(graph: Graph, peer: Peer) -> str:
    shape, tensors, body = peer.shape, peer.tensors, graph.body
    assert isinstance(shape, TransformerShape)  # noqa: S101  # by ``_WRITERS``
    same = shape.width == shape.hidden
    words = _tied(graph, shape.width)
    hidden = words if same else graph.linear("widen", words, tensors)
    for number in range(shape.layers):
        hidden = _Layer(graph, shape, tensors, number).write(hidden)
    last = body.op("Slice", hidden, body.int64(-1), body.int64(_END), body.int64(0))
    last = graph.norm("norm", last, tensors)
    return last if same else graph.linear("narrow", last, tensors)


@dataclass(frozen=True, slots=True)
class _Layer:
    """One layer of a transformer; T words are new, P are in the cache."""

    graph: Graph
    shape: TransformerShape
    tensors: Mapping[str, Floats]
    number: int

    def write(self, hidden: str) -> str:
        """float32 [T, H] -> [T, H]."""
        graph, body, tensors = self.graph, self.graph.body, self.tensors
        name, size = f"layers.{self.number}", self.shape.hidden // self.shape.heads
        asked = graph.linear(f"{name}.asked", graph.norm(f"{name}.first", hidden, tensors), tensors)
        heads = body.op("Reshape", asked, body.int64(-1, 3, self.shape.heads, size))
        heads = body.op("Transpose", heads, perm=[1, 2, 0, 3])
        query, key, value = body.split("Split", heads, outputs=3, axis=0)
        query, keys, values = self._one(query), self._all("keys", key), self._all("values", value)
        scaled = body.op("Mul", query, body.constant(size**-0.5, np.float32))
        logits = body.op("MatMul", scaled, body.op("Transpose", keys, perm=[0, 2, 1]))
        shares = body.op("Softmax", body.op("Add", logits, self._near(query, keys)), axis=-1)
        read = body.op("Transpose", body.op("MatMul", shares, values), perm=[1, 0, 2])
        read = body.op("Reshape", read, body.int64(-1, self.shape.hidden))
        hidden = body.op("Add", hidden, graph.linear(f"{name}.mixed", read, tensors))
        up = graph.linear(f"{name}.up", graph.norm(f"{name}.second", hidden, tensors), tensors)
        inner = self._gelu(up)
        return body.op("Add", hidden, graph.linear(f"{name}.down", inner, tensors))

    def _one(self, part: str) -> str:
        return self.graph.body.op("Squeeze", part, self.graph.body.int64(0))

    def _all(self, part: str, new: str) -> str:
        """The cache and what is new, float32 [heads, P + T, size]."""
        shape = (self.shape.heads, None, self.shape.hidden // self.shape.heads)
        (state,) = _states(self.graph, (f"{part}_{self.number}",), shape)
        return self.graph.body.op("Concat", state, self._one(new), axis=1, output=NEXT + state)

    def _near(self, query: str, keys: str) -> str:
        """A logit for each distance, float32 [heads, T, P + T].

        Behind those of the window are ``SPARE`` that nothing passes: words too far away, and from the end of the
        table, by a negative distance, words that come later.
        """
        body = self.graph.body
        distance = body.once("distance", lambda: _distance(self.graph, query, keys))
        never = np.full((self.shape.heads, SPARE), _NEVER, np.float32)
        name = f"layers.{self.number}.distances"
        table = np.concatenate([self.tensors[name], never], axis=1)
        return body.op("Gather", self.graph.weight(name, table), distance, axis=1)

    def _gelu(self, vector: str) -> str:
        body = self.graph.body
        folded = body.op("Div", vector, body.constant(math.sqrt(2.0), np.float32))
        folded = body.op("Add", body.op("Erf", folded), body.constant(1.0, np.float32))
        return body.op("Mul", body.op("Mul", vector, folded), body.constant(0.5, np.float32))


def _distance(graph: Graph, query: str, keys: str) -> str:
    """Of each new word to each that is there, int64 [T, P + T]; negative to those that come later."""
    body = graph.body
    count = body.op("Shape", keys, start=1, end=2)
    new = body.op("Shape", query, start=1, end=2)
    zero, one, scalar = (body.constant(value, np.int64) for value in (0, 1, [0]))
    places = body.op("Range", zero, body.op("Squeeze", count, scalar), one)
    own = body.op("Slice", places, body.op("Neg", new), body.int64(_END), scalar)
    return body.op("Sub", body.op("Unsqueeze", own, body.int64(1)), places)


def _tied(graph: Graph, width: int) -> str:
    """Columns of the matrix that says words, as numbers about one in size, float32 [T, D]."""
    return graph.body.op("Mul", _words(graph, SAID), graph.body.constant(width**0.5, np.float32))


def _words(graph: Graph, table: str) -> str:
    columns = graph.body.op("Gather", table, WORDS, axis=1, output=COLUMNS)
    return graph.body.op("Transpose", columns, perm=[1, 0])


def _states(graph: Graph, names: tuple[str, ...], shape: tuple[int | None, ...]) -> tuple[str, ...]:
    graph.states.update(dict.fromkeys(names, shape))
    return names


_WRITERS: Final[Mapping[type, Callable[[Graph, Peer], str]]] = {
    LstmShape: _lstm,
    TransformerShape: _transformer,
}
