"""Tables of the result for docs/learning.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import fmean
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.text.markdown import filled_prose

TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "prototypes": "prototypes",
        "episodic": "episodic",
        "spiking": "spiking",
        "fitted": "prototypes, fitted after each task",
        "fitted_few": "the same, 20 examples a label kept",
        "head": "fine-tuned head",
        "head_replay": "fine-tuned head, replay of vectors",
        "head_at_once": "head, everything at once",
        "whole": "fine-tuned network",
        "whole_replay": "fine-tuned network, replay of texts",
        "whole_at_once": "network, everything at once",
    }
)
_COLUMNS: Final = ("average", "forgetting", "forgetting_among_own", "backward", "forward")
_HEAD: Final = (
    "at the end, %", "forgetting, points", "among a task's own labels",
    "backward transfer", "forward transfer", "kept, kB",
)  # fmt: skip


def stream_table(name: str) -> Callable[[dict[str, Any]], str]:
    """The table of a stream: a row for each method, means over seeds."""

    def table(result: dict[str, Any]) -> str:
        stream = result["streams"].get(name)
        if stream is None:
            return f"{name} was not measured in this run."
        lines = [f"| {name} | {' | '.join(_HEAD)} |", "|---|" + "---|" * len(_HEAD)]
        for method, runs in stream["methods"].items():
            cells = [_mean(runs, column) for column in _COLUMNS]
            lines.append(f"| {TITLES[method]} | {' | '.join([*cells, _kilobytes(runs)])} |")
        seeds = len(result["seeds"])
        text = (
            f"{result['encoder']}, {result['precision']}; {stream['tasks']} tasks, {stream['rows']:,} rows to learn, "
            f"{stream['raw_bytes'] / 1e3:,.0f} kB as text; judged on {stream['judged_rows']:,} {result['split']} rows; "
            f"{'one order' if seeds == 1 else f'mean of {seeds} orders'} of tasks."
        )
        return "\n".join([*lines, "", filled_prose(text)])

    return table


def _mean(runs: list[dict[str, Any]], column: str) -> str:
    found = [run[column] for run in runs if run[column] is not None]
    return f"{100 * fmean(found):.1f}" if found else "-"


def _kilobytes(runs: list[dict[str, Any]]) -> str:
    kept = [run["kept_bytes"][-1] for run in runs if run["kept_bytes"]]
    return f"{fmean(kept) / 1e3:,.0f}" if kept else "-"
