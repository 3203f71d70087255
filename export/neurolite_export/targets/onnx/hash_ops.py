"""The op that reads the bytes: ``ai.neurolite.BloomHash``, and the same with what more some networks want of a text.

One op for all of it, as the body then reads a text's clusters once. A runtime that has registered a native kernel for
the op runs that; every other one inlines this body of standard operators. Sections refer to ``docs/hash-spec.md``.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import onnx
from onnx import helper

from neurolite_core.artifact.formats.onnx_file import HASH_OPS
from neurolite_core.artifact.outputs import INDICES, NGRAMS, OFFSETS, WORDS
from neurolite_core.hashing.ngrams import NgramConfig
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_export.targets.onnx.body import Body
from neurolite_export.targets.onnx.hash_clusters import read_clusters
from neurolite_export.targets.onnx.hash_function import DOMAIN, write_indices, write_offsets
from neurolite_export.targets.onnx.ngram_function import write_ngrams


@dataclass(frozen=True, slots=True)
class HashOp:
    """One of these ops, for one configuration.

    Input uint8 [N, T], zero-padded UTF-8. Outputs: table indices int32 [N, L, K], zero where padded, L the longest text
    up to ``max_words`` but at least 1; words int32 [N] before that limit; with n-grams their numbers int32 [N, P, O],
    0 where no n-gram starts, else 1 + its bucket, P the most symbols that are read of a text but at least 1; and with
    offsets int32 [N, L, 2], 0 where padded.

    Attributes:
        config: K, M and the limit of words are read.
        ngrams: those of a wide path; None without.
        offsets: whether it says where the words stand.
    """

    config: NeuroLiteConfig
    ngrams: NgramConfig | None = None
    offsets: bool = False

    @property
    def name(self) -> str:
        """The op's type."""
        return HASH_OPS[self.ngrams is not None, self.offsets]

    @property
    def shapes(self) -> dict[str, list[str | int]]:
        """Name -> shape of each output, in their order; all are int32."""
        found: dict[str, list[str | int]] = {
            INDICES: ["N", "L", self.config.num_hashes],
            WORDS: ["N"],
        }
        if self.ngrams is not None:
            found[NGRAMS] = ["N", "P", len(self.ngrams.orders)]
        if self.offsets:
            found[OFFSETS] = ["N", "L", 2]
        return found

    @property
    def attributes(self) -> dict[str, Any]:
        """What a native kernel needs to know."""
        own: dict[str, Any] = {
            name: int(getattr(self.config, name))
            for name in ("hash_version", "num_hashes", "table_size", "max_words")
        }
        if self.ngrams is not None:
            own |= {name: int(value) for name, value in asdict(self.ngrams).items()}
        return own

    def node(self, input_name: str) -> onnx.NodeProto:
        """The node that calls the function."""
        return helper.make_node(
            self.name,
            [input_name],
            list(self.shapes),
            domain=DOMAIN,
            name=self.name,
            **self.attributes,
        )

    def function(self, opset: int) -> onnx.FunctionProto:
        """The function's definition; of the default domain's opset."""
        body = Body()
        rows = body.op("Pad", "bytes", body.int64(0, 0, 0, 1))
        clusters = read_clusters(body, rows)
        words = write_indices(body, self.config, rows, clusters)
        if self.ngrams is not None:
            write_ngrams(body, self.ngrams, rows, clusters, NGRAMS, numbered=True)
        if self.offsets:
            write_offsets(body, rows, clusters, words)
        return helper.make_function(
            DOMAIN,
            self.name,
            inputs=["bytes"],
            outputs=list(self.shapes),
            nodes=body.nodes,
            opset_imports=[helper.make_opsetid("", opset)],
            attributes=list(self.attributes),
        )


def hash_op(config: NeuroLiteConfig) -> HashOp:
    """What a network of this configuration takes of a text."""
    ngrams = None if config.wide is None else config.wide.ngrams
    return HashOp(config, ngrams, config.spans is not None)
