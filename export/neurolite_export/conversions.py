"""Conversions that every precision of a format starts from: the last few are kept, as each takes most of an export."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from neurolite_core.network.model import TextNetwork


class Conversions:
    """Content by what decides it, of which the oldest goes first.

    Args:
        most: so many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, bytes] = {}

    def get(self, key: str, convert: Callable[[], bytes]) -> bytes:
        """What is kept under a key, or what ``convert`` makes, which is then kept."""
        if key not in self._kept:
            made = convert()
            while len(self._kept) >= self._most:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = made
        return self._kept[key]

    def __len__(self) -> int:
        """So many are kept."""
        return len(self._kept)

    def clear(self) -> None:
        """Keeps none."""
        self._kept.clear()


def key_of(network: TextNetwork, *more: object) -> str:
    """A digest of all that decides a conversion, the weights included.

    Args:
        network: what is converted.
        more: what else decides it; their ``repr`` counts.
    """
    own = (type(network).__qualname__, network.config, network.labels, network.state_specs)
    found = hashlib.sha256(repr((own, more)).encode())
    if network.rules is not None:
        rules = network.rules
        found.update(repr((rules.program.rules.text, rules.threshold, rules.hard)).encode())
    for name, value in network.state_dict().items():
        found.update(f"{name} {tuple(value.shape)}".encode())
        found.update(value.numpy().tobytes())
    return found.hexdigest()
