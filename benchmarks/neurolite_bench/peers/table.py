"""The peers by name, and what builds each; a new one is a row here.

Builders ask for their packages when they build, in the process that starts the measuring.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Final

from neurolite_bench.peers.base import EXTRA, Peer
from neurolite_bench.peers.fasttext_build import build_fasttext
from neurolite_bench.peers.static_build import build_static
from neurolite_bench.peers.tfidf_build import build_tfidf
from neurolite_bench.peers.transformer_build import (
    BERT,
    DISTILBERT,
    MOBILEBERT,
    TransformerShape,
    build_transformer,
)
from neurolite_core.ground.errors import InputError

ALL: Final = "all"
TRANSFORMERS: Final = "transformers"
CLASSIC: Final = "classic"


def _transformer(shape: TransformerShape, precision: str) -> Peer:
    return Peer(
        kind="transformer",
        group=TRANSFORMERS,
        build=partial(build_transformer, shape, precision),
        extra=EXTRA,
        learns=False,
        precision=precision,
    )


PEERS: Final[Mapping[str, Peer]] = MappingProxyType(
    {
        "BERT-base float32": _transformer(BERT, "float32"),
        "BERT-base int8": _transformer(BERT, "int8"),
        "DistilBERT float32": _transformer(DISTILBERT, "float32"),
        "DistilBERT int8": _transformer(DISTILBERT, "int8"),
        "MobileBERT float32": _transformer(MOBILEBERT, "float32"),
        "MobileBERT int8": _transformer(MOBILEBERT, "int8"),
        "fastText": Peer("fasttext", CLASSIC, build_fasttext, EXTRA, learns=True),
        "static embeddings": Peer("static", CLASSIC, build_static, EXTRA, learns=True),
        "tf-idf + linear": Peer("tfidf", CLASSIC, build_tfidf, EXTRA, learns=True),
    }
)


def peers_named(names: Sequence[str]) -> tuple[str, ...]:
    """Names of peers, in the order of the table, each once.

    Args:
        names: peers or groups, in any case; "all" for every one.

    Raises:
        InputError: there is none of that name.
    """
    found: set[str] = set()
    groups = dict.fromkeys(peer.group for peer in PEERS.values())
    for name in names:
        plain = name.strip().casefold()
        chosen = {
            title
            for title, peer in PEERS.items()
            if plain in (ALL, peer.group.casefold(), title.casefold())
        }
        if not chosen:
            raise InputError(
                f"there is no peer {name!r}; give {ALL}, {', '.join(groups)}, or of these: "
                f"{', '.join(PEERS)}."
            )
        found |= chosen
    return tuple(title for title in PEERS if title in found)
