"""``python -m neurolite_bench.web``: the package's own model by the module for pages, in node and in Chromium."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_bench.engines.running import ENGINES, WEB
from neurolite_bench.measuring.texts import built_in_texts, text_of
from neurolite_bench.results import RESULTS, write_result
from neurolite_bench.web.browser import CHROMIUM, sent_by
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import checkpoint_source
from neurolite_export.targets import TARGETS
from neurolite_runtimes.wasm_build import build_wasm

HERE: Final = Path(__file__).parent
WORDS: Final = (8, 12, 32, 256)
_TEXTS: Final = 16  # of each length
_STEP: Final = 7  # sentences between their beginnings

app = typer.Typer(add_completion=False)


@app.command()
def main(
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "web.json",
    rounds: Annotated[int, typer.Option(help="Of each build, in turn.")] = 60,
) -> None:
    """Measure sizes, and microseconds from text to answer, of the builds with SIMD and without.

    Beside them npm's onnxruntime-web, where it was installed (docs/onnx.md).
    """
    with exit_codes():
        if shutil.which("node") is None or CHROMIUM is None:
            raise InputError(
                "node or chromium is missing. Install them: apt-get install nodejs chromium"
            )
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "site"
            _prepare(folder, rounds)
            found: dict[str, Any] = {"node": _by("node", str(HERE / "measure.mjs"), str(folder))}
            found["chromium"], _ = sent_by(folder, "page.html", Path(name) / "profile")
            if (WEB / "node_modules").is_dir():
                times = _by(
                    "node",
                    str(WEB / "times.mjs"),
                    str(folder / "model.onnx"),
                    str(folder / "job.json"),
                )
                found["onnxruntime-web in node"] = {
                    "version": ENGINES["onnxruntime-web"].version(),
                    "times": {"wasm simd128": times},
                }
        sizes = found["node"].pop("sizes")
        versions = {"node": _version("node"), "chromium": _version(CHROMIUM)}
        result = {"benchmark": "web", "rounds": rounds, "engines": versions, "sizes": sizes}
        write_result(out, result | {"measured": found})
        typer.echo(json.dumps(result | {"measured": found}, indent=1))


def _prepare(folder: Path, rounds: int) -> None:
    """The module, the model, the texts and the page in one folder."""
    build_wasm(folder)
    source = checkpoint_source(DEFAULT_CHECKPOINT)
    probes = source.probes or built_in_probes()
    for target, file in {"c": "model.nlm", "onnx": "model.onnx"}.items():
        path = export(source, TARGETS[target].load(), "int8", folder / "exported", probes).path
        shutil.copy(path, folder / file)
    for name in ("measure.js", "page.js", "page.html"):
        shutil.copy(HERE / name, folder)
    job = {"rounds": rounds, "classes": {str(words): _texts(words) for words in WORDS}}
    (folder / "job.json").write_text(json.dumps(job), "utf-8")


def _texts(words: int) -> list[str]:
    """Consecutive sentences, from another place each."""
    source = built_in_texts()
    places = [number * _STEP % len(source.english) for number in range(_TEXTS)]
    turned = [source.english[place:] + source.english[:place] for place in places]
    return [text_of(dataclasses.replace(source, english=own), words) for own in turned]


def _by(*command: str) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise InputError(f"{command[0]} failed: {done.stderr.strip()[-300:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _version(program: str) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    found = re.search(r"\d+(\.\d+)+", said.stdout)
    return found.group() if found else "unknown"


if __name__ == "__main__":
    app()
