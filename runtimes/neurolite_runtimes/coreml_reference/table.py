"""The operations that the reference knows: one row each; any other is refused by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from neurolite_runtimes.coreml_reference import elementwise, products, shaping

OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = MappingProxyType(
    {
        "abs": elementwise.absolute,
        "add": elementwise.add,
        "band_part": shaping.band_part,
        "cast": elementwise.cast,
        "classify": products.classify,
        "clip": elementwise.clip,
        "concat": shaping.concat,
        "constexpr_affine_dequantize": elementwise.constexpr_affine_dequantize,
        "constexpr_sparse_to_dense": elementwise.constexpr_sparse_to_dense,
        "dequantize": elementwise.dequantize,
        "exp": elementwise.exp,
        "expand_dims": shaping.expand_dims,
        "fill": shaping.fill,
        "floor": elementwise.floor,
        "floor_div": elementwise.floor_div,
        "gather": shaping.gather,
        "layer_norm": products.layer_norm,
        "less": elementwise.less,
        "linear": products.linear,
        "log": elementwise.log,
        "matmul": products.matmul,
        "maximum": elementwise.maximum,
        "minimum": elementwise.minimum,
        "mul": elementwise.mul,
        "pad": shaping.pad,
        "range_1d": shaping.range_1d,
        "real_div": elementwise.real_div,
        "reduce_l2_norm": products.reduce_l2_norm,
        "reduce_max": products.reduce_max,
        "reduce_mean": products.reduce_mean,
        "reduce_sum": products.reduce_sum,
        "relu": elementwise.relu,
        "reshape": shaping.reshape,
        "rsqrt": elementwise.rsqrt,
        "shape": shaping.shape,
        "sigmoid": elementwise.sigmoid,
        "silu": elementwise.silu,
        "slice_by_index": shaping.slice_by_index,
        "softmax": products.softmax,
        "sqrt": elementwise.sqrt,
        "squeeze": shaping.squeeze,
        "stack": shaping.stack,
        "sub": elementwise.sub,
        "tanh": elementwise.tanh,
        "transpose": shaping.transpose,
    }
)

# Constants that their operation widens to float32 anyway; done once, it is not done for every text.
WIDENED: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"linear": ("weight", "bias"), "layer_norm": ("gamma", "beta")}
)
