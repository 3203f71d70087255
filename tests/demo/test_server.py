"""The server of the page: its files, what it answers in the place of engines, and whom it refuses."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artifacts import Store
from neurolite_core.ground.errors import InputError
from neurolite_runtimes import Conversation, open_artifact, run
from neurolite_runtimes.demo.artifacts import models_of, open_artifacts
from neurolite_runtimes.demo.server import DemoServer
from neurolite_runtimes.demo.site import Site, site_of
from neurolite_runtimes.native_library import FOLDER_VARIABLE

SOURCES = ("joint-ruled", "remembering", "bag")
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def files(exported: Store) -> list[Path]:
    return [exported.ungated("onnx", source, "int8") for source in SOURCES]


@pytest.fixture(scope="module")
def server(files: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[DemoServer]:
    """Of models that no engine of the page can run, as none is there."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(tmp_path_factory.mktemp("kept")))
        site = site_of(models_of(open_artifacts(files)))
    with DemoServer(site) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield running
        running.shutdown()


def asked(
    server: DemoServer,
    method: str,
    path: str,
    body: str | None = None,
    headers: Mapping[str, str] = JSON,
) -> tuple[int, bytes, http.client.HTTPMessage]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json", **headers})
    response = connection.getresponse()
    found = response.status, response.read(), response.msg
    connection.close()
    return found


def answer(server: DemoServer, name: str, text: str, state: object = None) -> dict[str, Any]:
    body = json.dumps({"bytes": text.encode().hex(), "state": state})
    status, content, _ = asked(server, "POST", f"/answers/{name}", body)
    assert status == 200, content
    found: dict[str, Any] = json.loads(content)
    return found


def described(server: DemoServer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(asked(server, "GET", "/site.json")[1])
    return found


def test_each_screen_has_the_model_that_is_for_it(server: DemoServer) -> None:
    uses = {model["name"]: model["uses"] for model in described(server)["models"]}
    assert uses == {
        "joint-ruled": ["answer", "benchmark"],
        "remembering": ["conversation", "benchmark"],
        "bag": ["teach", "benchmark"],
    }


def test_all_files_are_served_for_the_page_alone(server: DemoServer) -> None:
    names = ["", *described(server)["shell"], "sw.js"]
    assert {"app/main.js", "neurolite/neurolite.js", "style.css"} <= set(names)
    for name in names:
        status, content, headers = asked(server, "GET", f"/{name}?fresh")
        assert (status, len(content)) == (200, int(headers["Content-Length"]))
        assert "default-src 'self'" in headers["Content-Security-Policy"]
        assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert asked(server, "GET", "/app/main.js")[2]["Content-Type"] == "text/javascript"
    assert asked(server, "HEAD", "/style.css")[1] == b""


@pytest.mark.parametrize(
    "path", ["/missing", "/../pyproject.toml", "/app/", "/..%2fpyproject.toml", "//etc/passwd"]
)
def test_nothing_else_is_served(server: DemoServer, path: str) -> None:
    assert asked(server, "GET", path)[0] == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "example.com"},
        {"Origin": "http://example.com"},
        {"Origin": "null"},
        {"Host": "127.0.0.1"},
    ],
)
def test_pages_of_others_are_refused(server: DemoServer, headers: dict[str, str]) -> None:
    body = json.dumps({"bytes": "", "state": None})
    assert asked(server, "GET", "/site.json", headers=headers)[0] == 403
    assert asked(server, "POST", "/answers/bag", body, headers)[0] == 403


def test_it_answers_with_the_outputs_of_the_session(server: DemoServer, files: list[Path]) -> None:
    for name, path in zip(SOURCES, files, strict=True):
        session = open_artifact(path)
        wanted = run(session, ["buy a red car at 7"])
        found = answer(server, name, "buy a red car at 7")
        assert (found["words"], found["truncated"]) == (int(wanted.words[0]), False)
        assert found["values"].keys() - {"rules"} == wanted.values.keys()
        for output, values in wanted.values.items():
            np.testing.assert_array_equal(
                np.array(found["values"][output], np.float32), values[0].ravel()
            )
        if wanted.rules is not None:
            assert found["values"]["rules"] == wanted.rules[0].tolist()


def test_a_state_goes_there_and_back(server: DemoServer, files: list[Path]) -> None:
    talk = Conversation(open_artifact(files[1]))
    state = None
    for text in ("one", "two three", "four"):
        found = answer(server, "remembering", text, state)
        wanted = talk.remember(text).values["logits"][0]
        np.testing.assert_array_equal(np.array(found["values"]["logits"], np.float32), wanted)
        state = found["state"]
    assert state


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400), ("nothing", 400), ("[]", 400), ('{"bytes": "zz", "state": null}', 400), ('{"bytes": "61"}', 400),
        ('{"bytes": "61", "state": {"other": [1]}}', 400), ('{"bytes": "61", "state": 7}', 400), ("x" * 1_048_577, 413),
    ],
)  # fmt: skip
def test_what_is_no_question_is_refused(server: DemoServer, body: str, status: int) -> None:
    found, content, _ = asked(server, "POST", "/answers/remembering", body)
    assert found == status
    assert json.loads(content)["error"]


def test_other_kinds_of_requests_are_refused(server: DemoServer) -> None:
    body = json.dumps({"bytes": "61", "state": None})
    assert asked(server, "POST", "/answers/bag", body, {"Content-Type": "text/plain"})[0] == 404
    assert asked(server, "POST", "/answers/other", body)[0] == 404
    assert asked(server, "PUT", "/answers/bag", body)[0] == 501


def test_a_port_that_is_taken_is_named(server: DemoServer) -> None:
    with pytest.raises(InputError, match=f"Port {server.server_port} of 127.0.0.1 cannot be used"):
        DemoServer(Site({}, {}, ""), server.server_port)
