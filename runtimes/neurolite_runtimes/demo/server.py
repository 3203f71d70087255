"""Serves the page on this machine alone: 127.0.0.1, and to pages of its own address only."""

from __future__ import annotations

import http.server
import mimetypes
from functools import partial
from http import HTTPStatus
from typing import Final

from neurolite_core.ground.errors import InputError, NeuroLiteError
from neurolite_core.ground.terminal import json_text
from neurolite_runtimes.demo.answering import MOST_BYTES, answered
from neurolite_runtimes.demo.site import Site

HOST: Final = "127.0.0.1"
_MOST_SKIPPED: Final = 16 * MOST_BYTES
_JSON: Final = "application/json"
_KINDS: Final = {
    ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".json": _JSON,
    ".webmanifest": "application/manifest+json", ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}  # fmt: skip
# Nothing from elsewhere, and a finer clock for the benchmark.
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


class DemoServer(http.server.ThreadingHTTPServer):
    """Of one site.

    Args:
        site: the files.
        port: 0 takes a free one.

    Raises:
        InputError: the port is taken.
    """

    daemon_threads = True

    def __init__(self, site: Site, port: int = 0) -> None:
        try:
            super().__init__((HOST, port), partial(_Handler, site))
        except OSError as error:
            raise InputError(
                f"Port {port} of {HOST} cannot be used: {error.strerror}. Leave --port out for a free one."
            ) from error
        self.address = f"http://{HOST}:{self.server_port}/"
        self.hosts = {f"{name}:{self.server_port}" for name in (HOST, "localhost")}


class _Handler(http.server.BaseHTTPRequestHandler):
    server: DemoServer
    server_version = "neurolite-demo"
    sys_version = ""
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds that a connection may be silent

    def __init__(self, site: Site, *given: object) -> None:
        self._site = site
        super().__init__(*given)  # type: ignore[arg-type]  # as the library has them

    def do_GET(self) -> None:  # the library's name
        """A file of the site."""
        if not self._is_ours():
            return
        address = self.path.partition("?")[0].removeprefix("/") or "index.html"
        content = self._site.content(address)
        if content is None:
            self._send(HTTPStatus.NOT_FOUND, b"Not found.\n", "text/plain; charset=utf-8")
            return
        suffix = f".{address.rpartition('.')[2]}"
        kind = _KINDS.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream")
        self._send(HTTPStatus.OK, content, kind)

    def do_HEAD(self) -> None:  # the library's name
        """The same, without its content."""
        self.do_GET()

    def do_POST(self) -> None:  # the library's name
        """An answer of a model that the page cannot run itself."""
        self.close_connection = True
        if not self._is_ours():
            return
        artifact = self._site.answers.get(self.path.removeprefix("/"))
        size = self.headers.get("Content-Length", "")
        if artifact is None or self.headers.get_content_type() != _JSON:
            self._send_json(HTTPStatus.NOT_FOUND, {"error": "Nothing answers here."})
        elif not size.isdecimal() or int(size) > MOST_BYTES:
            self._skip(int(size) if size.isdecimal() else 0)
            self._send_json(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                {"error": "The text is too long for this page."},
            )
        else:
            try:
                self._send_json(HTTPStatus.OK, answered(artifact, self.rfile.read(int(size))))
            except NeuroLiteError as error:
                self._send_json(HTTPStatus.BAD_REQUEST, {"error": str(error)})

    def _skip(self, size: int) -> None:
        """Reads what nobody wants, up to a limit: who is still sending takes a closed connection for no answer."""
        left = min(size, _MOST_SKIPPED)
        while left > 0 and (found := len(self.rfile.read(min(left, MOST_BYTES)))):
            left -= found

    def _is_ours(self) -> bool:
        """Whether a page of this address asks: others, and names that lead here, are refused."""
        origin = self.headers.get("Origin")
        named = self.headers.get("Host", "") in self.server.hosts
        if named and (origin is None or origin.removeprefix("http://") in self.server.hosts):
            return True
        self.close_connection = True
        self._send(
            HTTPStatus.FORBIDDEN, b"This address is for this machine's own page.\n", "text/plain"
        )
        return False

    def _send_json(self, status: HTTPStatus, found: object) -> None:
        self._send(status, json_text(found).encode(), _JSON)

    def _send(self, status: HTTPStatus, content: bytes, kind: str) -> None:
        self.send_response(status)
        for name, value in {
            **_HEADERS,
            "Content-Type": kind,
            "Content-Length": str(len(content)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing: what is asked is nobody's business."""
