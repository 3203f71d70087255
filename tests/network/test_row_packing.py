"""Packed tables: nearness to what was packed, and sums that are whole numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.counting import count_parameters
from neurolite_core.network.features import features_of
from neurolite_core.network.model import NeuroLiteForEmbedding
from neurolite_core.network.projection import BloomProjection, PackedProjection, rounded_rows
from neurolite_core.network.row_packing import MOST, PackedRows, pack_rows

CONFIG = NeuroLiteConfig(
    table_size=512,
    projection_size=32,
    hidden_size=16,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=16),
    max_words=16,
    bag=True,
    table_bits=4,
)
TEXTS = ["book a table for two", "", "weather " * 20, "größe 東京"]


@given(
    hnp.arrays(
        np.float32,
        st.tuples(st.integers(1, 6), st.integers(1, 5).map(lambda half: 2 * half)),
        elements=st.floats(-1000, 1000, width=32),
    )
)
@example(np.full((1, 2), 3.9398236e-34, np.float32))  # the neighbour of its factor is as near
def test_no_number_is_further_than_the_largest_step(table: np.ndarray) -> None:
    packed = pack_rows(table)
    # Below the smallest normal number there are no smaller steps.
    steps = max(np.abs(table).max() / 7, np.finfo(np.float32).tiny)
    assert np.abs(packed.unpacked() - table).max(initial=0) <= 7 * steps * (1 + 1e-5)
    again = pack_rows(packed.unpacked())
    moved = np.abs(again.unpacked() - packed.unpacked()).max(initial=0)
    assert moved <= 7 * steps / 254 * (1 + 1e-3)


def test_rows_of_different_size_keep_19_decibels_each() -> None:
    random = np.random.default_rng(0)
    table = random.standard_normal((300, 256)) * random.lognormal(0, 0.7, (300, 1))
    noise = ((pack_rows(table).unpacked() - table) ** 2).sum(axis=1) / (table**2).sum(axis=1)
    assert -10 * np.log10(noise.mean()) > 18.5
    assert -10 * np.log10(noise.max()) > 15


def test_training_rounds_as_packing_does() -> None:
    torch.manual_seed(0)
    table = (torch.randn(50, 16) * torch.rand(50, 1)).requires_grad_()
    packed = pack_rows(table.detach().numpy())
    steps = torch.from_numpy(packed.factors[:, None].astype(np.float32) * packed.unit)
    rounded, stored = rounded_rows(table, steps), packed.unpacked()
    torch.testing.assert_close(rounded.detach(), torch.from_numpy(stored), rtol=1e-6, atol=1e-7)
    rounded.sum().backward()  # type: ignore[no-untyped-call]
    assert table.grad is not None
    assert torch.equal(table.grad, torch.ones_like(table))


def test_a_row_of_zeros_and_the_order_of_columns() -> None:
    packed = PackedRows(
        np.array([[0x0F, 0x81], [0x88, 0x88]], np.uint8),
        np.array([2, MOST], np.uint8),
        np.float32(0.5),
    )
    assert packed.unpacked().tolist() == [[7, -7, -8, 0], [0, 0, 0, 0]]
    with pytest.raises(ValueError, match="3 columns"):
        pack_rows(np.zeros((2, 3)))


@torch.no_grad()
def test_a_packed_projection_is_the_float_one_of_its_table() -> None:
    torch.manual_seed(0)
    packed = PackedProjection(CONFIG)
    plain = BloomProjection(CONFIG)
    stored = PackedRows(
        packed.rows.numpy(), packed.factors.numpy()[:, 0], np.float32(packed.unit.item())
    )
    plain.table.copy_(torch.from_numpy(stored.unpacked()))
    indices, counts = features_of(TEXTS, CONFIG)
    mask = (torch.arange(indices.shape[1])[None] < counts[:, None]).float()[:, :, None]
    found = packed(indices, mask)
    torch.testing.assert_close(found, plain(indices, mask), rtol=1e-6, atol=1e-6)
    whole = found / packed.unit
    torch.testing.assert_close(whole, whole.round(), rtol=0, atol=2e-2)
    assert not found[1].any()


@torch.no_grad()
def test_a_bag_adds_to_the_backbone() -> None:
    torch.manual_seed(0)
    network = NeuroLiteForEmbedding(replace(CONFIG, table_bits=32)).eval()
    indices, counts = features_of(TEXTS, CONFIG)
    found = network.network(indices, counts)["embedding"]
    projection = network.model.projection
    assert isinstance(projection, BloomProjection)
    rows = projection.table[indices[0, :5]].sum(dim=(0, 1)) / 5**0.5
    hidden, _, mask = network.model.encode(indices, counts)
    text = rows + network.joined.linear(network.norm(network.pool(hidden, mask)))[0]
    torch.testing.assert_close(found[0], text / text.norm())
    assert found.shape == (4, CONFIG.text_size)


def test_packed_numbers_are_counted() -> None:
    """Two a byte and a factor a row, in place of the table's."""
    packed, plain = (
        count_parameters(NeuroLiteForEmbedding(replace(CONFIG, table_bits=bits)))
        for bits in (4, 32)
    )
    assert packed == plain + CONFIG.table_size


def test_configs_that_cannot_be_packed_are_refused() -> None:
    with pytest.raises(InputError, match="projection_size is 33"):
        replace(CONFIG, projection_size=33)
    with pytest.raises(InputError, match=r"table_bits is 8; give 32 or 4\."):
        replace(CONFIG, table_bits=8)
    with pytest.raises(InputError, match=r"bag is 1; give true or false\."):
        replace(CONFIG, bag=1)  # type: ignore[arg-type]
    assert NeuroLiteConfig.from_json(CONFIG.to_json()) == CONFIG
