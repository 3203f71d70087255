"""Markdown tables of the accuracy result: means over seeds, with the range where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from neurolite_bench.baselines import BASELINES
from neurolite_bench.quality_sets import SETS
from neurolite_bench.quality_store import OURS, values

OUR_TITLE: Final = "NeuroLite tiny, int8"
_NONE: Final = "-"
_SCOPE_FIGURES: Final = ("refused_out_of_scope", "accepted_in_scope", "accuracy_of_accepted")
_Runs = list[dict[str, Any]]


def accuracy_table(result: dict[str, Any]) -> str:
    """A row per data set: ours, what int8 costs, the baselines, the targets, published results."""
    head = ["test accuracy, %", OUR_TITLE, "int8 costs, points"]
    head += [row.title for row in BASELINES.values()] + ["reach", "aim", "published"]
    lines = [_line(head), _rule(len(head))]
    for name, row in SETS.items():
        found = result["sets"].get(name, {})
        ours = found.get(OURS, [])
        published = ", ".join(f"{model} {value}" for model, value in row.published.items())
        cells = [row.title, f"**{percent(ours)}**" if ours else _NONE, _int8_cost(ours)]
        cells += [percent(found.get(model, [])) for model in BASELINES]
        lines.append(_line([*cells, _target(row.reach), _target(row.aim), published or _NONE]))
    return "\n".join(lines)


def size_table(result: dict[str, Any]) -> str:
    """Bytes to ship and seconds to fit, by data set and model."""
    lines = [
        _line(["set", "model", "accuracy, %", "MB", "seconds to fit", "chosen on validation"]),
        _rule(6),
    ]
    for name in SETS:
        for model, runs in _in_order(result["sets"].get(name, {})):
            cells = [name, _title(model), percent(runs), _mean_of(runs, "size_bytes", 1e-6, 2)]
            lines.append(_line([*cells, _mean_of(runs, "seconds", 1.0, 0), _options(model, runs)]))
    return "\n".join(lines)


def typo_table(result: dict[str, Any]) -> str:
    """Accuracy with typing errors in 20 % of the words, and what they cost."""
    lines = [_line(["set", "model", "clean, %", "with errors, %", "loss, points"]), _rule(5)]
    for name in SETS:
        for model, runs in _in_order(result["sets"].get(name, {})):
            if not values(runs, "typo_accuracy"):
                continue
            losses = [
                100 * (clean - wrong)
                for clean, wrong in zip(
                    values(runs, "accuracy"), values(runs, "typo_accuracy"), strict=True
                )
            ]
            cells = [name, _title(model), percent(runs), percent(runs, "typo_accuracy")]
            lines.append(_line([*cells, _spread(losses, 1)]))
    return "\n".join(lines)


def scope_table(result: dict[str, Any]) -> str:
    """How well the best score tells texts of no class from the others, and what a threshold does."""
    head = [
        "model",
        "AUROC",
        "out of scope refused, %",
        "in scope accepted, %",
        "of these right, %",
    ]
    lines = [_line(head), _rule(len(head))]
    for name in SETS:
        for model, runs in _in_order(result["sets"].get(name, {})):
            found = values(runs, "oos_auroc")
            if found:
                shares = [percent(runs, figure) for figure in _SCOPE_FIGURES]
                lines.append(_line([_title(model), _spread(found, 3), *shares]))
    return "\n".join(lines)


def language_table(result: dict[str, Any]) -> str:
    """The topic set by script and by language, a column per model."""
    models = _in_order(result["sets"].get("topic", {}))
    lines = [
        _line(["accuracy, %", *(_title(model) for model, _ in models)]),
        _rule(len(models) + 1),
    ]
    for figure in ("by_script", "by_language"):
        groups = sorted({group for _, runs in models for run in runs for group in run[figure]})
        for group in groups:
            cells = [
                _spread([100 * run[figure][group] for run in runs if group in run[figure]], 1)
                for _, runs in models
            ]
            lines.append(_line([group, *cells]))
    return "\n".join(lines)


def percent(runs: _Runs, figure: str = "accuracy") -> str:
    """Mean over seeds, and lowest to highest where there are several."""
    return _spread([100 * value for value in values(runs, figure)], 1)


def _spread(found: Sequence[float], digits: int) -> str:
    if not found:
        return _NONE
    mean = f"{sum(found) / len(found):.{digits}f}"
    if len(found) == 1:
        return mean
    return f"{mean} ({min(found):.{digits}f} to {max(found):.{digits}f})"


def _int8_cost(runs: _Runs) -> str:
    costs = [100 * (run["float_accuracy"] - run["accuracy"]) for run in runs]
    return _spread(costs, 2)


def _mean_of(runs: _Runs, figure: str, scale: float, digits: int) -> str:
    found = [scale * value for value in values(runs, figure)]
    return f"{sum(found) / len(found):,.{digits}f}" if found else _NONE


def _options(model: str, runs: _Runs) -> str:
    if model == OURS:
        return _NONE
    options = runs[0]["options"]
    return ", ".join(f"{name} {value}" for name, value in options.items())


def _in_order(found: dict[str, _Runs]) -> list[tuple[str, _Runs]]:
    """The models that were measured, ours first."""
    return [(model, found[model]) for model in (OURS, *BASELINES) if found.get(model)]


def _title(model: str) -> str:
    return OUR_TITLE if model == OURS else BASELINES[model].title


def _target(value: float | None) -> str:
    return _NONE if value is None else f"{value:.1f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
