"""Places that modules hold in a captured network until their op is written, found by marks that nothing folds away."""

from __future__ import annotations

import itertools
from typing import Final

import onnx
import torch
from onnx import helper
from torch import Tensor

from neurolite_export.targets.onnx.hash_function import DOMAIN, DOMAIN_VERSION

_FIRST: Final = 4_194_305  # float32 has all that follow up to 2^24, and no network has one
_NUMBERS: Final = itertools.count()


def new_mark() -> Tensor:
    """A number that no other mark is, float32 [1]: of two that are equal the exporter would keep one."""
    return torch.full((1,), float(_FIRST + next(_NUMBERS) % _FIRST))


def behind_mark(graph: onnx.GraphProto, mark: str) -> str:
    """Name of the tensor that is multiplied with the initializer of this name."""
    found = next(node for node in graph.node if mark in node.input)
    name: str = next(name for name in found.input if name != mark)
    return name


def put_node(
    graph: onnx.GraphProto, kind: str, inputs: list[str], outputs: list[str], **attributes: int
) -> None:
    """Puts an op of our domain in place of the nodes that gave these outputs."""
    held = [node for node in graph.node if node.output[0] in outputs]
    place = max(list(graph.node).index(node) for node in held)
    node = helper.make_node(kind, inputs, outputs, outputs[0], domain=DOMAIN)
    node.attribute.extend(helper.make_attribute(name, attributes[name]) for name in attributes)
    graph.node.insert(place + 1, node)
    for old in held:
        graph.node.remove(old)


def add_function(model: onnx.ModelProto, function: onnx.FunctionProto) -> None:
    """Adds an op's definition, once."""
    if all(function.name != own.name for own in model.functions):
        model.functions.append(function)
    if all(item.domain != DOMAIN for item in model.opset_import):
        model.opset_import.append(helper.make_opsetid(DOMAIN, DOMAIN_VERSION))
