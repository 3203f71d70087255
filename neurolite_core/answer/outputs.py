"""Names of what rules give besides the labels' logits."""

from __future__ import annotations

from typing import Final

RULES: Final = "rules"  # int32 [N, R], 1 for each rule that fired
EFFECTS: Final = "effects"  # float32 [N, ...], inside graphs: what rules made of the text alone
