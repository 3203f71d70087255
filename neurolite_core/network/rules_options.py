"""The options of rules, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from neurolite_core.ground.checks import require_range
from neurolite_core.rules.parts import MOST_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesOptions:
    """Rules of a network; what they say travels beside its weights, and their tables are made from that.

    Attributes:
        num_rules: R, 0 to 1,000; 0 of a network that is to get its rules yet, and answers as one without.

    Raises:
        InputError: a value is not allowed; the message names it.
    """

    num_rules: int = 0

    def __post_init__(self) -> None:
        require_range("rules' num_rules", self.num_rules, 0, MOST_RULES)
