"""The modules for pages that need no WebAssembly, held by node to the vectors that every app's code is held to."""

from __future__ import annotations

import re

from native.tools import need, run
from neurolite_runtimes.wasm_build import MODULE, web_folder
from web.answering import HERE


def test_vectors() -> None:
    """``node --test`` runs ``apps/*.test.mjs``; what fails is printed."""
    files = sorted(map(str, (HERE / "apps").glob("*.test.mjs")))
    said = run([need("node"), "--test", *files], HERE)
    assert re.search("^# fail 0$", said, re.MULTILINE)
    assert not re.search("^# pass 0$", said, re.MULTILINE)


def test_every_file_of_the_folder_is_delivered() -> None:
    names = {path.name for path in web_folder().iterdir() if path.suffix in (".js", ".ts", ".json")}
    assert names == set(MODULE)


def test_modules_import_what_is_there_and_each_other_alone() -> None:
    for path in sorted(web_folder().glob("*.js")):
        imported = re.findall('from "([^"]+)"', path.read_text("utf-8"))
        assert all(name.startswith("./") for name in imported), path.name
        assert {name.removeprefix("./") for name in imported} <= set(MODULE), path.name
