"""Names of what every graph gives besides its answers, whatever the target."""

from __future__ import annotations

from typing import Final

from neurolite_core.answer.outputs import EFFECTS, OF_WORDS, OFFSETS, RULES, TAGS
from neurolite_core.network.exits_options import DEPTH
from neurolite_core.network.experts_options import OUTPUT

WORDS: Final = "words"  # int32 [N], the words found in each text
INDICES: Final = "indices"  # int32 [N, L, K], by which an export's hash is checked
NGRAMS: Final = "ngrams"  # int32 [N, P, O], of models with a wide path, for the same
EXPERT: Final = (
    OUTPUT  # int32 [N], or [N, 2] of two a text, of models with experts: which were chosen
)
STARTS: Final = "starts"  # int32 [N, L], of rules that look inside words
HIDDEN: Final = (
    INDICES,
    NGRAMS,
    EFFECTS,
)  # inside of graphs, but no outputs of files that apps get
EXACT: Final = (*HIDDEN, WORDS, OFFSETS)  # nothing that these are computed from may be rounded

__all__ = [
    "DEPTH",
    "EFFECTS",
    "EXACT",
    "EXPERT",
    "HIDDEN",
    "INDICES",
    "NGRAMS",
    "OFFSETS",
    "OF_WORDS",
    "RULES",
    "STARTS",
    "TAGS",
    "WORDS",
]
