"""``python -m neurolite_bench.rule_checks``: measures rules, and keeps what was measured in the results."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer

from neurolite_bench.results import RESULTS, write_result
from neurolite_bench.rule_checks.made import distinct_words
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.command_line import exit_codes, say
from neurolite_core.ground.files import read_limited

NAME = "rules.json"
PARTS = ("cost", "holding", "others")
WORDS = 102_000  # 2,000 of rules and 100,000 others
_LIMIT = 2**24

app = typer.Typer(add_completion=False)


@app.command()
def main(
    data: Annotated[Path, typer.Option(help="Folder with sib200, for words.")] = Path(
        "../shared/data"
    ),
    part: Annotated[
        list[str] | None, typer.Option(help=f"Of {', '.join(PARTS)}; all without.")
    ] = None,
    target: Annotated[
        list[str] | None, typer.Option(help="For cost and holding; all without.")
    ] = None,
    texts: Annotated[int, typer.Option(help="For holding.")] = 100_000,
    rounds: Annotated[int, typer.Option(help="Of timing.")] = 600,
) -> None:
    """Measures what 200 rules over 2,000 words cost, whether they hold, and whether other words set them off."""
    from neurolite_bench.rule_checks.cost import measure_cost
    from neurolite_bench.rule_checks.holding import measure_holding
    from neurolite_bench.rule_checks.others import measure_others
    from neurolite_export.targets import EVERY_PART

    with exit_codes():
        chosen = part or list(PARTS)
        for name in chosen:
            require_choice("--part", name, PARTS)
        words = distinct_words(data)
        path = RESULTS / NAME
        found: dict[str, Any] = json.loads(read_limited(path, _LIMIT)) if path.is_file() else {}
        found.pop("environment", None)
        with tempfile.TemporaryDirectory() as kept:
            folder = Path(kept)
            if "others" in chosen:
                found["others"] = measure_others(words[:WORDS])
            if "cost" in chosen:
                cost = measure_cost(words, folder, target or list(EVERY_PART), rounds, say)
                found["cost"] = found.get("cost", {}) | cost
            if "holding" in chosen:
                held = measure_holding(words, folder, target or list(EVERY_PART), texts, say)
                files = found.get("holding", {}).get("files", {}) | held["files"]
                found["holding"] = {"files": files}
        write_result(path, found)


if __name__ == "__main__":
    app()
