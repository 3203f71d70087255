"""Names of what rules give besides the labels' logits."""

from __future__ import annotations

from typing import Final

RULES: Final = "rules"  # int32 [N, R], 1 for each rule that fired
EFFECTS: Final = "effects"  # float32 [N, ...], inside graphs: what rules made of the text alone

# No text whose highest logit is below this has an answer, in files with rules: rules abstain, or forbid every label.
NO_ANSWER: Final = -50.0
