"""No command opens a connection or leaves a file in the home: each runs in a network of its own, watched.

``unshare --net`` gives a network without any way out, so that what is tried is refused at once; ``strace`` writes down
what is tried, by C code as well, in every process and thread.
"""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from generating import generator
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification, save_checkpoint
from neurolite_core.artifact.package import write_content
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from texts import ROOT
from training.making import make_transformer, rows, write_config

TRACE = ("strace", "-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o")
ALONE = ("unshare", "--net")
# Internet addresses. Without a resolver's daemon, which a fresh machine has not, a name is asked by one, too.
OUTSIDE = re.compile(r"AF_INET6?\b")
PACKAGES = (ROOT, ROOT / "export", ROOT / "runtimes", ROOT / "benchmarks")
COMMANDS = {
    "train": "neurolite_core.training",
    "export": "neurolite_export.cli",
    "run": "neurolite_runtimes.cli",
    "eval": "neurolite_runtimes.eval_cli",
    "generate": "neurolite_runtimes.generate_cli",
    "learn": "neurolite_runtimes.learn_cli",
    "demo": "neurolite_runtimes.demo_cli",
    "ops": "neurolite_runtimes.native_cli",
    "bench": "neurolite_bench.cli",
    "search": "neurolite_bench.searching",
}
QUICK = ("--repeats", "1", "--rounds", "1", "--runs", "4", "--seconds", "0")
SOCKET = "import socket; s = socket.socket(); s.settimeout(1); s.connect_ex(('192.0.2.1', 80))"
LOOKUP = """
import ctypes
ctypes.CDLL(None).getaddrinfo(b"example.com", b"80", None, ctypes.byref(ctypes.c_void_p()))
"""
SESSION = """
import onnxruntime, os
from onnxruntime import datasets
onnxruntime.InferenceSession(os.path.join(os.path.dirname(datasets.__file__), "mul_1.onnx"))
"""


