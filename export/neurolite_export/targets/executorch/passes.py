"""Edits of the edge graph before XNNPACK's partitioner sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from executorch.exir.dialects._ops import ops
from torch import fx
from torch.fx.passes.infra.pass_base import PassResult

_EDGE: Final = ops.edge.aten
_COPIES: Final = (ops.edge.dim_order_ops._clone_dim_order.default, _EDGE.alias_copy.default)
_CHANNELS_LAST: Final = "XNN_NHWC_NODE"


def remove_copies(module: fx.GraphModule) -> PassResult:
    """Drops copies of tensors as they are: every operation of the edge dialect makes its own result."""
    graph = module.graph
    for node in list(graph.nodes):
        if node.target in _COPIES:
            node.replace_all_uses_with(node.args[0])
            graph.erase_node(node)
    module.recompile()
    return PassResult(module, True)


def pool_means(module: fx.GraphModule) -> PassResult:
    """Means over the middle of three axes as XNNPACK's pooling, which reads (N, H, W, C) in memory.

    (L, K, E) in memory is (L, K, 1, E): the tensor is given out as the (L, E, K, 1) that torch would call
    it in channels-last order, and tagged as lying in memory in that order already, which is what
    XNNPACK's own passes do after a transpose that here would move nothing.
    """
    graph = module.graph
    for node in list(graph.nodes):
        if node.target is not _EDGE.mean.dim or list(node.args[1]) != [1]:
            continue
        source = node.args[0]
        if source.meta["val"].dim() != 3:
            continue
        first, middle, last = source.meta["val"].shape
        with graph.inserting_before(node):
            lying = _tagged(graph, _EDGE.view_copy.default, (source, [first, last, middle, 1]))
            lying.meta["val"] = source.meta["val"].reshape(first, last, middle, 1)
            pooled = _tagged(graph, _EDGE.mean.dim, (lying, [2, 3], True))
            pooled.meta["val"] = node.meta["val"].reshape(first, last, 1, 1)
            result = graph.call_function(
                _EDGE.view_copy.default, (pooled, list(node.meta["val"].shape))
            )
            result.meta["val"] = node.meta["val"]
        node.replace_all_uses_with(result)
        graph.erase_node(node)
    module.recompile()
    return PassResult(module, True)


def _tagged(
    graph: fx.Graph, target: Callable[..., object], arguments: tuple[fx.node.Argument, ...]
) -> fx.Node:
    node = graph.call_function(target, arguments)
    node.meta[_CHANNELS_LAST] = True
    return node
