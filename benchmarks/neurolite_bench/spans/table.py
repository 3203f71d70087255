"""The tables of docs/spans.md."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import fmean
from types import MappingProxyType
from typing import Any, Final

from neurolite_bench.quality_store import OURS
from neurolite_bench.quality_tables import percent
from neurolite_bench.spans.cost import ALONE, JOINT
from neurolite_bench.spans.rows import SET
from neurolite_core.text.markdown import filled_prose

CRF: Final = "crf"
TAUGHT: Final = "taught"
"""Ours, by a transformer's answers beside the rows' tags."""
_TITLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        OURS: "NeuroLite, int8 through its ONNX file",
        TAUGHT: "the same, with a teacher",
        CRF: "CRF: words, prefixes, suffixes",
    }
)
_FIGURES: Final = ("f1", "whole_with_label", "accuracy", "typos_f1")
# As their papers have them, on the same rows.
_PUBLISHED: Final = (
    ("slot-gated LSTM (Goo et al. 2018)", "88.8", "75.5", "97.0"),
    ("Stack-Propagation (Qin et al. 2019)", "94.2", "86.9", "98.0"),
    ("JointBERT (Chen et al. 2019), 110 M parameters", "97.0", "92.8", "98.6"),
)


def spans_table(result: dict[str, Any]) -> str:
    """A row for each model."""
    runs: Mapping[str, list[dict[str, Any]]] = result["sets"][SET]
    lines = [
        "| test, % | F1 of spans | label and all spans right | label | F1, 20 % of the words misspelt |",
        "|---|---|---|---|---|",
    ]
    for model, title in _TITLES.items():
        if model in runs:
            cells = [percent(runs[model], figure) for figure in _FIGURES]
            lines.append(f"| {title} | {' | '.join(cells)} |")
    lines += [f"| {' | '.join(row)} | - |" for row in _PUBLISHED]
    ours = runs[OURS]
    text = (
        f"snips_slots: {ours[0]['texts']} test texts, 39 types, 7 labels. NeuroLite: mean of {_seeds(ours)}, lowest to "
        f"highest in brackets; {fmean(run['size_bytes'] for run in ours) / 1e6:.2f} MB; trained in "
        f"{_minutes(ours)} minutes on a core, by `{ours[0]['command']}`. {_taught(runs.get(TAUGHT, []))}Misspelt: three "
        "drawings of the same words for all. Published figures are their papers'."
    )
    return "\n".join([*lines, "", filled_prose(text)])


def _taught(runs: list[dict[str, Any]]) -> str:
    """How the network with a teacher was made, where there is one."""
    if not runs:
        return ""
    return (
        f"With a teacher: {_seeds(runs)}, {_minutes(runs)} minutes each once the work folder has its answers, by "
        f"`{runs[0]['command']}`. "
    )


def _seeds(runs: list[dict[str, Any]]) -> str:
    return "1 seed" if len(runs) == 1 else f"{len(runs)} seeds"


def _minutes(runs: list[dict[str, Any]]) -> str:
    return f"{fmean(run['seconds'] for run in runs) / 60:.0f}"


def cost_table(result: dict[str, Any]) -> str:
    """A row for each preset, length and way of computing."""
    lines = [
        "| joint model beside the classifier | classifier, ms | joint, ms | times |",
        "|---|---|---|---|",
    ]
    for size, found in result["cost"].items():
        for what, row in found.items():
            if what == "bytes":
                continue
            times = row["ratio"]
            lines.append(
                f"| {size}, {what} | {row['ms'][ALONE]:.3f} | {row['ms'][JOINT]:.3f} | {times['median']:.2f} "
                f"({times['lowest']:.2f} to {times['highest']:.2f}) |"
            )
    environment = result["environment"]
    text = (
        f"int8 ONNX files, one thread, in turn, 39 types; the graph alone, from bytes to tags. {environment['processor']}, "
        f"{environment['measured_at'][:10]}."
    )
    return "\n".join([*lines, "", filled_prose(text)])