def traced(folder: Path, *command: object) -> tuple[subprocess.CompletedProcess[str], list[str]]:
    """Runs Python with a home in ``folder``; what it did, and the calls that went outside."""
    home, log = folder / "home", folder / "calls"
    home.mkdir(exist_ok=True)
    # Nothing of this shell: onnxruntime keeps still where $CI is set, which would hide what it does elsewhere.
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": os.pathsep.join(map(str, PACKAGES)),
        "OMP_NUM_THREADS": "1",
    }
    done = subprocess.run(
        [*ALONE, *TRACE, log, sys.executable, *map(str, command)],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    calls = log.read_text("utf-8", "replace").splitlines() if log.exists() else []
    return done, [line for line in calls if OUTSIDE.search(line)]


def left(folder: Path) -> list[str]:
    home = folder / "home"
    return sorted(str(path.relative_to(home)) for path in home.rglob("*"))


@pytest.fixture(scope="module", autouse=True)
def _can_trace(tmp_path_factory: pytest.TempPathFactory) -> None:
    missing = [name for name in (ALONE[0], TRACE[0]) if shutil.which(name) is None]
    if missing:
        pytest.skip(f"{' and '.join(missing)} not installed")
    folder = tmp_path_factory.mktemp("probe")
    done, _ = traced(folder, "-c", "pass")
    if done.returncode != 0:
        pytest.skip(f"no network of one's own here: {done.stderr.strip()[-200:]}")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, tiny_int8: Path) -> Path:
    """What the commands work on: parquet rows, a transformer, a checkpoint and an exported file."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    folder = tmp_path_factory.mktemp("commands")
    found = rows(60)
    texts, labels = [text for text, _ in found], [label for _, label in found]
    parquet.write_table(pyarrow.table({"text": texts, "label": labels}), folder / "data.parquet")
    config = NeuroLiteConfig.from_json(write_config(folder / "config.json").read_text())
    torch.manual_seed(4)  # whose answers are no close calls
    network = NeuroLiteForClassification(config, labels=sorted(set(labels))).eval()
    save_checkpoint(network, folder / "checkpoint", probes=found[:30])
    make_transformer(folder / "teacher", sorted({word for text in texts for word in text.split()}))
    target, source = TARGETS["onnx"].load(), Source(generator(), "generator", "random")
    job = ExportJob(source.network, metadata_of(source, target, "float32"), built_in_probes())
    write_content(folder / "generator.onnx", target.build(job))
    for path in tiny_int8.parent.glob("*"):
        if path.is_file():
            shutil.copy(path, folder / path.name)
    (folder / "model").write_text(tiny_int8.name)
    return folder


Arguments = Callable[[str], list[str]]
TABLE: dict[str, Arguments] = {
    "train": lambda _: [
        "data.parquet", "--teacher", "teacher", "--variants", "1", "--model-config", "config.json",
        "--epochs", "1", "--out", "trained",
    ],
    "export": lambda _: ["--checkpoint", "checkpoint", "--int8", "--out", "exported"],
    "run": lambda model: [model, "book a table"],
    "eval": lambda model: [model, "data.parquet", "--report", "measured"],
    "generate": lambda _: ["generator.onnx", "How are", "--words", "3"],
    "learn": lambda model: [model, "--store", "mine.nls", "add", "book a table", "restaurant"],
    "demo": lambda model: ["--terminal", model],
    "ops": lambda _: ["status"],
    "bench": lambda model: [model, *QUICK, "--no-hash-share"],
    "search": lambda _: [
        "data.parquet", "--set", "table_size=512", "--set", "num_layers=1", "--set", "max_words=16", "--set", "max_bytes=64",
        "--trials", "1", "--epochs", "1", "--out", "found",
    ],
}  # fmt: skip


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_tries_no_connection_and_leaves_nothing(name: str, folder: Path) -> None:
    shutil.rmtree(folder / "home", ignore_errors=True)
    model = (folder / "model").read_text()
    done, outside = traced(folder, "-m", COMMANDS[name], *TABLE[name](model))
    assert done.returncode == (1 if name == "ops" else 0), done.stdout + done.stderr
    assert not outside
    assert not left(folder)


def test_the_table_has_every_command() -> None:
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    assert {f"neurolite-{name}" for name in COMMANDS} == set(scripts)


@pytest.mark.parametrize("code", [SOCKET, LOOKUP], ids=["a socket of Python", "a name asked in C"])
def test_what_does_connect_is_caught(code: str, tmp_path: Path) -> None:
    _, outside = traced(tmp_path, "-c", code)
    assert outside


@pytest.mark.parametrize(
    "package", ["neurolite_core", "neurolite_export", "neurolite_runtimes", "neurolite_bench"]
)
def test_each_package_switches_telemetry_off_before_onnxruntime(
    package: str, tmp_path: Path
) -> None:
    done, outside = traced(tmp_path, "-c", f"import {package}{SESSION}")
    assert done.returncode == 0, done.stderr
    assert not outside
    assert not left(tmp_path)


def test_onnxruntime_alone_leaves_what_this_looks_for(tmp_path: Path) -> None:
    import onnxruntime

    if tuple(map(int, onnxruntime.__version__.split(".")[:2])) < (1, 29):
        pytest.skip(f"onnxruntime {onnxruntime.__version__} has no telemetry on this system")
    traced(tmp_path, "-c", SESSION)
    assert any("onnxruntime" in name for name in left(tmp_path))


@pytest.mark.parametrize(
    ("before", "names", "after"),
    [
        ({}, ["data.csv", "0.2", None], {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}),
        ({}, ["hf:squad", None], {"HF_HUB_OFFLINE": None}),
        ({}, ["hf:here"], {"HF_HUB_OFFLINE": "1"}),
        ({"HF_HUB_OFFLINE": "0"}, ["data.csv"], {"HF_HUB_OFFLINE": "0"}),
        ({"ORT_DISABLE_TELEMETRY": "0"}, [], {"ORT_DISABLE_TELEMETRY": "0"}),
        ({}, [], {"ORT_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}),
    ],
)
def test_what_the_user_has_set_stays_and_a_name_of_the_hub_asks_for_it(
    before: dict[str, str], names: list[str], after: dict[str, str | None], tmp_path: Path
) -> None:
    (tmp_path / "here").mkdir()
    code = (
        "import os; from neurolite_core.data.hub import offline_unless_named; "
        f"offline_unless_named(*{names}); print([os.environ.get(n) for n in {list(after)}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, capture_output=True, text=True, check=True,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(map(str, PACKAGES))} | before,
    )  # fmt: skip
    assert done.stdout.strip() == str(list(after.values()))
