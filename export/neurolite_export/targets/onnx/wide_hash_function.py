"""``ai.neurolite.WideHash``: ``BloomHash`` and the numbers of n-grams, for models with a wide path.

One op, as the body then reads a text's clusters once for both.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import onnx
from onnx import helper

from neurolite_core.hashing.ngrams import NgramConfig
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_clusters import read_clusters
from neurolite_export.targets.onnx.hash_function import DOMAIN, write_indices
from neurolite_export.targets.onnx.ngram_function import write_ngrams

WIDE_HASH: Final = "WideHash"


def _attributes(config: NeuroLiteConfig, ngrams: NgramConfig) -> dict[str, Any]:
    found = {
        "hash_version": config.hash_version,
        "num_hashes": config.num_hashes,
        "table_size": config.table_size,
        "max_words": config.max_words,
    }
    return found | {name: int(value) for name, value in asdict(ngrams).items()}


def wide_hash_node(
    config: NeuroLiteConfig,
    ngrams: NgramConfig,
    *,
    input_name: str,
    indices: str,
    words: str,
    numbers: str,
) -> onnx.NodeProto:
    """The node that calls the function; its attributes are those of ``BloomHash`` and ``NgramHash``.

    Input and the first two outputs are those of ``hash_node``; the third one is int32 [N, P, O], 0 where no n-gram
    starts, else 1 + its bucket, P the most symbols that are read of a text but at least 1.
    """
    return helper.make_node(
        WIDE_HASH,
        [input_name],
        [indices, words, numbers],
        domain=DOMAIN,
        name=WIDE_HASH,
        **_attributes(config, ngrams),
    )


def wide_hash_function(
    config: NeuroLiteConfig, ngrams: NgramConfig, opset: int
) -> onnx.FunctionProto:
    """The function's definition for one configuration."""
    body = Body()
    rows = body.op("Pad", "bytes", body.int64(0, 0, 0, 1))
    clusters = read_clusters(body, rows)
    write_indices(body, config, rows, clusters)
    write_ngrams(body, ngrams, rows, clusters, "ngrams", numbered=True)
    return helper.make_function(
        DOMAIN,
        WIDE_HASH,
        inputs=["bytes"],
        outputs=["indices", "words", "ngrams"],
        nodes=body.nodes,
        opset_imports=[helper.make_opsetid("", opset)],
        attributes=list(_attributes(config, ngrams)),
    )
