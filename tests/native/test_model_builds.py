"""The library of models built otherwise: by older compilers, and for processors that are not there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from artifacts import Store
from native.tools import NATIVE, need, run
from neurolite_bench.c_models import made_models
from neurolite_core.ground.errors import ArtifactError
from neurolite_runtimes.nlm_library import load_model_library
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model

OPENER = r"""
#include <stdio.h>
#include "neurolite_model.h"
int main(int n, char **a) {
    static _Alignas(8) uint8_t blob[1 << 20];
    FILE *file = fopen(a[n - 1], "rb");
    nl_model model;
    puts(nl_status_text(nl_open(&model, blob, fread(blob, 1, sizeof blob, file))));
    return 0;
}
"""


@pytest.fixture
def x86() -> None:
    if run(["uname", "-m"], NATIVE).strip() != "x86_64":
        pytest.skip("the instruction sets are x86's")


def test_a_compiler_that_does_not_know_an_instruction_set_goes_without(
    tmp_path: Path, x86: None
) -> None:
    """Debian 11's GCC knows no AVX-VNNI; the library was then not built at all."""
    need("cmake")
    compiler = tmp_path / "old-cc"
    script = f'#!/bin/sh\ncase "$*" in *-mavxvnni*) exit 1 ;; esac\nexec {need("gcc")} "$@"\n'
    compiler.write_text(script, "utf-8")
    compiler.chmod(0o755)
    options = ["-DNEUROLITE_ORT=OFF", f"-DCMAKE_C_COMPILER={compiler}"]
    run(["cmake", "-S", str(NATIVE), "-B", str(tmp_path / "built"), *options], NATIVE)
    rules = (tmp_path / "built/CMakeFiles/neurolite_model.dir/build.make").read_text("utf-8")
    assert "net_avx512_vnni.c" in rules
    assert "net_avx_vnni.c" not in rules


def test_a_processor_without_any_path_of_the_library_is_told(tmp_path: Path, x86: None) -> None:
    """It was given plain C, which such a library lacks, and nl_run jumped to nowhere."""
    need("cmake")
    emulator = need("qemu-x86_64-static")
    options = ["-DNEUROLITE_ORT=OFF", "-DNEUROLITE_PATHS=avx2", f"-DCMAKE_C_COMPILER={need('gcc')}"]
    run(["cmake", "-S", str(NATIVE), "-B", str(tmp_path), *options], NATIVE)
    run(["cmake", "--build", str(tmp_path), "--target", "neurolite_model_static"], NATIVE)
    (tmp_path / "opener.c").write_text(OPENER, "utf-8")
    library = tmp_path / "libneurolite_model.a"
    command = [
        "gcc",
        "-static",
        f"-I{NATIVE / 'include'}",
        "opener.c",
        str(library),
        "-o",
        "opener",
    ]
    run(command, tmp_path)
    (tmp_path / "model.nlm").write_bytes(made_models(1)["label, mild"])
    done = subprocess.run(
        [emulator, "-cpu", "Nehalem", str(tmp_path / "opener"), str(tmp_path / "model.nlm")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "This processor or library has no such path.\n")


def test_without_backbones_a_library_takes_the_mixer_and_refuses_the_others(
    tmp_path: Path, exported: Store
) -> None:
    """And says which kind of thing it lacks; what is left out is not in it."""
    need("cmake")
    options = ["-DNEUROLITE_ORT=OFF", "-DNEUROLITE_BACKBONES=OFF", "-DNEUROLITE_PATHS=scalar"]
    run(["cmake", "-S", str(NATIVE), "-B", str(tmp_path), *options], NATIVE)
    run(["cmake", "--build", str(tmp_path), "--target", "neurolite_model"], NATIVE)
    path = tmp_path / "libneurolite_model.so"
    library = load_model_library(path, fresh=True)
    text, content = b"book a table", exported.ungated("c", "one", "int8").read_bytes()
    expected = NlmEvaluator(read_model(content, "one.nlm")).run(text)["logits"]
    np.testing.assert_array_equal(library.open(content, "one.nlm").run(text).logits, expected[0])
    for name in ("hypermixer", "states", "reservoir", "liquid"):
        other = exported.ungated("c", f"backbone-{name}", "int8").read_bytes()
        with pytest.raises(ArtifactError, match=rf"^{name}\.nlm cannot be opened.*backbone"):
            library.open(other, f"{name}.nlm")
    assert "nl_follow_" not in run([need("nm"), str(path)], NATIVE)
