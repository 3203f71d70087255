"""The Kotlin of android-demo/ that needs no Android: built by Maven, tested on this machine."""

from __future__ import annotations

import contextlib
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from artifacts import ONE, Store
from neurolite_export.probes import built_in_probes
from neurolite_runtimes.learning import Learner
from neurolite_runtimes.native_library import library_path
from package_models import package_models
from texts import ROOT

OFFLINE = ROOT / "android-demo" / "offline"
MISSING = next((tool for tool in ("make", "mvn", "javac") if shutil.which(tool) is None), None)
OTHERS = ("finding", "several")  # of the tests: words labelled, and several labels a text
APP_TOOLS = ("clang", "ld.lld", "cmake", "aapt2", "zipalign", "apksigner")
APP_MISSING = MISSING or next((tool for tool in APP_TOOLS if shutil.which(tool) is None), None)
LESSONS = {
    "turn the lights off": "lights off",
    "switch off the lamp": "lights off",
    "my parcel has not arrived": "parcel",
    "where is my package": "parcel",
    "where did you leave the thing i ordered": "parcel",
}


def run(*command: str) -> None:
    """Runs it; where Maven cannot fetch what it needs, the test is skipped by name."""
    done = subprocess.run(command, cwd=OFFLINE, capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if "Could not transfer artifact" in said:
        pytest.skip("Maven Central is out of reach")
    assert done.returncode == 0, said[-8_000:]


def script(name: str) -> dict[str, Any]:
    """What a script of offline/ defines."""
    return runpy.run_path(str(OFFLINE / name))


@pytest.fixture(scope="module")
def made(exported: Store, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's models, and what neurolite-run says of the texts of offline/texts."""
    folder = tmp_path_factory.mktemp("android") / "made"
    shutil.copytree(package_models(exported), folder)
    for path in folder.iterdir():
        path.touch()
    run("make", "made", f"MADE={folder}", f"BIN={Path(sys.executable).parent}")
    lines = [text for text in built_in_probes().texts if is_line(text)]
    for name in OTHERS:
        shutil.copy(exported.ungated("onnx", name, "int8"), folder / f"{name}.onnx")
        answers = subprocess.run(
            [Path(sys.executable).with_name("neurolite-run"), folder / f"{name}.onnx"],
            input=b"\n".join(lines),
            capture_output=True,
            check=True,
        )
        (folder / f"{name}.jsonl").write_bytes(answers.stdout)
    return folder


def is_line(text: bytes) -> bool:
    """Whether neurolite-run reads it from a line as it stands, and JSON gives it back."""
    with contextlib.suppress(UnicodeDecodeError):
        return len(text) <= ONE.max_bytes and not set(text.decode()) & {"\n", "\r", "\0"}
    return False


@pytest.mark.skipif(MISSING is not None, reason=f"needs {MISSING}")
def test_core_and_runtime_pass_their_tests(made: Path, exported: Store) -> None:
    op = library_path() if library_path().is_file() else ""
    with exported.locked("maven"):
        run(
            *("mvn", "--batch-mode", "--no-transfer-progress", "--quiet"),
            *(
                "--projects",
                "core,runtime",
                f"-Dneurolite.made={made}",
                f"-Dneurolite.op={op}",
                "test",
            ),
        )
    reports = [*OFFLINE.glob("core/target/surefire-reports/*.txt")]
    reports += OFFLINE.glob("runtime/target/surefire-reports/*.txt")
    assert len(reports) >= 10
    with Learner.open(made / "english.onnx", made / "taught.nls", write=False) as learner:
        assert {item.text: item.label for item in learner.examples()} == LESSONS
        assert learner.classify("please switch the lights off").label == "lights off"


@pytest.mark.skipif(APP_MISSING is not None, reason=f"needs {APP_MISSING}")
def test_the_c_engine_and_the_screens_pass_their_tests(made: Path, exported: Store) -> None:
    with exported.locked("maven"):
        run(
            *("make", "app", f"MADE={made}", f"BIN={Path(sys.executable).parent}"),
            "TESTS_OF_APP=CEngineTest,*ScreenTest,FailureTest",
        )
        # What the package's generator offers behind some hundred beginnings of texts: Kotlin's are Python's.
        run("make", "parity-c-nextwords", f"MADE={made}", f"BIN={Path(sys.executable).parent}")
    reports = [*OFFLINE.glob("engine/target/surefire-reports/*.txt")]
    reports += OFFLINE.glob("app/target/surefire-reports/*.txt")
    assert len(reports) >= 6


def test_the_table_of_characters_is_the_packages() -> None:
    found = script("character_classes.py")
    assert found["FILE"].read_text("utf-8") == found["source"]()


def test_what_is_not_as_pinned_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pins = script("pins.py")
    names = [*pins["pinned"]()]
    assert any("kotlin-stdlib/" in name for name in names)
    assert pins["main"]([str(tmp_path)]) == 0
    changed = tmp_path / names[0]
    changed.parent.mkdir(parents=True)
    changed.write_bytes(b"another")
    assert pins["main"]([str(tmp_path)]) == 1
    assert names[0] in capsys.readouterr().err
