"""64-bit ARM under emulation: the library and a whole model in onnxruntime's own aarch64 wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from native.tools import NATIVE, need
from native.tools import run as run_tool
from neurolite_core.ground.files import file_digest
from neurolite_core.hashing.ngrams import NgramConfig, hash_ngrams
from neurolite_core.hashing.words import hash_words
from neurolite_core.text.word_offsets import word_offsets
from neurolite_export.probes import built_in_probes
from neurolite_runtimes import run
from neurolite_runtimes.native_library import FOLDER_VARIABLE, digest_path
from neurolite_runtimes.onnx_session import FUNCTION_BODY, OnnxSession
from neurolite_runtimes.onnx_session import NATIVE as NATIVE_KERNEL
from texts import ROOT, follower_texts, generated_texts

ROOT_FOLDER = Path(os.environ.get("NEUROLITE_AARCH64_ROOT", ROOT / "build" / "aarch64-root"))
# Rounding of float32 sums differs between processors; the integers of the hash may not. Where such a sum lies at the
# border of two int8 steps, the step differs, too: in few texts, and by little.
LOGIT_TOLERANCE = 1e-5
STEP_TOLERANCE = 0.02


@pytest.mark.parametrize(
    ("preset", "kernels"),
    [("linux-aarch64", (NATIVE_KERNEL, FUNCTION_BODY)), ("android-arm64-v8a", (NATIVE_KERNEL,))],
)
def test_a_model_answers_alike(
    preset: str,
    kernels: tuple[str, ...],
    tiny_file: Path,
    built_preset: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """Android's library needs nothing of Android, and so runs on Linux too."""
    need("qemu-aarch64-static")
    if not ROOT_FOLDER.is_dir():
        pytest.skip(f"{ROOT_FOLDER} absent: run runtimes/native/tools/emulate_aarch64.sh --prepare")
    library = tmp_path / "libneurolite.so"
    shutil.copy(built_preset(preset), library)
    digest_path(library).write_text(f"{file_digest(library)}  {library.name}\n")
    texts = [
        *built_in_probes().texts[::4],
        *generated_texts(120, seed=3),
        *follower_texts(60, seed=3),
    ]
    (tmp_path / "texts.json").write_text(json.dumps([text.hex() for text in texts]))
    environment = os.environ | {
        FOLDER_VARIABLE: str(tmp_path),
        "PYTHONPATH": f"{ROOT}:{ROOT / 'runtimes'}",
    }
    found = {}
    for kernel in kernels:
        out = tmp_path / f"{kernel}.npz"
        script = [
            str(NATIVE / "tools" / "emulate_aarch64.sh"),
            str(ROOT / "tests/native/run_model.py"),
        ]
        command = [*script, str(tiny_file), str(tmp_path / "texts.json"), str(out), kernel]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found[kernel] = dict(np.load(out))

    here = run(OnnxSession(tiny_file, kernel=FUNCTION_BODY), texts)
    for kernel, values in found.items():
        assert values["machine"] == "aarch64"
        assert kernel in str(values["runtime"])
        np.testing.assert_array_equal(values["words"], here.words)
        apart = np.abs(values["logits"] - here.values["logits"]).max(axis=1)
        assert apart.max() <= STEP_TOLERANCE
        assert (apart > LOGIT_TOLERANCE).mean() <= 0.02
    first, *others = (values["logits"] for values in found.values())
    for other in others:
        np.testing.assert_array_equal(other, first)
    assert "(neon)" in str(found[NATIVE_KERNEL]["runtime"])


@pytest.mark.parametrize(
    ("preset", "triple", "emulator"),
    [
        ("linux-aarch64", "aarch64-linux-gnu", "qemu-aarch64-static"),
        ("linux-armhf", "arm-linux-gnueabihf", "qemu-arm-static"),
        ("android-armeabi-v7a", "arm-linux-gnueabi", "qemu-arm-static"),
    ],
)
def test_the_c_abi_gives_the_same_indices(
    preset: str,
    triple: str,
    emulator: str,
    built_preset: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    compiler = need(f"{triple}-gcc")
    library = built_preset(preset)
    program = tmp_path / "print_indices"
    source = Path(__file__).with_name("print_indices.c")
    flags = ["-O2", f"-I{NATIVE / 'include'}", f"-Wl,-rpath,{library.parent}"]
    run_tool([compiler, *flags, str(source), str(library), "-o", str(program)], tmp_path)

    texts = [
        *built_in_probes().texts,
        *generated_texts(1_000, seed=8),
        *follower_texts(1_000, seed=8),
    ]
    sent = b"".join(len(text).to_bytes(4, "little") + text for text in texts)
    command = [need(emulator), "-L", f"/usr/{triple}", str(program)]
    done = subprocess.run(command, input=sent, capture_output=True, check=True)

    expected = []
    for text in texts:
        words = hash_words([text], num_hashes=16, table_size=8192)
        row = [np.int32(words.counts[0]), *words.indices[:64].ravel()]
        expected += row * 2  # scalar and vector path
        ngrams = hash_ngrams([text], NgramConfig(max_symbols=64))
        expected += [ngrams.counts[0], *ngrams.values.ravel()]
        kept = min(64, int(words.counts[0]))
        expected += word_offsets([text], 64, 64)[0, :kept].ravel().tolist()
    np.testing.assert_array_equal(np.frombuffer(done.stdout, np.int32), expected)
