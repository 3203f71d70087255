"""A stream's bucket of one word has the layers of its longer ones, as int8 has one scale for all of them."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch

from generating import GENERATING, SENTENCES, generator
from neurolite_export.exporting import metadata_of
from neurolite_export.forms import formed
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets.litert.model import read_model
from neurolite_export.targets.litert.quantize import products_of
from neurolite_export.targets.litert.target import LiteRtTarget


def test_norms_with_factors_are_folded_in_every_bucket_or_in_none() -> None:
    """The converter folds them where there is one word; a long training moves them far from 1."""
    network = generator(dataclasses.replace(GENERATING, max_bytes=128))
    torch.manual_seed(2)
    for module in network.modules():
        if isinstance(module, torch.nn.LayerNorm):
            torch.nn.init.uniform_(module.weight, 0.2, 3.0)
    source, target = formed(Source(network, "words", "random"), "stream"), LiteRtTarget()
    metadata = metadata_of(source, target, "int8")
    assert metadata.buckets[0].num_words == 1
    assert len(metadata.buckets) > 1
    content = target.build(
        ExportJob(source.network, metadata, Probes("sentences", SENTENCES)),
    )
    model = read_model(content)
    first, *_, last = model.subgraphs
    for one, other in zip(products_of(model, first), products_of(model, last), strict=True):
        weights = [
            subgraph.tensors[product.inputs[1]]
            for subgraph, product in ((first, one), (last, other))
        ]
        stored = [model.buffers[tensor.buffer].data for tensor in weights]
        assert np.array_equal(*stored)
