"""The module in a page: Chromium gives the answers of Python, and asks nobody but the page's own server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from artifacts import Store
from neurolite_bench.web.browser import CHROMIUM, sent_by
from web.answering import HERE, check, expected, questions, write_job

MODELS = ("one", "bag", "wide-two")


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
        "page.js", "answers.js", "neurolite.js", "job.json", "neurolite.wasm", "neurolite-simd.wasm",
        *(f"{source}.nlm" for source in MODELS),
    }  # fmt: skip
    assert all(address.startswith(origin) for address in sent["loaded"])
    assert not sent["refused"]
    # Each build is loaded once, whatever is opened.
    assert asked.count("/neurolite-simd.wasm") == 1
