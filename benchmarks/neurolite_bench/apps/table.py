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
        texts = row["texts"]
        answered = texts - row["missing"]
        bits = "-" if row["bits"] is None else f"{row['bits']:,}"
        cells = (
            row["platform"],
            row["model"],
            f"{texts:,}",
            f"{answered - row['labels']:,}",
            f"{answered - row['abstentions']:,}",
            "-" if row["largest"] is None else f"{row['largest']:.1g}",
            bits,
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)
