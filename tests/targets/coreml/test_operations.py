"""Each operation of the Core ML reference against PyTorch or a statement in plain Python."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from neurolite_core.ground.errors import ArtifactError
from neurolite_runtimes.coreml_reference.table import OPERATIONS

Float = type[np.float32] | type[np.float16]

RNG = np.random.default_rng(5)
NO = np.bool_(False)
YES = np.bool_(True)


def compute(operation: str, **arguments: object) -> np.ndarray:
    found: np.ndarray = OPERATIONS[operation](**arguments)
    return found


def numbers(*shape: int, dtype: Float = np.float32) -> np.ndarray:
    return np.asarray(RNG.normal(scale=3, size=shape).astype(dtype))


def as_torch(x: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(x)


def same(found: np.ndarray, expected: torch.Tensor, tolerance: float = 0.0) -> None:
    assert found.dtype == expected.numpy().dtype
    assert found.shape == tuple(expected.shape)
    np.testing.assert_allclose(found, expected.numpy(), rtol=0, atol=tolerance)


BINARY: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "real_div": torch.div,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "less": torch.lt,
}


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("operation", BINARY)
def test_two_operands_broadcast_and_round_as_their_type_does(operation: str, dtype: Float) -> None:
    x, y = numbers(3, 1, 40, dtype=dtype), numbers(5, 1, dtype=dtype)
    same(compute(operation, x=x, y=y), BINARY[operation](as_torch(x), as_torch(y)))


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_float16_is_rounded_after_each_operation(dtype: Float) -> None:
    big, small = dtype(2048), dtype(1)
    once = compute("add", x=np.array(big), y=np.array(small))
    assert (once == big) == (dtype is np.float16)
    found = compute("sub", x=once, y=np.array(big))
    assert found == (0 if dtype is np.float16 else 1)
    ones = np.ones((4, 4096), dtype)
    total = compute("reduce_sum", x=ones, axes=(1,), keep_dims=NO)
    assert total.dtype == dtype
    assert total.tolist() == [4096] * 4


@given(st.integers(-50, 50), st.integers(-50, 50).filter(bool))
def test_floor_div(x: int, y: int) -> None:
    found = compute("floor_div", x=np.array([x], np.int32), y=np.array(y, np.int32))
    assert found.dtype == np.int32
    assert found.tolist() == [math.floor(x / y)]


UNARY = {"abs": torch.abs, "floor": torch.floor, "relu": torch.relu}


@pytest.mark.parametrize("operation", UNARY)
def test_one_operand(operation: str) -> None:
    x = np.concatenate([numbers(50), np.array([-0.5, 0.0, 0.5, -2.0, 2.0], np.float32)])
    same(compute(operation, x=x), UNARY[operation](as_torch(x)))


def test_clip() -> None:
    x = numbers(60)
    found = compute("clip", x=x, alpha=np.float32(-1), beta=np.float32(2))
    same(found, as_torch(x).clamp(-1, 2))


@pytest.mark.parametrize(
    ("values", "dtype", "expected"),
    [
        ([-1.9, -0.5, 0.0, 0.5, 1.9, 16_777_215.0], "int32", [-1, 0, 0, 0, 1, 16_777_215]),
        ([-1.5, 0.0, 2.0], "bool", [True, False, True]),
        # Halfway cases go to the even neighbour.
        ([1.0, 2049.0, 2051.0, 65_519.0, 65_520.0], "fp16", [1, 2048, 2052, 65_504, math.inf]),
    ],
)
def test_cast(values: list[float], dtype: str, expected: list[float]) -> None:
    with np.errstate(over="ignore"):
        assert compute("cast", x=np.array(values, np.float32), dtype=dtype).tolist() == expected


def test_dequantize_is_scale_times_value() -> None:
    data = np.arange(-128, 128, dtype=np.int8).reshape(16, 16)
    scale = np.float16(0.0123)
    found = compute("dequantize", input=data, scale=scale)
    expected = torch.tensor(data.astype(np.float32) * float(scale)).half()
    same(found, expected)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_constexpr_affine_dequantize_along_an_axis(axis: int) -> None:
    data = RNG.integers(-127, 128, (3, 3)).astype(np.int8)
    scale = np.array([0.5, 2, 4], np.float32)
    zero = np.array([1, -2, 0], np.int8)
    found = compute(
        "constexpr_affine_dequantize", quantized_data=data, zero_point=zero, scale=scale, axis=axis
    )
    for row in range(3):
        for column in range(3):
            place = row if axis == 0 else column
            assert found[row, column] == (int(data[row, column]) - zero[place]) * scale[place]


@given(rows=st.integers(1, 5), columns=st.integers(1, 9), seed=st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)  # coremltools is imported
def test_constexpr_sparse_to_dense_is_coremltools(rows: int, columns: int, seed: int) -> None:
    from neurolite_export.targets.coreml import tools  # without coremltools' warnings

    assert tools.mb is not None
    from coremltools.converters.mil.mil.ops.defs.iOS16 import constexpr_ops

    bits = np.random.default_rng(seed).integers(0, 2, rows * columns)
    mask, values = np.packbits(bits, bitorder="little"), numbers(int(bits.sum()))
    shape = np.array([rows, columns], np.uint32)
    sparse = {"nonzero_data": values, "mask": mask, "shape": shape}
    expected = constexpr_ops.constexpr_sparse_to_dense.decompress(values, mask, shape)
    np.testing.assert_array_equal(compute("constexpr_sparse_to_dense", **sparse), expected)
    for wrong in ({"nonzero_data": numbers(int(bits.sum()) + 1)}, {"mask": np.append(mask, mask)}):
        with pytest.raises(ArtifactError, match=r"A sparse weight of .* Export the model again"):
            compute("constexpr_sparse_to_dense", **{**sparse, **wrong})


def test_shapes() -> None:
    x = numbers(2, 1, 6)
    assert compute("shape", x=x).tolist() == [2, 1, 6]
    same(compute("reshape", x=x, shape=(3, -1)), as_torch(x).reshape(3, 4))
    same(compute("expand_dims", x=x, axes=(0, -1)), as_torch(x)[None, ..., None])
    same(compute("expand_dims", x=x, axes=(1,)), as_torch(x).unsqueeze(1))
    same(compute("squeeze", x=x, axes=(1, 2)), as_torch(x).squeeze((1, 2)))
    same(compute("transpose", x=x, perm=(2, 0, 1)), as_torch(x).permute(2, 0, 1))
    y = numbers(2, 4, 6)
    joined = torch.cat([as_torch(x), as_torch(y)], 1)
    same(compute("concat", values=[x, y], axis=np.int32(-2), interleave=NO), joined)
    stacked = torch.stack([as_torch(x), as_torch(x)], 1)
    same(compute("stack", values=[x, x], axis=np.int32(1)), stacked)
    scalars = [np.int32(0), np.int32(7)]
    assert compute("concat", values=scalars, axis=0, interleave=NO).tolist() == [0, 7]
    assert compute("fill", shape=(2, 3), value=np.float32(4)).tolist() == [[4.0] * 3] * 2
    counted = compute("range_1d", start=np.int32(1), end=np.int32(8), step=np.int32(3))
    assert (counted.dtype.name, counted.tolist()) == ("int32", [1, 4, 7])


@pytest.mark.parametrize(("lower", "upper"), [(0, -1), (-1, 0), (0, 0), (1, 2), (-1, -1)])
def test_band_part_keeps_the_band(lower: int, upper: int) -> None:
    x = numbers(2, 5, 7)
    found = compute("band_part", x=x, lower=np.int32(lower), upper=np.int32(upper))
    for m in range(5):
        for n in range(7):
            inside = (lower < 0 or m - n <= lower) and (upper < 0 or n - m <= upper)
            assert (found[:, m, n] == (x[:, m, n] if inside else 0)).all()


@given(st.data())
def test_slice_by_index_takes_what_python_takes(data: st.DataObject) -> None:
    size = data.draw(st.integers(1, 6))
    first, last = data.draw(st.integers(-7, 7)), data.draw(st.integers(-7, 7))
    step = data.draw(st.integers(1, 3))
    from_start, to_end = data.draw(st.booleans()), data.draw(st.booleans())
    x = np.arange(size * 2, dtype=np.float32).reshape(size, 2)
    found = compute(
        "slice_by_index",
        x=x,
        begin=np.array([first, 0], np.int32),  # as an operation computes it
        end=(last, 2),  # as a constant
        stride=(step, 1),
        begin_mask=(from_start, False),
        end_mask=(to_end, False),
    )
    expected = list(range(size))[None if from_start else first : None if to_end else last : step]
    assert found[:, 0].tolist() == [2.0 * row for row in expected]


def test_slice_by_index_drops_axes_that_are_squeezed() -> None:
    x = numbers(2, 3, 4)
    found = compute(
        "slice_by_index",
        x=x,
        begin=(0, -1, 1),
        end=(0, 0, 0),
        end_mask=(True, True, False),
        squeeze_mask=(False, True, True),
    )
    same(found, as_torch(x)[:, -1, 1])
    with pytest.raises(ArtifactError, match="takes element 4 of 4"):
        compute("slice_by_index", x=x, begin=(0, 0, 4), end=(1, 1, 5), squeeze_mask=(NO, NO, YES))


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
@pytest.mark.parametrize("amounts", [(1, 2), (0, 3), (2, 0, 0, 1), (1, 1, 0, 0, 2, 3)])
def test_pad_takes_its_last_axes_in_reading_order(amounts: tuple[int, ...], dtype: Float) -> None:
    x = numbers(2, 3, 4, dtype=dtype)
    found = compute("pad", x=x, pad=amounts, mode="constant", constant_val=dtype(0.5))
    pairs = [amounts[place : place + 2] for place in range(0, len(amounts), 2)]
    for_torch = [number for pair in reversed(pairs) for number in pair]  # last axis first
    same(found, functional.pad(as_torch(x), for_torch, value=0.5))


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("shape", [(5,), (2, 3)])
def test_gather(axis: int, shape: tuple[int, ...]) -> None:
    x = numbers(4, 4, 4)
    indices = RNG.integers(0, 4, shape).astype(np.int32)
    found = compute(
        "gather", x=x, indices=indices, axis=np.int32(axis), batch_dims=0, validate_indices=NO
    )
    place = axis % 3
    assert found.shape == x.shape[:place] + shape + x.shape[place + 1 :]
    flat = as_torch(x).index_select(axis, as_torch(indices.reshape(-1)).long())
    same(found.reshape(flat.shape), flat)


@pytest.mark.parametrize("index", [-1, 4])
@pytest.mark.parametrize("validate", [YES, NO])
def test_gather_refuses_what_is_outside_instead_of_guessing(index: int, validate: np.bool_) -> None:
    with pytest.raises(ArtifactError, match=f"gathers entries {index} to {index} of 4"):
        compute(
            "gather",
            x=numbers(4),
            indices=np.array([index], np.int32),
            axis=np.int32(0),
            batch_dims=np.int32(0),
            validate_indices=validate,
        )


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_products(dtype: Float) -> None:
    # Sums of few terms: float16 results differ by their one rounding at most.
    tolerance = 1e-5 if dtype is np.float32 else 0.06
    x, weight, bias = numbers(2, 5, 6, dtype=dtype), numbers(4, 6, dtype=dtype), numbers(4)
    bias = bias.astype(dtype)
    expected = functional.linear(
        as_torch(x).float(), as_torch(weight).float(), as_torch(bias).float()
    )
    same(
        compute("linear", x=x, weight=weight, bias=bias),
        expected.to(as_torch(x).dtype),
        tolerance,
    )
    left, right = numbers(3, 6, 5, dtype=dtype), numbers(4, 6, dtype=dtype)
    product = as_torch(left).float().transpose(1, 2) @ as_torch(right).float().T
    found = compute("matmul", x=left, y=right, transpose_x=YES, transpose_y=YES)
    same(found, product.to(as_torch(left).dtype), tolerance)
    plain = compute("matmul", x=right, y=left, transpose_x=NO, transpose_y=NO)
    same(
        plain,
        (as_torch(right).float() @ as_torch(left).float()).to(as_torch(left).dtype),
        tolerance,
    )


@pytest.mark.parametrize("keep", [YES, NO])
@pytest.mark.parametrize("axes", [(1,), (-1,), (0, 2)])
def test_reductions(axes: tuple[int, ...], keep: np.bool_) -> None:
    x = numbers(3, 4, 5)
    options = {"x": x, "axes": axes, "keep_dims": keep}
    same(compute("reduce_sum", **options), as_torch(x).sum(axes, keepdim=bool(keep)), 1e-5)
    same(compute("reduce_mean", **options), as_torch(x).mean(axes, keepdim=bool(keep)), 1e-5)
    same(compute("reduce_max", **options), as_torch(x).amax(axes, keepdim=bool(keep)))
    norm = torch.linalg.vector_norm(as_torch(x), dim=axes, keepdim=bool(keep))
    same(compute("reduce_l2_norm", **options), norm, 1e-5)


def test_reduce_sum_of_integers_stays_integer() -> None:
    x = np.array([[2**24 + 1, 1]], np.int32)
    found = compute("reduce_sum", x=x, axes=(1,), keep_dims=NO)
    assert (found.dtype.name, found.tolist()) == ("int32", [2**24 + 2])


CURVES: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "exp": torch.exp,
    "sigmoid": torch.sigmoid,
    "silu": torch.nn.functional.silu,
    "tanh": torch.tanh,
}


@pytest.mark.parametrize("operation", CURVES)
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_curves(operation: str, dtype: Float) -> None:
    x = np.concatenate([numbers(50, dtype=dtype), np.array([0, 9, -9, -60], dtype)])
    tolerance = 1e-6 if dtype is np.float32 else 1e-3
    found, expected = compute(operation, x=x), CURVES[operation](as_torch(x)).numpy()
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)
    assert np.isfinite(compute("sigmoid", x=np.array([-1e4, 1e4], dtype))).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_roots(dtype: Float) -> None:
    x = np.abs(numbers(4, 8, dtype=dtype))
    expected = np.sqrt(x.astype(np.float64)).astype(dtype)
    np.testing.assert_array_equal(compute("sqrt", x=x), expected)
    assert compute("sqrt", x=x).dtype == dtype


def test_reciprocal_roots() -> None:
    x, epsilon = np.abs(numbers(4, 8)), np.float32(1e-5)
    expected = torch.rsqrt(as_torch(x) + 1e-5)
    np.testing.assert_allclose(compute("rsqrt", x=x, epsilon=epsilon), expected.numpy(), rtol=1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_logarithms(dtype: Float) -> None:
    x, epsilon = np.abs(numbers(4, 8, dtype=dtype)) + dtype(0.5), dtype(0.25)
    found, expected = compute("log", x=x, epsilon=epsilon), np.log(x.astype(np.float64) + 0.25)
    assert found.dtype == dtype
    tolerance = 1e-6 if dtype is np.float32 else 2e-3
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


def test_norm_and_softmax() -> None:
    x, gamma, beta = numbers(2, 3, 8), numbers(8), numbers(8)
    found = compute("layer_norm", x=x, axes=(-1,), gamma=gamma, beta=beta, epsilon=np.float32(1e-5))
    expected = functional.layer_norm(as_torch(x), (8,), as_torch(gamma), as_torch(beta), 1e-5)
    same(found, expected, 1e-5)
    large = x * 100
    same(compute("softmax", x=large, axis=np.int32(-1)), as_torch(large).softmax(-1), 1e-6)
    same(compute("softmax", x=x, axis=np.int32(1)), as_torch(x).softmax(1), 1e-6)


def test_classify_names_the_most_probable() -> None:
    shares = np.array([[0.25, 0.5, 0.25]], np.float32)
    label, all_of_them = OPERATIONS["classify"](shares, ("a", "b", "c"))
    assert label == "b"
    assert all_of_them == {"a": 0.25, "b": 0.5, "c": 0.25}
    with pytest.raises(ArtifactError, match="2 classes for 3"):
        compute("classify", probabilities=shares, classes=("a", "b"))


@pytest.mark.parametrize(
    ("operation", "arguments", "message"),
    [
        ("pad", {"pad": (1, 1), "mode": "reflect", "constant_val": np.float32(0)}, "'reflect'"),
        ("pad", {"pad": (-1, 1), "mode": "constant", "constant_val": np.float32(0)}, "pads 2 axes"),
        ("pad", {"pad": (0, 2**30), "mode": "constant", "constant_val": 0}, "makes a tensor"),
        ("cast", {"dtype": "fp8"}, "'fp8'"),
        ("reshape", {"shape": (0, 4)}, "size of 0"),
        ("layer_norm", {"axes": (0,), "gamma": 0, "beta": 0, "epsilon": 0}, "not the last"),
        ("floor_div", {"y": np.int32(0)}, "by zero"),
        ("slice_by_index", {"begin": (0, 0), "end": (1, 1), "stride": (0, 1)}, "strides"),
    ],
)
def test_modes_that_are_not_read_are_refused(
    operation: str, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(ArtifactError, match=message):
        compute(operation, x=numbers(2, 4), **arguments)


def test_every_operation_of_the_table_is_tested() -> None:
    source = Path(__file__).read_text("utf-8")
    assert [name for name in OPERATIONS if f'"{name}"' not in source] == []
