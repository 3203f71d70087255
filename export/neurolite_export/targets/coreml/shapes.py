"""Makes the shapes of a captured graph plain, so that little of them is left to compute at run time.

torch.export writes sizes as arithmetic on the input's length. There are only as many lengths as
buckets, so each size is known by its value in every bucket: a size that is the same in all becomes a
number, a slice up to a fixed distance from the end counts from there, an equal part of an axis is
taken by its number, and a reshape infers its one free size. What is left is a division of the length
and a sum, or the minimum that limits the words.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Final

import sympy
import torch
from torch.fx import Graph, Node
from torch.fx.node import map_arg

from neurolite_core.artifact.buckets import BLOCK, Bucket

_TO_THE_END: Final = 2**31 - 1  # coremltools' mark for it
_ATEN: Final = torch.ops.aten
_VIEWS: Final = (_ATEN.view.default, _ATEN.reshape.default, _ATEN._unsafe_view.default)
_SIZES: Final = (torch.SymInt, torch.SymFloat)

Number = int | float


def size_quotient(x: int, y: int) -> int:
    """Floor division of sizes, under a name that the converter has a lowering for."""
    return x // y


def size_minimum(x: int, y: int) -> int:
    """The smaller size."""
    return min(x, y)


def size_maximum(x: int, y: int) -> int:
    """The larger size."""
    return max(x, y)


def size_as_float(x: int) -> float:
    """A size for float arithmetic."""
    return float(x)


_NAMED: Final[dict[Callable[..., Any], Callable[..., Any]]] = {
    operator.floordiv: size_quotient,
    torch.sym_min: size_minimum,
    torch.sym_max: size_maximum,
    torch.sym_float: size_as_float,
}


def plain_shapes(program: torch.export.ExportedProgram, buckets: tuple[Bucket, ...]) -> None:
    """Rewrites a program captured for these buckets, in place."""
    graph = program.graph
    lengths = tuple(bucket.num_bytes for bucket in buckets)
    for node in _calls(graph):
        if _is_size(node):
            values = _values(node, lengths)
            if len(set(values)) == 1:
                _replace(node, values[0])
        elif node.target is _ATEN.alias.default:
            _replace(node, node.args[0])
        elif node.target is _ATEN.slice.Tensor:
            _plain_slice(node, lengths)
        elif node.target is _ATEN.pad.default:
            _pad_and_cut(node, lengths)
        elif node.target in _VIEWS:
            _infer_one_size(node, lengths)
    graph.eliminate_dead_code()
    _from_the_length(graph, lengths)
    graph.eliminate_dead_code()
    _refuse_empty(graph, lengths)
    graph.lint()


def _calls(graph: Graph) -> list[Node]:
    return [node for node in graph.nodes if node.op == "call_function"]


def _is_size(node: Node) -> bool:
    return isinstance(node.meta.get("val"), (*_SIZES, int, float))


def _values(size: Any, lengths: tuple[int, ...]) -> tuple[Number, ...]:  # noqa: ANN401
    """A size, of a node or by itself, in every bucket."""
    if isinstance(size, Node):
        size = size.meta["val"]
    if not isinstance(size, _SIZES):
        return (size,) * len(lengths)
    kind = float if isinstance(size, torch.SymFloat) else int
    expression = size.node.expr
    # The only free symbol is the number of blocks.
    blocks = [sympy.Integer(length // BLOCK) for length in lengths]
    return tuple(
        kind(expression.xreplace(dict.fromkeys(expression.free_symbols, block))) for block in blocks
    )


def _replace(node: Node, new: Any) -> None:  # noqa: ANN401
    """Puts a node or a number in place of a node, wherever it is used."""
    for user in list(node.users):
        user.args = map_arg(user.args, lambda item: new if item is node else item)
        user.kwargs = map_arg(user.kwargs, lambda item: new if item is node else item)


def _plain_slice(node: Node, lengths: tuple[int, ...]) -> None:
    arguments: list[Any] = [*node.args, *(None, 0, 0, None)[len(node.args) :]]
    source, axis, begin, end, *step = arguments
    if end is None or (isinstance(end, int) and end > _TO_THE_END):
        end = _TO_THE_END
    shape = source.meta["val"].shape
    sizes = _values(shape[axis], lengths)
    begins, ends = _values(begin or 0, lengths), sizes
    if end != _TO_THE_END:
        ends = _values(end, lengths)
    part = _equal_part(sizes, begins, ends) if len(set(ends)) > 1 else None
    if part is not None and axis % len(shape) == len(shape) - 1:
        _take_part(node, source, *part, lengths)
        return
    begin, end = (
        _from_the_end(place, sizes, lengths) if isinstance(place, Node) else place
        for place in (begin, end)
    )
    node.args = (source, axis, begin, end, *step)


def _from_the_end(place: Node, sizes: tuple[Number, ...], lengths: tuple[int, ...]) -> Node | int:
    values = _values(place, lengths)
    distances = {int(value - size) for value, size in zip(values, sizes, strict=True)}
    if len(distances) > 1:
        return place
    (distance,) = distances
    return distance if distance < 0 else _TO_THE_END


def _equal_part(
    sizes: tuple[Number, ...], begins: tuple[Number, ...], ends: tuple[Number, ...]
) -> tuple[int, int] | None:
    """Number of parts and which one, where a slice is one of several parts of the same size."""
    found = {
        (Fraction(size, last - first), Fraction(first, last - first))  # type: ignore[arg-type]
        for size, first, last in zip(sizes, begins, ends, strict=True)
    }
    if len(found) != 1:
        return None
    ((parts, which),) = found
    whole = parts.denominator == which.denominator == 1 and parts > 1
    return (int(parts), int(which)) if whole else None


def _take_part(node: Node, source: Node, parts: int, which: int, lengths: tuple[int, ...]) -> None:
    graph, value = node.graph, source.meta["val"]
    shape = [_values(size, lengths)[0] for size in value.shape[:-1]]
    with graph.inserting_before(node):
        rows = graph.call_function(_ATEN.view.default, (source, [*shape, parts, -1]))
        part = graph.call_function(_ATEN.select.int, (rows, len(shape), which))
    for new in (rows, part):
        new.meta.update(node.meta)
    node.replace_all_uses_with(part)


def _is_empty(node: Node, lengths: tuple[int, ...]) -> bool:
    """Whether a tensor has no elements in some bucket, which no tensor of Core ML may."""
    value = node.meta.get("val")
    sizes = value.shape if isinstance(value, torch.Tensor) else ()
    return any(0 in _values(size, lengths) for size in sizes)


def _refuse_empty(graph: Graph, lengths: tuple[int, ...]) -> None:
    for node in _calls(graph):
        if _is_empty(node, lengths):
            raise NotImplementedError(
                f"{node} is empty in some bucket; Core ML has no empty tensors"
            )


def _pad_and_cut(node: Node, lengths: tuple[int, ...]) -> None:
    """Core ML pads by constants only: as much as any bucket needs at the end, and the rest is cut off."""
    source, amounts, *_ = node.args
    before, after = amounts[:2] if isinstance(amounts, list | tuple) else (0, 0)
    if not isinstance(after, Node):
        return
    if before or len(amounts) != 2 or len(node.args) > 2:  # type: ignore[arg-type]
        raise NotImplementedError(
            f"{node} pads by {amounts}; only the end of the last axis may vary"
        )
    shape = node.meta["val"].shape
    sizes = _values(shape[-1], lengths)
    end: Any = sizes[0]
    if len(set(sizes)) > 1:
        known = (item for item in _calls(node.graph) if isinstance(item.meta.get("val"), _SIZES))
        end = next(item for item in known if _values(item, lengths) == sizes)
    graph = node.graph
    with graph.inserting_before(node):
        most = int(max(_values(after, lengths)))
        padded = graph.call_function(_ATEN.pad.default, (source, [0, most]))
        cut = graph.call_function(_ATEN.slice.Tensor, (padded, len(shape) - 1, 0, end))
    for new in (padded, cut):
        new.meta.update(node.meta)
    node.replace_all_uses_with(cut)


def _infer_one_size(node: Node, lengths: tuple[int, ...]) -> None:
    sizes = [_values(size, lengths) for size in node.meta["val"].shape]
    free = [place for place, values in enumerate(sizes) if len(set(values)) > 1]
    if len(free) <= 1:
        node.update_arg(
            1, [-1 if place in free else sizes[place][0] for place in range(len(sizes))]
        )


def _from_the_length(graph: Graph, lengths: tuple[int, ...]) -> None:
    """Computes each size that grows evenly from the length itself, once; names what is left."""
    length = None
    made: dict[tuple[Number, ...], Node] = {}
    for node in _calls(graph):
        if not isinstance(node.meta.get("val"), _SIZES):
            continue
        values = _values(node, lengths)
        if length is None and values == lengths:
            length = node
            continue
        even = _even_growth(values, lengths) if length is not None else None
        if even is None:
            node.target = _NAMED.get(node.target, node.target)  # type: ignore[arg-type]
            continue
        as_float = isinstance(node.meta["val"], torch.SymFloat)
        key = (*values, as_float)
        if key not in made:
            made[key] = _grown(node, length, *even, as_float=as_float)
        node.replace_all_uses_with(made[key])


def _even_growth(values: tuple[Number, ...], lengths: tuple[int, ...]) -> tuple[int, int] | None:
    """The divisor and the sum that give these values from the lengths, if there are such."""
    growth = Fraction(values[-1] - values[0]) / (lengths[-1] - lengths[0])
    if growth <= 0 or growth.numerator != 1:
        return None
    more = Fraction(values[0]) - lengths[0] * growth
    fits = all(value == size * growth + more for value, size in zip(values, lengths, strict=True))
    return (growth.denominator, int(more)) if fits and more.denominator == 1 else None


def _grown(node: Node, length: Any, divisor: int, more: int, *, as_float: bool) -> Node:  # noqa: ANN401
    graph, size = node.graph, length
    with graph.inserting_before(node):
        if divisor != 1:
            size = graph.call_function(size_quotient, (size, divisor))
            size.meta.update(node.meta)
        if more:
            size = graph.call_function(operator.add, (size, more))
            size.meta.update(node.meta)
        if as_float:
            size = graph.call_function(size_as_float, (size,))
            size.meta.update(node.meta)
    made: Node = size
    return made
