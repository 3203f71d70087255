"""What a file says of the exits of a network."""

from __future__ import annotations

from neurolite_core.artifact.exit_facts import ExitFacts
from neurolite_core.network.exits import thresholds_of
from neurolite_core.network.model import TextNetwork


def exit_facts(network: TextNetwork) -> ExitFacts | None:
    """For the metadata; None of a network without exits."""
    if network.exits is None:
        return None
    return ExitFacts(network.config.num_layers, thresholds_of(network.exits))
