"""``python -m neurolite_bench.apps``: texts for every platform, Python's answers, and how far others' are from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.apps.answers import answers_of, offers_of, read_answers
from neurolite_bench.apps.beginnings import beginnings
from neurolite_bench.apps.comparing import Distance, distance
from neurolite_bench.apps.texts import app_texts, rows_of
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.answer.tasks import GENERATION
from neurolite_core.ground.command_line import EXIT_REFUSED, App, exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_runtimes import open_artifact

TEXTS: Final = "texts.jsonl"
EXPECTED: Final = "expected.jsonl"
_LIMIT: Final = 2**24

app = App(add_completion=False)


@app.command()
def texts(
    artifact: Annotated[
        Path | None, typer.Argument(help="An exported file; without one, the texts alone.")
    ] = None,
    out: Annotated[Path, typer.Option(help="A folder.")] = Path("app-texts"),
    seed: Annotated[int, typer.Option(help="Of the letters that are drawn.")] = 0,
    turns: Annotated[
        int | None,
        typer.Option(min=1, help="Of a model with a memory: every so many are a conversation."),
    ] = None,
) -> None:
    """Write texts.jsonl, and expected.jsonl: what Python answers; of a generator, what it offers behind other texts."""
    with exit_codes():
        session = None if artifact is None else open_artifact(artifact)
        generates = session is not None and session.metadata.task == GENERATION
        made = beginnings(seed) if generates else app_texts(seed)
        _write(out / TEXTS, rows_of(made))
        if session is not None:
            own = [item.text for item in made]
            answers = offers_of(session, own) if generates else answers_of(session, own, turns)
            _write(out / EXPECTED, answers)
        typer.echo(f"{len(made):,} texts: {out}")


@app.command("compare")
def compare_answers(
    expected: Annotated[Path, typer.Argument(help="expected.jsonl")],
    found: Annotated[Path, typer.Argument(help="What the platform's tool printed.")],
    exact: Annotated[bool, typer.Option("--exact", help="Bits are to be equal, as of C.")] = False,
    platform: Annotated[
        str | None, typer.Option(help="Its name, to keep the row in the results.")
    ] = None,
    model: Annotated[str, typer.Option(help="The model's name in the row.")] = "intents",
    results: Annotated[Path, typer.Option(help="JSON that keeps the rows.")] = RESULTS
    / "apps.json",
) -> None:
    """Compare a platform's answers with Python's.

    Exit codes: 0 alike; 1 a label, an abstention, a count of words or a rule differs, a probability by more than 0.001,
    or a bit with --exact; 2 wrong usage or input.
    """
    with exit_codes():
        wanted = read_answers(expected)
        if not wanted:
            raise InputError(
                f"{expected} has no lines. Write it: python -m neurolite_bench.apps texts FILE"
            )
        away = distance(wanted, read_answers(found))
        refused = away.refused(exact=exact)
        typer.echo(json.dumps(asdict(away)))
        if refused is not None:
            typer.echo(f"Not as Python answers: {refused}. First: {_listed(away)}", err=True)
            raise typer.Exit(EXIT_REFUSED)
        if platform is not None:
            keep(results, {"platform": platform, "model": model, **asdict(away)})  # fmt: skip


def _listed(away: Distance) -> str:
    return ", ".join(map(str, away.first)) or "none"


def _write(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    lines = "".join(f"{json.dumps(row)}\n" for row in rows)
    write_atomically(path, lines.encode())


def keep(path: Path, row: dict[str, Any]) -> None:
    """In the place of an earlier row of the same platform and model."""
    rows = json.loads(read_limited(path, _LIMIT))["rows"] if path.exists() else []
    key = (row["platform"], row["model"])
    kept = [each for each in rows if (each["platform"], each["model"]) != key]
    write_result(path, {"benchmark": "apps", "rows": sorted([*kept, row], key=_order)})


def _order(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["platform"], row["model"]


if __name__ == "__main__":
    app()
