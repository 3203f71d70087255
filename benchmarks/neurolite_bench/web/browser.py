"""Pages in a browser without a window: a folder is served on this machine, and a page of it sends what it found."""

from __future__ import annotations

import http.server
import json
import queue
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path
from typing import Any, Final

CHROMIUM: Final = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)


class _Server(http.server.ThreadingHTTPServer):
    """Of the files of a folder; keeps what it was asked for, and what the page sent."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        self.found: queue.Queue[dict[str, Any]] = queue.Queue()
        super().__init__(("127.0.0.1", 0), partial(_Handler, directory=str(folder)))


class _Handler(http.server.SimpleHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:  # the library's name
        """Keeps the JSON that a page sends."""
        size = int(self.headers["Content-Length"])
        self.server.found.put(json.loads(self.rfile.read(size)))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keeps the address, in place of printing it."""
        self.server.asked.append(self.path)


def sent_by(
    folder: Path, page: str, profile: Path, patience: float = 120.0
) -> tuple[dict[str, Any], list[str]]:
    """What a page sends to "found" as JSON, and the addresses that its server was asked for.

    Args:
        folder: that is served on 127.0.0.1; the browser finds no other machine.
        page: a file in it.
        profile: an empty folder for the browser.
        patience: seconds.

    Raises:
        queue.Empty: it sent nothing so long.
    """
    assert CHROMIUM is not None  # noqa: S101  # the caller has looked
    with _Server(folder) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        browser = subprocess.Popen(  # noqa: S603
            [
                CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1", f"--user-data-dir={profile}",
                "--remote-debugging-port=0", f"http://127.0.0.1:{server.server_port}/{page}",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            return server.found.get(timeout=patience), server.asked
        finally:
            browser.terminate()
            browser.wait(timeout=30)
            server.shutdown()
