"""The package's models on a page, made once a session; what is absent is skipped by name."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from artifacts import Store
from native.tools import need
from neurolite_bench.engines.running import WEB
from neurolite_bench.web.browser import CHROMIUM
from neurolite_core.artifact.package import write_content
from neurolite_core.models.default import MODELS
from neurolite_core.network.ruling import with_rules
from neurolite_core.rules.reading import parse_rules
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import checkpoint_source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_runtimes.demo.artifacts import models_of, open_artifacts
from neurolite_runtimes.demo.onnxruntime_web import FILES, PACKAGE, VERSION
from neurolite_runtimes.demo.server import DemoServer
from neurolite_runtimes.demo.site import Site, site_of
from neurolite_runtimes.native_library import FOLDER_VARIABLE
from taught_file import taught_file
from texts import ROOT

HERE: Final = Path(__file__).parent
SUFFIXES: Final = {"c": "nlm", "onnx": "onnx"}


def packaged(exported: Store, name: str, target: str) -> Path:
    """A model of the package, int8, the intents with the rules of the examples; without gates, which have own tests."""
    path = exported.folder / f"page-{name}.{SUFFIXES[target]}"
    with exported.locked(path.name):
        if not path.exists():
            source, made = checkpoint_source(MODELS[name]), TARGETS[target].load()
            if name == "intents":
                rules = parse_rules(
                    (ROOT / "examples" / "rules.toml").read_text("utf-8"), "rules.toml"
                )
                source = dataclasses.replace(source, network=with_rules(source.network, rules))
            job = ExportJob(
                source.network,
                metadata_of(source, made, "int8"),
                source.probes or built_in_probes(),
            )
            write_content(path, made.build(job))
    return path


@pytest.fixture(scope="session")
def files(exported: Store) -> list[Path]:
    """The three models of the page, as .nlm and .onnx."""
    return [
        packaged(exported, name, target)
        for name in ("intents", "dialogues", "english")
        for target in SUFFIXES
    ]


@pytest.fixture(scope="session")
def generator(exported: Store) -> Path:
    """A generator that knows a few sentences by heart."""
    return taught_file(exported)


@pytest.fixture(scope="session")
def chromium() -> str:
    if CHROMIUM is None:
        pytest.skip("needs chromium")
    return CHROMIUM


@pytest.fixture(scope="session")
def kept(exported: Store) -> Iterator[Path]:
    """A folder for what the command keeps, with ONNX Runtime Web in it as npm installed it for another test."""
    need("clang")
    need("wasm-ld")
    installed = WEB / "node_modules" / PACKAGE / "dist"
    if not installed.is_dir():
        pytest.skip(f"{PACKAGE} absent: npm ci --ignore-scripts in {WEB}")
    folder = exported.folder / "page-kept"
    with exported.locked("page-kept"):
        for name in FILES:
            target = folder / f"{PACKAGE}-{VERSION}" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(installed / name, target)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(folder))
        yield folder


@pytest.fixture(scope="session")
def site(files: list[Path], generator: Path, kept: Path, exported: Store) -> Site:
    with exported.locked("page-kept"):
        return site_of(models_of(open_artifacts([*files, generator])))


@dataclasses.dataclass
class Page:
    """The page, served, and somebody who uses it.

    Attributes:
        server: of it.
        folder: for files that are saved, and the browser's profile.
        chromium: the browser.
    """

    server: DemoServer
    folder: Path
    chromium: str

    def used(self, *scenarios: str) -> dict[str, Any]:
        """What scenarios.mjs found, and what the browser said and asked for."""
        done = subprocess.run(
            ["node", HERE / "page.mjs", self.server.address, self.folder / "profile", self.folder, *scenarios],
            capture_output=True, text=True, check=False, timeout=300, env=self.variables,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3_000:]
        heard: dict[str, Any] = json.loads(done.stdout)
        assert "broken" not in heard, f"{heard['broken']}\n{heard['said']}"
        return heard

    @property
    def variables(self) -> Mapping[str, str]:
        """Of a process that starts the browser."""
        return {**os.environ, "CHROMIUM": self.chromium}


@pytest.fixture(scope="session")
def page(site: Site, chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    need("node")
    if not (HERE / "node_modules" / "playwright-core").is_dir():
        pytest.skip(f"playwright-core absent: npm ci --ignore-scripts in {HERE}")
    with DemoServer(site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Page(server, tmp_path_factory.mktemp("page"), chromium)
        server.shutdown()
