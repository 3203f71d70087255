"""Names of what graphs give besides the labels' logits: of rules, and of the spans that words are part of."""

from __future__ import annotations

from typing import Final

RULES: Final = "rules"  # int32 [N, R], 1 for each rule that fired
EFFECTS: Final = "effects"  # float32 [N, ...], inside graphs: what rules made of the text alone
TAGS: Final = "tags"  # float32 [N, L, T], of each word the logits of its tags
OFFSETS: Final = (
    "offsets"  # int32 [N, L, 2], of each word its first byte and the one behind its last
)
OF_WORDS: Final = (TAGS, OFFSETS)  # what is as long as the longest text

# No text whose highest logit is below this has an answer, in files with rules: rules abstain, or forbid every label.
NO_ANSWER: Final = -50.0
