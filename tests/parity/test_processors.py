"""int8 answers on a processor without the newer integer instructions, under emulation."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurolite_export.probes import built_in_probes

EMULATOR = "qemu-x86_64-static"
# AVX2 without VNNI: products of uint8 and int8 are added in pairs in saturating int16 there.
PROCESSOR = "Haswell"


@pytest.mark.skipif(platform.machine() != "x86_64", reason="emulates x86-64 on x86-64")
@pytest.mark.skipif(shutil.which(EMULATOR) is None, reason=f"{EMULATOR} is not installed")
def test_int8_logits_are_bit_equal_without_vnni(tiny_int8: Path, tmp_path: Path) -> None:
    lines = [
        text for text in built_in_probes().texts if text and b"\n" not in text and len(text) < 200
    ]
    (tmp_path / "texts").write_bytes(b"\n".join(lines[::4]))
    run_model = str(Path(__file__).with_name("run_model.py"))
    script = [sys.executable, run_model, str(tiny_int8), str(tmp_path / "texts")]
    here, there = str(tmp_path / "here.npy"), str(tmp_path / "there.npy")
    quiet = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run([*script, here], check=True, env=quiet)
    emulated = [EMULATOR, "-cpu", PROCESSOR, *script, there]
    subprocess.run(emulated, check=True, env=quiet, capture_output=True, timeout=300)
    assert len(np.load(here)) > 40
    np.testing.assert_array_equal(np.load(here), np.load(there))
