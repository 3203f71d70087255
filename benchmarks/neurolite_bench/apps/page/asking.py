"""The page's engines, asked in Chromium: their answers in the form of ``neurolite_bench.apps``."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurolite_bench.apps.answers import COUNT, Answers
from neurolite_bench.web.browser import sent_by
from neurolite_core.ground.errors import InputError

HERE: Final = Path(__file__).parent
TURNS: Final = 10  # of a conversation, where the model has a memory
_PATIENCE: Final = 120.0  # seconds for each file, on a machine with more to do
_FILES: Final = ("lines.html", "lines.js")


@dataclass(frozen=True, slots=True)
class Found:
    """What one model said in one engine.

    Attributes:
        model: its name.
        engine: of the page.
        runtime: with its version.
        answers: by the texts' index.
    """

    model: str
    engine: str
    runtime: str
    answers: Answers


def answers_of_page(
    folder: Path,
    texts: Sequence[Mapping[str, Any]],
    beginnings: Sequence[Mapping[str, Any]],
    work: Path,
) -> tuple[list[Found], list[str]]:
    """Asks each model of a page in each engine that has a file of it.

    Args:
        folder: that ``neurolite-demo --out`` wrote; it is copied, and not changed.
        texts: rows with ``index`` and ``utf16``.
        beginnings: the same, for generators.
        work: an empty folder.

    Returns:
        The answers, and all addresses that the page loaded, its own taken off.

    Raises:
        InputError: the page could not be run.
    """
    site = work / "site"
    shutil.copytree(folder, site)
    for name in _FILES:
        shutil.copy(HERE / name, site)
    models = json.loads((folder / "site.json").read_text("utf-8"))["models"]
    asked = [
        {"model": model["name"], "engine": engine, "file": file}
        for model in models
        for engine, file in model["files"].items()
    ]
    job = {
        "texts": [dict(text) for text in texts],
        "beginnings": [dict(text) for text in beginnings],
        "asked": asked,
        "turns": TURNS,
        "offered": COUNT,
    }
    (site / "job.json").write_text(json.dumps(job), "utf-8")
    sent, _ = sent_by(site, "lines.html", work / "profile", _PATIENCE * max(1, len(asked)))
    if sent["failed"] is not None:
        raise InputError(f"The page failed: {sent['failed']}")
    found = [
        Found(
            own["model"],
            own["engine"],
            own["runtime"],
            {line["index"]: line for line in own["lines"]},
        )
        for own in sent["found"]
    ]
    return found, [address.removeprefix(sent["origin"]) for address in sent["loaded"]]
