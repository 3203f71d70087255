"""A model as C source: names that C takes, the file byte for byte, and programs in C++ and Rust that answer by it."""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import c_kinds
from artifacts import SOURCES, Store
from commands import call_command
from native.tools import NATIVE, need, run
from neurolite_core.artifact.formats.nlm import read_parts
from neurolite_core.artifact.formats.nlm_module_table import read_modules
from neurolite_core.artifact.formats.nlm_shape import SHAPE_KIND, NlmShape
from neurolite_core.ground.errors import InputError
from neurolite_export.planning import plan_jobs
from neurolite_export.targets.c.scratch import scratch_bytes, state_bytes
from neurolite_export.targets.c.sources import identifier, label_names, source_files
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model
from neurolite_runtimes.source_layouts import write_layout

HERE = Path(__file__).parent
STRICT = ["-Wall", "-Wextra", "-Wpedantic"]
TEXTS = ["book a table for two", "día", "wake me up at sevn in the morning"]


@given(st.text())
def test_identifiers_are_names_in_c(text: str) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", identifier(text))


@given(st.lists(st.text(max_size=6), max_size=40))
def test_labels_get_names_of_their_own(labels: list[str]) -> None:
    names = list(label_names(labels))
    assert len(set(names)) == len(labels)
    assert all(re.fullmatch(r"[A-Z0-9_]+", name) for name in names)


def test_names_are_those_that_one_would_write() -> None:
    assert identifier("neurolite-Café 2-int8") == "neurolite_cafe_2_int8"
    assert identifier("3d") == "model_3d"
    assert identifier("天気") == "model"
    labels = ["set alarm", "set-alarm", "天気", "a*/b", "set_alarm_1", "ÉTÉ"]
    assert list(label_names(labels)) == [
        "SET_ALARM",
        "SET_ALARM_1",
        "2",
        "A_B",
        "SET_ALARM_1_4",
        "ETE",
    ]


def test_labels_of_any_kind_compile(exported: Store, tmp_path: Path) -> None:
    """What stands in comments ends none, whatever a label is called."""
    network = SOURCES["one"]().network
    labels = ("*/ #error", "\\", "a\nb", "??/", "天気")
    from neurolite_core.network.model import NeuroLiteForClassification
    from neurolite_export.exporting import metadata_of
    from neurolite_export.probes import built_in_probes
    from neurolite_export.source import Source
    from neurolite_export.target import ExportJob
    from neurolite_export.targets.c.target import CTarget

    source = Source(
        NeuroLiteForClassification(network.config, labels=labels).eval(), "odd", "random"
    )
    job = ExportJob(source.network, metadata_of(source, CTarget(), "int8"), built_in_probes())
    files = source_files("odd", CTarget().build(job))
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    assert b"ODD_LABEL_4 = 4" in files["odd.h"]
    run([need("gcc"), "-std=c11", *STRICT, "-Werror", "-trigraphs", "-c", "odd.c"], tmp_path)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_array_is_the_file(exported: Store, tmp_path: Path, compiler: str) -> None:
    content = exported("c", "one", "int8").path.read_bytes()
    files = source_files("model", content)
    assert files == source_files("model", content)
    for name, text in files.items():
        (tmp_path / name).write_bytes(text)
    (tmp_path / "main.c").write_text(
        '#include <stdio.h>\n#include <stdint.h>\n#include "model.h"\n'
        "int main(void) { fwrite(model, 1, model_size, stdout); return (uintptr_t)model % 64 != 0; }\n"
    )
    run([need(compiler), "-std=c11", *STRICT, "main.c", "model.c", "-o", "main"], tmp_path)
    done = subprocess.run([tmp_path / "main"], capture_output=True, check=True)
    assert done.stdout == content


BACKBONES = (
    "backbone-states",
    "backbone-reservoir-surprised",
    "backbone-liquid",
    "backbone-hypermixer-tied",
)
MODULES = ("joint", "joint-lanes", "remembering-bag", "patterns", "experts-two", "experts-bag")


