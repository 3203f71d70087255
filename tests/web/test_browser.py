"""The module in a page: Chromium gives the answers of Python, and asks nobody but the page's own server."""

from __future__ import annotations

import http.server
import json
import queue
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from artifacts import Store
from pages.browser import CHROMIUM
from web.answering import HERE, check, expected, questions, write_job

MODELS = ("one", "bag", "wide-two")


class Server(http.server.ThreadingHTTPServer):
    """Of the files of a folder; keeps what it was asked for, and what the page found."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.found: queue.Queue[Any] = queue.Queue()
        super().__init__(("127.0.0.1", 0), partial(Handler, directory=str(folder)))


class Handler(http.server.SimpleHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        size = int(self.headers["Content-Length"])
        self.server.found.put(json.loads(self.rfile.read(size)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        self.server.asked.append(self.path)


def shown(folder: Path, profile: Path) -> tuple[Any, list[str]]:
    """What page.html of a folder sends, and the paths that were asked for."""
    assert CHROMIUM is not None
    with Server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = subprocess.Popen(
            [
                CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={profile}",
                "--remote-debugging-port=0", f"http://127.0.0.1:{server.server_port}/page.html",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return server.found.get(timeout=90), server.asked
        finally:
            browser.terminate()
            browser.wait(timeout=30)
            server.shutdown()


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
    sent, asked = shown(folder, tmp_path / "profile")
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
