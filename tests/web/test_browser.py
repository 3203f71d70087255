"""The module in a page: Chromium gives the answers of Python, and asks nobody but the page's own server."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from artifacts import Store
from neurolite_bench.web.browser import CHROMIUM, sent_by
from neurolite_runtimes.wasm_build import web_folder
from web.answering import HERE, check, expected, questions, write_job

TYPING = """
<script type="module">
  while (!text.oninput) await new Promise((later) => setTimeout(later, 20));
  const seen = [];
  for (const typed of ["what is my bank balance", "why do cats purr"]) {
    text.value = typed;
    text.dispatchEvent(new Event("input"));
    seen.push(answer.value);
  }
  fetch("found", { method: "POST", body: JSON.stringify({ seen }) });
</script>
"""
MODELS = ("one", "bag", "joint-lanes")
# What neurolite.js is made of.
LOADED = (
    "neurolite",
    "bytes",
    "decisions",
    "errors",
    "metadata",
    "places",
    "rules",
    "scores",
    "spans",
    "state",
)


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_a_page_gives_the_answers_of_python(module: Path, exported: Store, tmp_path: Path) -> None:
    folder, texts = tmp_path / "site", questions(20)
    shutil.copytree(module, folder)
    for name in ("page.html", "page.js", "answers.js"):
        shutil.copy(HERE / name, folder)
    files = {source: exported.ungated("c", source, "int8") for source in MODELS}
    for source, path in files.items():
        shutil.copy(path, folder / f"{source}.nlm")
    write_job(folder / "job.json", {source: f"{source}.nlm" for source in files}, texts)
    sent, asked = sent_by(folder, "page.html", tmp_path / "profile")
    assert "failed" not in sent, sent["failed"]
    assert sent["simd"]
    for source, path in files.items():
        wanted = expected(path, texts, tmp_path)
        for runtime in ("wasm", "wasm simd128"):
            check(sent["found"][f"{source} {runtime}"], wanted, f"{source} {runtime}")
    origin = sent["address"].removesuffix("page.html")
    assert {address.removeprefix(origin) for address in sent["loaded"]} == {
        "page.js", "answers.js", "job.json", "neurolite.wasm", "neurolite-simd.wasm",
        *(f"{name}.js" for name in LOADED),
        *(f"{source}.nlm" for source in MODELS),
    }  # fmt: skip
    assert all(address.startswith(origin) for address in sent["loaded"])
    assert not sent["refused"]
    # Each build is loaded once, whatever is opened.
    assert asked.count("/neurolite-simd.wasm") == 1


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_the_page_of_the_readme_answers(module: Path, exported: Store, tmp_path: Path) -> None:
    """As it stands there, with somebody who types and a server that is told what is to be seen."""
    readme = (web_folder() / "README.md").read_text("utf-8")
    page = re.search("```html\n(.*?)```", readme, re.DOTALL)
    assert page is not None
    folder, path = tmp_path / "site", exported.ungated("c", "intents-one", "int8")
    shutil.copytree(module, folder / "neurolite")
    shutil.copy(path, folder / "neurolite-intents-int8.nlm")
    (folder / "page.html").write_text(page[1] + TYPING, "utf-8")
    sent, _ = sent_by(folder, "page.html", tmp_path / "profile")
    texts = ["what is my bank balance", "why do cats purr"]
    first, second = expected(path, texts, tmp_path)
    assert not first["abstained"]
    assert second["abstained"]
    assert sent == {"seen": [f"{first['label']} {first['score']:.2f}", "?"]}