@pytest.mark.parametrize(
    "source",
    [
        *c_kinds.PLAIN,
        "rules-asking",
        *MODULES,
        *BACKBONES,
        *c_kinds.GENERATING,
    ],
)
def test_scratch_is_what_the_library_asks_for(exported: Store, library: Path, source: str) -> None:
    content = exported.ungated("c", source, "int8").read_bytes()
    parts = read_parts(content, "model.nlm")
    shape = NlmShape.from_bytes(parts[SHAPE_KIND, 0], "model.nlm")
    modules = read_modules(parts, shape, "model.nlm")
    functions = ctypes.CDLL(str(library / "neurolite.so"))
    functions.nl_open.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    functions.nl_scratch.argtypes = [ctypes.c_void_p, ctypes.c_int32]
    functions.nl_scratch.restype = ctypes.c_size_t
    blob, opened = np.zeros(len(content) // 8 + 1, np.int64), np.zeros(512, np.int64)
    blob.view(np.uint8)[: len(content)] = np.frombuffer(content, np.uint8)
    assert functions.nl_open(opened.ctypes.data, blob.ctypes.data, len(content)) == 0
    assert functions.nl_scratch(opened.ctypes.data, shape.max_words) == scratch_bytes(
        shape, modules
    )
    functions.nl_state_size.argtypes = [ctypes.c_void_p]
    kept = read_model(content, "model.nlm").metadata.state
    assert functions.nl_state_size(opened.ctypes.data) == 4 * sum(spec.values for spec in kept)
    assert state_bytes(shape, modules) == 4 * sum(spec.values for spec in kept)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    write_layout("plain", NATIVE, folder)
    alike = ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
    command = [need("gcc"), "-std=c11", *alike, "-O1", "-fPIC"]
    run([*command, "-shared", "neurolite_model.c", "-o", "neurolite.so"], folder)
    run([*command, "-c", "neurolite_model.c", "-o", "neurolite_model.o"], folder)
    return folder


@pytest.fixture
def compiled(exported: Store, library: Path, tmp_path: Path) -> list[str]:
    """Objects of model and library, and in the folder the model's header."""
    for name, text in source_files("model", exported("c", "one", "int8").path.read_bytes()).items():
        (tmp_path / name).write_bytes(text)
    run([need("gcc"), "-std=c11", "-c", "model.c"], tmp_path)
    return [str(tmp_path / "model.o"), str(library / "neurolite_model.o")]


def expected(exported: Store) -> list[tuple[int, float]]:
    opened = read_model(exported("c", "one", "int8").path.read_bytes(), "model.nlm")
    rows = [NlmEvaluator(opened).run(text.encode())["logits"][0] for text in TEXTS]
    return [(int(row.argmax()), float(row[0])) for row in rows]


def test_a_program_in_cpp(
    exported: Store, compiled: list[str], library: Path, tmp_path: Path
) -> None:
    command = [need("g++"), "-std=c++17", *STRICT, f"-I{tmp_path}", f"-I{library}"]
    run([*command, str(HERE / "firmware.cpp"), *compiled, "-o", "program"], tmp_path)
    shown = run([str(tmp_path / "program"), *TEXTS], tmp_path)
    found = [line.split() for line in shown.splitlines()]
    assert [(int(best), float.fromhex(first)) for best, first in found] == expected(exported)


def test_a_program_in_rust(exported: Store, compiled: list[str], tmp_path: Path) -> None:
    objects = [f"-Clink-arg={each}" for each in compiled]
    command = [need("rustc"), "--edition", "2021", *objects, str(HERE / "firmware.rs")]
    done = subprocess.run(
        [*command, "-o", "program"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    if "no default toolchain" in done.stderr or "could not choose a version" in done.stderr:
        pytest.skip("rustc has no toolchain")
    assert done.returncode == 0, done.stderr
    found = [
        line.split() for line in run([str(tmp_path / "program"), *TEXTS], tmp_path).splitlines()
    ]
    bits = [np.uint32(int(first, 16)).view(np.float32) for _, first, _ in found]
    assert [(int(best), float(b)) for (best, _, _), b in zip(found, bits, strict=True)] == expected(
        exported
    )
    assert [label for _, _, label in found] == [f"LABEL_{best}" for best, _ in expected(exported)]


def test_the_command_writes_it_beside_the_file(tmp_path: Path) -> None:
    arguments = ("--size", "micro", "--target", "c", "--int8", "--source")
    done = call_command("neurolite-export", *arguments, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    content = (tmp_path / "neurolite-micro-int8.nlm").read_bytes()
    for name, text in source_files("neurolite-micro-int8", content).items():
        assert (tmp_path / name).read_bytes() == text
        assert name in done.stdout.decode()


def test_other_targets_have_none() -> None:
    jobs = plan_jobs(["onnx", "c"], ["int8"], "bytes", source=True)
    assert [job.sources is None for job in jobs] == [True, False]
    with pytest.raises(InputError, match="--source is about --target c"):
        plan_jobs(["onnx"], ["int8"], "bytes", source=True)
