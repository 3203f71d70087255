"""The options of experts, without torch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

MOST_EXPERTS: Final = 64
MOST_CHOSEN: Final = 2
OUTPUT: Final = "expert"  # of every graph whose texts choose
_MOST_NUMBER: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertsOptions:
    """Experts over a text's vector, of which each text uses those that a router chooses for it.

    Attributes:
        count: experts E, 1 to 64. One alone has no router: the dense model that takes the same time.
        top: experts that a text uses, 1 or 2, at most ``count``.
        width: of each expert's hidden layer, 1 to 8,192.
        margin: that training wants between the router's last logit that is chosen and the first that is not, counted
            as ``Router.distances`` does, 0 to 100; it keeps rounding from changing the choice.
        balance: weight of the loss that spreads texts over experts (Fedus et al. 2021, arXiv:2101.03961), 0 to 100.
        noise: standard deviation of what is added to the router's logits while training, 0 to 100; none after.

    Raises:
        InputError: a value is not allowed; the message names it.
    """

    count: int = 4
    top: int = 1
    width: int = 192
    margin: float = 0.25
    balance: float = 0.01
    noise: float = 0.5

    def __post_init__(self) -> None:
        require_range("experts' count", self.count, 1, MOST_EXPERTS)
        require_range("experts' top", self.top, 1, MOST_CHOSEN)
        if self.top > self.count:
            raise InputError(
                f"experts' top is {self.top}, and there is {self.count} expert; give at most as many."
            )
        require_range("experts' width", self.width, 1, 8192)
        for name in ("margin", "balance", "noise"):
            value = getattr(self, name)
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 <= value <= _MOST_NUMBER:
                raise InputError(
                    f"experts' {name} is {shown(value)}; give a number from 0 to {_MOST_NUMBER}."
                )

    @property
    def routes(self) -> bool:
        """Whether there is a choice."""
        return self.count > 1
