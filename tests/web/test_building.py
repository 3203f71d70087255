"""``neurolite-ops build --wasm``: what it makes, and what it says where it cannot."""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from commands import call_command
from neurolite_runtimes import wasm_build
from neurolite_runtimes.wasm_build import BUILDS, MODULE, web_folder


def test_equal_sources_give_equal_bytes(module: Path, tmp_path: Path) -> None:
    done = call_command("neurolite-ops", "build", "--wasm", "--out", "site", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "site").iterdir()} == {*BUILDS, *MODULE}
    for name in (*BUILDS, *MODULE):
        assert (tmp_path / "site" / name).read_bytes() == (module / name).read_bytes()
        assert name.encode() in done.stdout


def test_missing_tools_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    done = call_command("neurolite-ops", "build", "--wasm", "--out", "site", cwd=tmp_path)
    assert done.returncode == 2
    assert b"clang is not installed. Install it: apt-get install clang lld" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--wasm"], "--wasm and --out go together"),
        (["--out", "site"], "--wasm and --out go together"),
        (["--wasm", "--out", "site", "--fetch-headers"], "are not for --wasm"),
    ],
)
def test_options_that_do_not_go_together(tmp_path: Path, arguments: list[str], said: str) -> None:
    done = call_command("neurolite-ops", "build", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.decode().split())
    assert not (tmp_path / "site").exists()


def test_what_does_not_compile_leaves_nothing(
    module: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "web"
    broken.mkdir()
    for path in web_folder().iterdir():
        (broken / path.name).write_bytes(path.read_bytes())
    (broken / "web.c").write_text("int broken(void) { return nothing; }\n", "utf-8")
    monkeypatch.setattr(wasm_build, "web_folder", lambda: broken)
    done = call_command("neurolite-ops", "build", "--wasm", "--out", "site", cwd=tmp_path)
    assert done.returncode == 2
    said = " ".join(done.stderr.decode().split())
    assert "web.c cannot be compiled by clang: " in said
    assert "undeclared identifier" in said
    assert not list((tmp_path / "site").iterdir())


def test_the_module_and_the_package_have_one_version() -> None:
    described = json.loads((web_folder() / "package.json").read_text("utf-8"))
    assert described["version"] == version("neurolite")
    assert "dependencies" not in described
    assert set(described["files"]) == {*BUILDS, *MODULE} - {"package.json"}
