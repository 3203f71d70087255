"""Each product alone in int8: all are seen, and the one that is spoilt is the first."""

from __future__ import annotations

import torch

from artifacts import ONE, SOURCES
from neurolite_core import NeuroLiteForClassification
from neurolite_core.network.features import features_of
from neurolite_core.network.table_bits import trained_table
from neurolite_export.probes import built_in_probes
from neurolite_export.product_losses import MOST_TEXTS, product_losses

TEXTS = built_in_probes().texts


def test_every_product_and_the_table_are_named_once() -> None:
    network = SOURCES["one"]().network
    rows = product_losses(network, TEXTS)
    matrices = {
        name.removesuffix(".weight")
        for name, value in network.named_parameters()
        if value.dim() == 2
    }
    assert {row.product for row in rows} == matrices
    assert len(rows) == len(matrices)
    assert {row.texts for row in rows} <= set(range(MOST_TEXTS // 2, MOST_TEXTS + 1))
    noises = [row.sqnr_db for row in rows if row.sqnr_db is not None]
    assert noises == sorted(noises)
    assert 10 < noises[0] < 60


def test_a_product_that_8_bits_cannot_hold_is_the_first() -> None:
    torch.manual_seed(0)
    network = NeuroLiteForClassification(ONE, labels=["a", "b"]).eval()
    linear = network.model.window.linear
    with torch.no_grad():
        linear.weight[:, 0] *= 1e4  # one column takes the whole range of every row
        trained_table(network)[:, 0] *= 1e-4
        trained_table(network)[0, 0] = 1e-3
    assert product_losses(network, TEXTS)[0].product in (
        "model.window.linear",
        "model.projection.table",
    )


@torch.no_grad()
def test_the_error_of_the_head_is_that_of_the_rule() -> None:
    """The last product has nothing behind it, so its error can be computed beside it."""
    network = SOURCES["one"]().network
    assert isinstance(network, NeuroLiteForClassification)
    texts, head = TEXTS[:40], network.head.linear
    rows = {row.product: row for row in product_losses(network, texts)}
    inputs: list[torch.Tensor] = []
    handle = head.register_forward_pre_hook(lambda _, given: inputs.append(given[0]))
    reference = network.network(*features_of(texts, network.config))["logits"].double()
    handle.remove()
    (x,) = inputs
    low, high = min(0.0, float(x.min())), max(0.0, float(x.max()))
    scale = (high - low) / 255
    zero = round(-low / scale)
    rounded = ((x / scale).round() + zero).clamp(0, 255).sub(zero) * scale
    steps = head.weight.abs().amax(1, keepdim=True) / 63
    noisy = rounded @ ((head.weight / steps).round() * steps).T + head.bias
    signal = reference.square().sum()
    noise = (noisy.double() - reference).square().sum()
    found = rows["head.linear"].sqnr_db
    assert found is not None
    assert abs(found - float(10 * torch.log10(signal / noise))) < 0.1


def test_products_of_experts_are_named_and_their_biases_are_none() -> None:
    found = {row.product for row in product_losses(SOURCES["experts"]().network, TEXTS[:40])}
    assert {f"experts.expert.{name}" for name in ("expand", "contract")} <= found
    assert not any("bias" in name or "router" in name for name in found)
