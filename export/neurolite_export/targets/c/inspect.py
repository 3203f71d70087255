"""What a .nlm holds, in the terms that all formats share."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from neurolite_core.artifact.formats.nlm import VERSION
from neurolite_core.artifact.formats.nlm_shape import INT4_TABLE, number_parts
from neurolite_core.artifact.outputs import WORDS
from neurolite_export.contents import Contents, Port
from neurolite_runtimes.nlm_reference.model import NlmModel


def inspect_model(model: NlmModel) -> Contents:
    """Facts of a file that was read."""
    weights: Counter[str] = Counter()
    products = 0
    for row in number_parts(model.shape):
        values = math.prod(row.dims)
        if row.name == "table" and model.shape.table_bits == INT4_TABLE:
            weights["int4"] += 2 * values
            continue
        weights[np.dtype(row.dtype).name] += values
        products += row.name.endswith("_weights")
    sizes = {"embedding": model.metadata.embedding_size, "logits": len(model.metadata.labels)}
    outputs = [Port(name, "float32", ("N", sizes[name])) for name in model.metadata.outputs]
    return Contents(
        format_version=f"nlm {VERSION}",
        inputs=(Port(model.metadata.input_name, model.metadata.input_type, ("N", "T")),),
        outputs=(*outputs, Port(WORDS, "int32", ("N",))),
        weight_values=dict(weights),
        products={"int8": products},
        hash_types=("int32",),
    )
