"""The result as tables: for a terminal, and for docs/files-from-outside.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from rich.table import Table
from rich.text import Text

from neurolite_bench.attack.outcomes import FAULTS, Outcome, Tally
from neurolite_core.text.markdown import filled_prose

_TITLES: Final = {
    Outcome.CRASHED: "crashed",
    Outcome.HUNG: "hung",
    Outcome.TRACEBACK: "traceback",
    Outcome.DIFFERENT: "silently different",
    Outcome.REFUSED: "refused",
    Outcome.SAME: "as if whole",
}


def terminal_table(tallies: Sequence[Tally]) -> Table:
    """A row for each kind; faults that are allowed stand in brackets."""
    table = Table("attack", "tried", *_TITLES.values(), "s")
    for column in table.columns[1:]:
        column.justify = "right"
    for tally in tallies:
        cells = [Text(f"({n})" if o in tally.allowed and n else str(n), _style(tally, o))
                 for o in _TITLES for n in (tally.counts[o],)]  # fmt: skip
        tried = str(sum(tally.counts.values())) if not tally.left_out else "not installed"
        table.add_row(tally.kind, tried, *cells, f"{tally.seconds:.0f}")
    return table


def _style(tally: Tally, outcome: Outcome) -> str:
    return (
        "red"
        if outcome in FAULTS and outcome not in tally.allowed and tally.counts[outcome]
        else ""
    )


def attack_table(result: dict[str, Any]) -> str:
    """For the document; faults that are allowed stand in brackets."""
    lines = [
        f"| attack | tried | {' | '.join(_TITLES.values())} |",
        "|---|---|" + "---|" * len(_TITLES),
    ]
    for row in result["kinds"]:
        cells = [
            f"({row[outcome.value]:,})"
            if outcome.value in row["allowed"] and row[outcome.value]
            else f"{row[outcome.value]:,}"
            for outcome in _TITLES
        ]
        lines.append(f"| {row['what']} | {row['tried']:,} | {' | '.join(cells)} |")
    versions = ", ".join(f"{name} {version}" for name, version in result["runtimes"].items())
    text = f"Seed {result['seed']}; {versions}. In brackets: another answer of a file that is another one, and what a hostile .tflite or .pte does to its process."
    return "\n".join([*lines, "", filled_prose(text)])
