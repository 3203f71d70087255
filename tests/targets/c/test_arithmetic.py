"""The whole-number arithmetic of docs/c-arithmetic.md against exact numbers and against float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolite_export.targets.c.quantize import (
    ZERO,
    Scales,
    quantize_head,
    quantize_norm,
    quantize_product,
    with_second,
)
from neurolite_runtimes.nlm_reference.arithmetic import (
    left_of_norm,
    norm,
    normalised_root,
    products,
    q15,
    sat16,
    shifted,
    u7,
)
from neurolite_runtimes.nlm_reference.evaluator import unit_vector
from neurolite_runtimes.nlm_reference.floats import activations, left_of_activations

INT16 = st.integers(-(2**15), 2**15 - 1)


@given(INT16, st.integers(1 - 2**15, 2**15 - 1))
def test_a_product_of_fractions_is_rounded_half_up_and_stays_int16(a: int, b: int) -> None:
    found = int(q15(np.array([a]), b)[0])
    assert found == math.floor(a * b / 2**15 + 0.5)
    assert -(2**15) <= found <= 2**15 - 1


def test_limits_and_shifts() -> None:
    values = np.array([-40_000, -1, 127, 128, 40_000])
    assert sat16(values).tolist() == [-32_768, -1, 127, 128, 32_767]
    assert u7(values).tolist() == [0, 0, 127, 127, 127]
    assert shifted(np.array([-5, 5]), -1).tolist() == [-3, 2]  # towards minus infinity
    assert shifted(np.array([-5, 5]), 2).tolist() == [-20, 20]


@given(st.integers(1, 2**62))
def test_a_root_is_normalised(square: int) -> None:
    root, half = normalised_root(square)
    assert 2**15 <= root < 2**16
    assert root * 2.0**half == pytest.approx(math.sqrt(square), rel=2**-14)


def test_a_product_by_hand() -> None:
    a, weights = np.array([[1, 127]]), np.array([[63, -63], [2, 1]])
    init, mult = np.array([8_000, 3]), np.array([2**14, 2**15 - 1])
    # 63 - 8001 + 8000 = 62, a quarter is 15, half of it 7.5, rounded up; 2 + 127 + 3 = 132, a quarter is 33.
    assert products(a, weights, init, mult, 2).tolist() == [[8, 33]]


@pytest.mark.parametrize("width", [16, 32, 96, 256, 320])
@pytest.mark.parametrize("spread", [3.0, 300.0, 3_000.0])
def test_a_norm_is_that_of_float64(width: int, spread: float) -> None:
    rng = np.random.default_rng(width)
    x = rng.normal(spread / 2, spread, (20, width))
    x[0] = 0
    x[1, 1:], x[1, 0] = 0, 8_000  # one channel alone: the largest value that a norm has
    whole = sat16(np.rint(x).astype(np.int64))
    gain, bias = rng.uniform(0.5, 1.5, width), rng.normal(0, 0.3, width)
    centred = whole - whole.mean(axis=1, keepdims=True)
    exact = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5) * gain + bias
    step = np.abs(exact).max() / 63
    parts = quantize_norm(gain, bias, 1e-5, Scales(1.0, step))
    numbers = [parts.gain.astype(np.int64), parts.offset.astype(np.int64)]
    found = (norm(whole, numbers[0], numbers[1], parts.eps)[1] - 64) * step
    far = np.abs(found - exact)
    # Small spreads lose most: the pairs' sums are cut, for which half of them is added.
    allowed = 1.2 if spread >= 300 else 20
    print(width, spread, far.max() / step)  # noqa: T201 (how far apart, also when it passes)
    assert far[1:].max() <= allowed * step
    assert (norm(whole, numbers[0], numbers[1], parts.eps)[1] >= 0).all()


@pytest.mark.parametrize("narrow", [False, True])
def test_a_quantized_product_is_near_the_layer(narrow: bool) -> None:
    rng = np.random.default_rng(0)
    weight, bias = rng.normal(0, 0.1, (32, 64)), rng.normal(0, 0.5, 32)
    weight[3] *= 1e-6  # a dead output with a bias
    activations = rng.integers(1, 128, (50, 64))
    exact = (activations - 64) * 0.02 @ weight.T + bias
    largest = np.abs(exact).max()
    scale = largest / (127 if narrow else 8_000)
    parts = quantize_product(weight, bias, Scales(0.02, scale), narrow=narrow)
    wide = [
        parts.weights.astype(np.int64),
        parts.init.astype(np.int64),
        parts.mult.astype(np.int64),
    ]
    found = products(activations, wide[0], wide[1], wide[2], parts.shift)
    if narrow:
        found, exact = u7(found), np.maximum(exact, 0)
    assert np.abs(found * scale - exact).max() < 0.02 * largest
    assert np.abs(parts.weights).max() == 63
    assert parts.mult.min() >= 0


@given(st.floats(-63, 63, width=32))
def test_an_activation_and_what_it_left_are_the_number(value: float) -> None:
    given = np.array([value], np.float32)
    found = activations(given)
    rest = left_of_activations(given, found)
    assert {*found, *rest} <= set(range(1, 128))
    # The farthest halves of a step are 64 of its 128 parts, of which activations have 63.
    assert (found[0] - 64) + (rest[0] - 64) / 128 == pytest.approx(value, abs=1 / 128)


def test_what_activations_left_beyond_their_range_is_cut_too() -> None:
    given = np.array([-1e30, -63.25, 63.25, 1e30, np.inf, np.nan], np.float32)
    found = activations(given)
    assert found.tolist() == [1, 1, 127, 127, 127, 1]
    assert left_of_activations(given, found).tolist() == [1, 32, 96, 127, 127, 1]


@given(INT16)
def test_a_norm_is_its_activation_and_what_that_left(y: int) -> None:
    (found,) = u7(np.array([y]) >> 4)
    (rest,) = left_of_norm(np.array([y]))
    assert 0 <= rest <= 127
    if 0 <= y < 2_048:
        assert 16 * found + rest == y
        assert rest < 16


def test_a_second_product_brings_a_layer_nearer() -> None:
    rng = np.random.default_rng(5)
    weight, bias = rng.normal(size=(48, 64)), rng.normal(size=48)
    values = rng.normal(size=(20, 64)).astype(np.float32)
    scales = Scales(np.abs(values).max() / 63, 4e-3)
    product = with_second(quantize_product(weight, bias, scales), ZERO, 7)
    # What weights are rounded to is not its matter.
    steps = np.abs(weight).max(axis=1, keepdims=True) / 63
    wanted = values @ (product.weights * steps).T + bias
    given = (values / np.float32(scales.given)).astype(np.float32)
    found = activations(given)
    numbers = [part.astype(np.int64) for part in (product.weights, product.init, product.mult)]
    weights, inits, mult = numbers
    first = products(found, weights, inits[0], mult, product.shift)
    rest = left_of_activations(given, found)
    both = first + products(rest, weights, inits[1], mult, product.shift + 7)
    errors = [np.abs(each * scales.found - wanted).max() for each in (first, both)]
    assert errors[0] > 20 * errors[1]
    assert errors[1] < 3 * scales.found


def test_a_second_product_of_next_to_nothing_has_a_shift_of_int32() -> None:
    tiny = quantize_product(np.full((16, 16), 1e-9), np.zeros(16), Scales(1e-3, 1.0))
    assert tiny.shift == 31
    found = with_second(tiny, ZERO, 7)
    assert found.shift == 24
    np.testing.assert_array_equal(found.init[1], np.full(16, 2**30 - 64 * 16 * 63))


def test_a_quantized_head_is_near_the_layer() -> None:
    rng = np.random.default_rng(1)
    weight, bias = rng.normal(0, 1, (5, 32)), rng.normal(0, 1, 5)
    activations = rng.integers(1, 128, (50, 32))
    weights, init, scale = quantize_head(weight, bias, 0.02, 16)
    sums = activations @ weights.astype(np.int64).T + init
    exact = (activations - 64) * 0.02 @ weight.T + bias
    assert np.abs(sums[:, :5] * scale[:5] - exact).max() < 0.02 * np.abs(exact).max()
    assert not sums[:, 5:].any()


def test_unit_vectors_are_float32_operations_in_order() -> None:
    assert unit_vector(np.array([3, -4])).tolist() == [
        float(np.float32(3) * (np.float32(1) / np.float32(5))),
        float(np.float32(-4) * (np.float32(1) / np.float32(5))),
    ]
    assert unit_vector(np.zeros(4, np.int64)).tolist() == [0, 0, 0, 0]
