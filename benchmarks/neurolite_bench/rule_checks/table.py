"""Tables of docs/rules.md from the results."""

from __future__ import annotations

from typing import Any


def others_table(result: dict[str, Any]) -> str:
    """Other words that were taken for one of the rules', and how many were to be expected."""
    lines = [
        "| | others | taken for one of the rules' | expected | of the rules', not found |",
        "|---|---|---|---|---|",
    ]
    for name, row in result.get("others", {}).items():
        if name == "prefixes":
            title = f"{row['prefixes']:,} prefixes, K 16, M 8,192"
            others, lost = row["words"] - row["begin with one"], row["not recognised"]
        else:
            title, others, lost = (
                f"{row['listed']:,} words, {name}",
                row["others"],
                row["listed not found"],
            )
        lines.append(
            f"| {title} | {others:,} | {row['others taken for one']:,} | {row['expected']:.1g} | {lost:,} |"
        )
    return "\n".join(lines)


def cost_table(result: dict[str, Any]) -> str:
    """Times, and how many times that of no rules, with the quartiles of rounds."""
    lines = ["| runtime | rules of | ms | times no rules | KB more |", "|---|---|---|---|---|"]
    for runtime, row in result.get("cost", {}).items():
        kinds = row["kinds"]
        base = kinds["no rules"]["bytes"]
        for kind, found in kinds.items():
            ratio = found["ratio"]
            times = f"{ratio['median']:.2f} ({ratio['lower']:.2f} to {ratio['upper']:.2f})"
            more = f"{(found['bytes'] - base) / 1000:.0f}"
            cells = ("1", "-") if kind == "no rules" else (times, more)
            lines.append(
                f"| {runtime} | {kind} | {found['milliseconds']:.2f} | {cells[0]} | {cells[1]} |"
            )
    return "\n".join(lines)


def holding_table(result: dict[str, Any]) -> str:
    """Texts on which anything was wrong, of each target and precision."""
    held = result.get("holding", {})
    lines = [
        "| file | texts | rules fired | texts with a hard rule | wrong |",
        "|---|---|---|---|---|",
    ]
    for name, row in held.get("files", {}).items():
        lines.append(
            f"| {name} | {row['texts']:,} | {row['fired']:,} | {row['hard']:,} | {row['wrong']:,} |"
        )
    return "\n".join(lines)
