"""``python -m neurolite_bench.apps.page``: a page's engines in Chromium, a thousand texts each, beside Python.

A generator is asked what it offers behind some hundred beginnings of texts.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.apps.__main__ import keep
from neurolite_bench.apps.answers import answers_of, offers_of
from neurolite_bench.apps.beginnings import beginnings
from neurolite_bench.apps.comparing import Distance, distance
from neurolite_bench.apps.page.asking import TURNS, answers_of_page
from neurolite_bench.apps.texts import app_texts, rows_of
from neurolite_bench.results import RESULTS
from neurolite_bench.web.browser import CHROMIUM
from neurolite_core.answer.tasks import GENERATION
from neurolite_core.ground.command_line import EXIT_REFUSED, App, exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_export.forms import STREAM
from neurolite_runtimes import Session, open_artifact
from neurolite_runtimes.demo.onnxruntime_web import VERSION

NAMES: Final = {
    "c": "page: C as wasm, Chromium",
    "onnx": f"page: onnxruntime-web {VERSION}, Chromium",
}
# Other builds of ONNX Runtime round a few of int8's numbers the other way: in some texts of a thousand a probability
# differs by more than the 0.001 of other platforms, and a memory keeps what it was given.
FAR: Final = {False: 0.005, True: 0.05}  # by whether the model has one
# Of a generator's thousands of words many are as likely as the next: behind so many texts others may be offered there.
TURNED: Final = 0.02

app = App(add_completion=False)


@app.command()
def main(
    folder: Annotated[Path, typer.Argument(help="That make web, or neurolite-demo --out, wrote.")],
    results: Annotated[Path, typer.Option(help="JSON that keeps the rows.")] = RESULTS
    / "apps.json",
    seed: Annotated[int, typer.Option(help="Of the letters that are drawn.")] = 0,
) -> None:
    """Ask a page's engines 1,000 texts, and keep how far they are from Python.

    Exit codes: 0 alike; 1 not; 2 wrong usage or input.
    """
    with exit_codes():
        if CHROMIUM is None:
            raise InputError("chromium is missing. Install it: apt-get install chromium")
        texts, begun = app_texts(seed), beginnings(seed)
        with tempfile.TemporaryDirectory() as work:
            rows = list(rows_of(texts)), list(rows_of(begun))
            found, _ = answers_of_page(folder, *rows, Path(work))
        files = _files(folder)
        alike = True
        for one in found:
            session = open_artifact(folder / files[one.model, one.engine])
            own = begun if session.metadata.task == GENERATION else texts
            wanted = wanted_of(session, [item.text for item in own])
            away = distance({row["index"]: row for row in wanted}, one.answers)
            refused = _refused(away, one.engine, session)
            alike &= refused is None
            row = {"platform": NAMES[one.engine], "model": _title(session), **asdict(away)}
            typer.echo(json.dumps(row | {"refused": refused}))
            if refused is None:
                keep(results, row)
        if not alike:
            raise typer.Exit(EXIT_REFUSED)


def wanted_of(session: Session, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Python's answers: in conversations where the model has a memory, and what is offered of a generator."""
    if session.metadata.task == GENERATION:
        return offers_of(session, texts)
    return answers_of(session, texts, TURNS if session.metadata.state else None)


def _refused(away: Distance, engine: str, session: Session) -> str | None:
    """Bits are to be equal of the C runtime; of ONNX Runtime Web labels, abstentions, words and rules."""
    if engine == "c":
        return away.refused(exact=True)
    far = FAR[bool(session.metadata.state)]
    if away.largest is not None and away.largest > far:
        return f"the largest difference is {away.largest}, and {far} is allowed"
    labels = away.labels
    if session.metadata.task == GENERATION and (labels or 0) <= TURNED * away.texts:
        labels = 0
    return dataclasses.replace(away, labels=labels, largest=0.0).refused(exact=False)


def _title(session: Session) -> str:
    """As the table of docs/app-contract.md names it."""
    metadata = session.metadata
    if metadata.task == GENERATION:
        return f"{metadata.name.removesuffix(f'-{STREAM}')}, what it offers"
    if metadata.state:
        return f"{metadata.name}, ten turns each"
    return f"{metadata.name}, with rules" if metadata.rules else metadata.name


def _files(folder: Path) -> dict[tuple[str, str], str]:
    models: list[dict[str, Any]] = json.loads((folder / "site.json").read_text("utf-8"))["models"]
    return {
        (model["name"], engine): file["path"]
        for model in models
        for engine, file in model["files"].items()
    }


if __name__ == "__main__":
    app()
