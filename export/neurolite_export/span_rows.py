"""What the metadata of a network's files says of its spans."""

from __future__ import annotations

from neurolite_core.artifact.span_facts import SpanFacts
from neurolite_core.network.model import TextNetwork


def span_facts(network: TextNetwork) -> SpanFacts | None:
    """The types and their thresholds, None of a network without spans."""
    options = network.config.spans
    if options is None:
        return None
    return SpanFacts(options.types, network.span_thresholds or (0.0,) * len(options.types))


def types_of(network: TextNetwork) -> tuple[str, ...]:
    """The types of spans that a model finds; none of one that finds no spans."""
    return () if network.config.spans is None else network.config.spans.types
