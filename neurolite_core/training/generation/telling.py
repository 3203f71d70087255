"""What a person sees of a training of a generator."""

from __future__ import annotations

from typing import Final

from rich.markup import escape

from neurolite_core.text.markdown import one_line
from neurolite_core.training.fitting.state import Evaluation
from neurolite_core.training.generation.run import Generated
from neurolite_core.training.generation.task import PERPLEXITY

_SHOWN: Final = 2


def perplexity_of(item: Evaluation) -> str:
    """The score of an evaluation."""
    return f"perplexity {item.parts[PERPLEXITY]:,.2f}"


def generator_rows(generated: Generated) -> list[tuple[str, str]]:
    """Names and values; texts come from anywhere: no markup, no control characters."""
    return [
        (
            f"perplexity, {generated.split}",
            f"{generated.perplexity:,.2f} over {generated.words:,} words",
        ),
        ("vocabulary", f"{generated.vocabulary:,} entries"),
        ("parameters", f"{generated.parameters:,}"),
        *(
            (f"behind {escape(one_line(prompt))}", escape(one_line(written)))
            for prompt, written in generated.samples[:_SHOWN]
        ),
    ]
