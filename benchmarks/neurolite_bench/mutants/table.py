"""The result as tables of docs/mutants.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from neurolite_bench.mutants.faults import read_rows
from neurolite_bench.mutants.records import CAUGHT, SURVIVED, TIMEOUT, UNCOVERED
from neurolite_bench.mutants.rooms import ROOMS
from neurolite_bench.mutants.stored import read_judged

_SHOWN: Final = 70


def faults_table(result: Mapping[str, Any]) -> str:
    """A row for each fault of the list: what it would do, and which test file caught it, old suite and new."""
    found = result["faults"]
    lines = ["| fault | what a user would get | old suite | new suite |", "|---|---|---|---|"]
    asked: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    rows = read_rows()
    for row in rows:
        own = found.get(row["id"], {})
        cells = []
        for suite in ("old", "new"):
            known = own.get(suite)
            if known is not None:
                asked[suite] += 1
                caught[suite] += known["outcome"] in (CAUGHT, TIMEOUT)
            cells.append(_absent(row, own, suite) if known is None else _said(known))
        lines.append(f"| {row['id']} | {row['effect']} | {cells[0]} | {cells[1]} |")
    summary = (
        f"{len(rows)} faults; the old suite caught {caught['old']} of {asked['old']} that it was asked for, the new "
        f"one {caught['new']} of {asked['new']}.\nTrees: {_commits(found, rows)}."
    )
    return "\n".join([summary, "", *lines])


def _absent(row: Mapping[str, Any], own: Mapping[str, Any], suite: str) -> str:
    if suite == "old" and "old_why" in row:
        return f"none: {row['old_why']}"
    if suite == "old" and own.get("unchanged"):
        return "not run: the new suite's file is unchanged since"
    return "not run"


def _said(known: Mapping[str, Any]) -> str:
    if known["outcome"] == CAUGHT:
        return str(known["by"]).partition("::")[0]
    if known["outcome"] == TIMEOUT:
        return "a test that did not end"
    if known["outcome"] == UNCOVERED:
        return f"**{UNCOVERED}**"
    part = f" ({known['left_out']} more test files not asked)" if known["left_out"] else ""
    return f"**{known['outcome']}**{part}"


def _commits(found: Mapping[str, Any], rows: list[dict[str, Any]]) -> str:
    parts = []
    for suite in ("old", "new"):
        names = {
            found[row["id"]][suite]["commit"] for row in rows if suite in found.get(row["id"], {})
        }
        parts.append(f"{suite} {', '.join(sorted(names)) or 'not run'}")
    return "; ".join(parts)


def drawn_table(result: Mapping[str, Any]) -> str:
    """How many drawn changes each room's tests noticed, and the survivors one by one."""
    rows = result["drawn"]
    judged = read_judged()
    lines = [
        "| room | drawn | caught | survived | no test covers it |",
        "|---|---|---|---|---|",
    ]
    total: Counter[str] = Counter()
    for room in ROOMS:
        own = Counter(row["new"]["outcome"] for row in rows.values() if row["room"] == room)
        total += own
        lines.append(_counted(room, own))
    lines.append(_counted("all", total))
    left = {
        name: row for name, row in rows.items() if row["new"]["outcome"] in (SURVIVED, UNCOVERED)
    }
    lines += ["", "| not caught | change | why, and what was done |", "|---|---|---|"]
    for name, row in left.items():
        change = f"`{_cut(row['find'])}` to `{_cut(row['replace'])}` ({row['note']})"
        place = f"{name}, {row['file']}:{row['line']}"
        lines.append(f"| {place} | {change} | {judged.get(name, 'not judged')} |")
    return "\n".join(lines)


def _counted(name: str, own: Mapping[str, int]) -> str:
    caught = own.get(CAUGHT, 0) + own.get(TIMEOUT, 0)
    numbers = (sum(own.values()), caught, own.get(SURVIVED, 0), own.get(UNCOVERED, 0))
    return f"| {name} | {' | '.join(map(str, numbers))} |"


def _cut(text: str) -> str:
    line = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 3]}..."
