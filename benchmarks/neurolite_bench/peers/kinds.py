"""How workers open peers; a new kind is a row here.

Nothing that builds a peer is imported: the memory and start of a worker are those of what it measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from neurolite_bench.measuring.onnxruntime_start import start_onnxruntime
from neurolite_bench.measuring.subject import Kind
from neurolite_bench.peers.fasttext import open_fasttext
from neurolite_bench.peers.static import open_static
from neurolite_bench.peers.tfidf import open_tfidf
from neurolite_bench.peers.transformer import open_transformer

PEER_KINDS: Final[Mapping[str, Kind]] = MappingProxyType(
    {
        "transformer": Kind(("onnxruntime", "tokenizers"), open_transformer, start_onnxruntime),
        "fasttext": Kind(("fasttext",), open_fasttext),
        "static": Kind(("model2vec",), open_static),
        "tfidf": Kind(("sklearn.feature_extraction.text",), open_tfidf),
    }
)
