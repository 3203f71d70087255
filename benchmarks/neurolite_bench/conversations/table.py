"""The tables of docs/memory.md: what a memory is worth, and the accuracy of each turn."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from neurolite_bench.conversations.models import FORGETFUL, WHOLE
from neurolite_core.text.markdown import filled_prose

_TYPOS: Final = "typos"
_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        WHOLE: "with memory",
        "without working": "the same, working memory switched off",
        "without long_term": "the same, long-term memory switched off",
        "without persistent": "the same, persistent memory switched off",
        FORGETFUL: "the same, nothing remembered",
        _TYPOS: "the same, 20 % of the words of the labelled turns misspelt",
        "alone": "a model without a memory, trained on the labelled turns alone",
        "alone, typos": "that model, 20 % of the words misspelt",
    }
)
# Measured beforehand on the same rows: linear SVC on word tf-idf (1-2).
_LINEAR: Final[Mapping[str, float]] = MappingProxyType(
    {
        "linear, tf-idf of the turn alone": 63.6,
        "linear, all earlier turns as one bag beside it": 89.1,
        "linear, five blocks by age: this turn, one before, two before, four before those, older": 94.6,
    }
)


def memory_table(result: dict[str, Any]) -> str:
    """A row for each model, through its int8 ONNX file."""
    answers = result["answers"]
    lines = ["| test accuracy, % | labelled turns |", "|---|---|"]
    for name, title in _TITLES.items():
        if name in answers:
            lines.append(f"| {title} | {100 * answers[name]['accuracy']:.1f} |")
    lines += [f"| {title} | {value:.1f} |" for title, value in _LINEAR.items()]
    test, ratio = result["test"], result["time"]["ratio"]
    text = (
        f"{test['conversations']:,} test conversations, {test['labelled']:,} labelled turns of {test['rows']:,}; the tiny "
        f"preset in int8 through its ONNX file; typos are the mean of three seeds. The state takes "
        f"{result['state_bytes']:,} bytes. A text of 256 words takes {ratio['median']:.2f} times as long as without the "
        f"memory ({ratio['lowest']:.2f} to {ratio['highest']:.2f})."
    )
    return "\n".join([*lines, "", filled_prose(text)])


def turn_table(result: dict[str, Any]) -> str:
    """Accuracy by turn, with the memory and without what was said before."""
    named = [(WHOLE, "with memory"), (FORGETFUL, "nothing remembered"), ("alone", "no memory")]
    kept = [(name, title) for name, title in named if name in result["answers"]]
    turns = result["answers"][WHOLE]["turns"]
    lines = [
        f"| turn | texts | {' | '.join(title for _, title in kept)} |",
        "|---|---|" + "---|" * len(kept),
    ]
    for turn, row in turns.items():
        cells = [
            f"{100 * result['answers'][name]['turns'][turn]['accuracy']:.1f}" for name, _ in kept
        ]
        lines.append(f"| {turn} | {row['texts']:,} | {' | '.join(cells)} |")
    return "\n".join(lines)
