"""The tables of docs/backbones.md: what each backbone answers right, what int8 costs it, and time, memory and bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any, Final

from neurolite_bench.backbones.rows import COMPARED, LONG, ROWS, RUNTIMES, SHORT, STEP_TEXTS
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.text.markdown import filled_prose

_TITLES: Final = {"onnx": "ONNX Runtime", "litert": "LiteRT", "executorch": "ExecuTorch"}
_NONE: Final = "-"
_Runs = Sequence[Mapping[str, Any]]


def accuracy_table(result: Mapping[str, Any]) -> str:
    """A row per backbone: test accuracy through int8 files, of texts as they are and misspelt."""
    head = ["test accuracy, %"]
    for item in COMPARED.values():
        head += [item.title, "misspelt"] if item.typos else [item.title]
    lines = [_line(head), _rule(len(head))]
    for row in ROWS:
        cells = [_name(row)]
        for name, item in COMPARED.items():
            runs = runs_of(result, row, name)
            cells.append(_percent(runs, "accuracy", _marks(runs)))
            if item.typos:
                cells.append(_percent(runs, "typo_accuracy"))
        lines.append(_line(cells))
    text = (
        "Means over seeds where a cell has a range, else seed 0. Every row is trained with the same options: "
        + "; ".join(f"{item.title} `{' '.join(item.options)}`" for item in COMPARED.values())
        + ". A star stands where the export's gates refuse the int8 file: it is measured all the same, and would be "
        "shipped in float32."
    )
    return "\n".join([*lines, "", filled_prose(text)])


def int8_table(result: Mapping[str, Any]) -> str:
    """A row per backbone: points that int8 costs on each set, and the agreement with the float32 reference."""
    head = ["int8 costs, points (same answer on validation texts, %)"]
    head += [item.title for item in COMPARED.values()]
    head += ["learning rate", "`clinc150` file, MB"]
    lines = [_line(head), _rule(len(head))]
    for row in ROWS:
        cells = [_name(row)]
        for name in COMPARED:
            runs = [run for run in runs_of(result, row, name) if "accuracy" in run]
            costs = [100 * (run["float_accuracy"] - run["accuracy"]) for run in runs]
            agreements = [100 * run["agreement"] for run in runs]
            cells.append(f"{fmean(costs):.2f} ({fmean(agreements):.1f})" if runs else _NONE)
        chosen = runs_of(result, row, "clinc150")
        rates = [run["rate"] for run in chosen[:1] if run["rate"] is not None]
        cells.append(f"{rates[0]:g}" if rates else _NONE)
        cells.append(f"{chosen[0]['size_bytes'] / 1e6:.2f}" if chosen else _NONE)
        lines.append(_line(cells))
    return "\n".join(lines)


def cost_table(result: Mapping[str, Any]) -> str:
    """A row per backbone: milliseconds, growth, memory, megabytes by runtime, and a step of training."""
    sizes, speed = (result.get(part, {}).get("files", {}) for part in ("sizes", "speed"))
    head = ["int8, one thread"]
    head += [f"{_TITLES[kind]}, ms: {SHORT} / {LONG} words" for kind in RUNTIMES]
    head += ["times as long at 1,024 words as at 16"]
    head += ["RAM, MB: " + " / ".join(_TITLES[kind] for kind in RUNTIMES)]
    head += ["file, MB: likewise", f"step of {STEP_TEXTS} texts, ms"]
    lines = [_line(head), _rule(len(head))]
    for name in [each for each in BACKBONES if each in {**sizes, **speed}]:
        row, size = speed.get(name, {}), sizes.get(name, {})
        cells = [_name(name), *(_milliseconds(row.get(kind)) for kind in RUNTIMES)]
        cells.append(f"{row['growth']['times']:.0f}" if "growth" in row else _NONE)
        memory = [row.get(kind, {}).get("memory_bytes") for kind in RUNTIMES]
        cells.append(" / ".join(_megabytes(count, 1) for count in memory))
        cells.append(" / ".join(_megabytes(size.get(kind), 2) for kind in RUNTIMES))
        cells.append(f"{row['step_ms']['median_ms']:.0f}" if "step_ms" in row else _NONE)
        lines.append(_line(cells))
    return "\n".join(lines)


def _milliseconds(timed: Mapping[str, Any] | None) -> str:
    if timed is None:
        return _NONE
    return " / ".join(f"{timed[f'{count}_words']['median_ms']:.2f}" for count in (SHORT, LONG))


def runs_of(result: Mapping[str, Any], row: str, name: str) -> list[dict[str, Any]]:
    """The runs of a row on a set, by seed."""
    found = [run for run in result["runs"] if (run["row"], run["set"]) == (row, name)]
    return sorted(found, key=lambda run: int(run["seed"]))


def _percent(runs: _Runs, figure: str, marks: str = "") -> str:
    values = [100 * float(run[figure]) for run in runs if run.get(figure) is not None]
    if not values:
        return _NONE
    if len(values) == 1:
        return f"{values[0]:.1f}{marks}"
    return f"{fmean(values):.1f}{marks} ({min(values):.1f} to {max(values):.1f})"


def _marks(runs: _Runs) -> str:
    return " *" if any(run.get("refused") for run in runs) else ""


def _megabytes(count: int | None, digits: int) -> str:
    return _NONE if count is None else f"{count / 1e6:.{digits}f}"


def _name(row: str) -> str:
    name, comma, rest = row.partition(",")
    return f"`{name}`{comma}{rest}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(columns: int) -> str:
    return "|" + "---|" * columns
