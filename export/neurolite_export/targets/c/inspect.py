"""What a .nlm holds, in the terms that all formats share."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from neurolite_core.artifact.formats.nlm import VERSION
from neurolite_core.artifact.formats.nlm_experts import ExpertSizes
from neurolite_core.artifact.formats.nlm_module_table import all_numbers
from neurolite_core.artifact.formats.nlm_shape import INT4_TABLE
from neurolite_core.artifact.outputs import EXPERT, OFFSETS, RULES, TAGS, WORDS
from neurolite_export.contents import Contents, Port
from neurolite_runtimes.nlm_reference.model import NlmModel

_UNTRAINED = "rule_"


def inspect_model(model: NlmModel) -> Contents:
    """Facts of a file that was read."""
    weights: Counter[str] = Counter()
    products = 0
    for row in all_numbers(model.shape, model.modules):
        values = math.prod(row.dims)
        if row.name.startswith(_UNTRAINED):
            continue  # of 0, 1 and numbers of words
        if row.name == "table" and model.shape.table_bits == INT4_TABLE:
            weights["int4"] += 2 * values
            continue
        weights[np.dtype(row.dtype).name] += values
        products += row.name.endswith(("_weights", "_matrix"))
    outputs = [_port(name, model) for name in model.metadata.outputs]
    return Contents(
        format_version=f"nlm {VERSION}",
        inputs=(Port(model.metadata.input_name, model.metadata.input_type, ("N", "T")),),
        outputs=(*outputs, Port(WORDS, "int32", ("N",))),
        weight_values=dict(weights),
        products={"int8": products},
        hash_types=("int32",),
    )


def _port(name: str, model: NlmModel) -> Port:
    metadata, experts = model.metadata, model.modules.get("experts")
    chosen = experts.top if isinstance(experts, ExpertSizes) else 1
    ports: dict[str, tuple[str, tuple[int | str, ...]]] = {
        "embedding": ("float32", ("N", metadata.embedding_size)),
        "logits": ("float32", ("N", len(metadata.labels))),
        RULES: ("int32", ("N", len(metadata.rules))),
        TAGS: ("float32", ("N", "L", 0 if metadata.spans is None else metadata.spans.num_tags)),
        EXPERT: ("int32", ("N",) if chosen == 1 else ("N", chosen)),
        OFFSETS: ("int32", ("N", "L", 2)),
    }
    return Port(name, *ports[name])
