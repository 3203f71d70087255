"""The table of docs/app-contract.md: how far each platform's answers are from Python's."""

from __future__ import annotations

from typing import Any


def apps_table(result: dict[str, Any]) -> str:
    """A row for each platform and model."""
    lines = [
        "| platform | model | texts | labels equal | abstentions equal | largest difference | equal to the last bit |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in result["rows"]:
        answered = row["texts"] - row["missing"]
        equal = (
            None if row[name] is None else answered - row[name]
            for name in ("labels", "abstentions")
        )
        cells = (
            row["platform"],
            row["model"],
            f"{row['texts']:,}",
            *map(_counted, equal),
            "-" if row["largest"] is None else f"{row['largest']:.1g}",
            _counted(row["bits"]),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _counted(value: int | None) -> str:
    return "-" if value is None else f"{value:,}"
