"""How onnxruntime is given a file and texts: what it keeps, and that answers do not depend on it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import numpy as np
import pytest

from neurolite_core.text.words import pack_texts
from neurolite_runtimes.onnx_session import LENGTH_STEP, OnnxSession

TEXT: Final = "Zwölf Boxkämpfer jagen Viktor quer über den Sylter Deich."
_MIB: Final = 2**20


def test_zeros_up_to_the_next_step_change_no_bit(tiny_int8: Path) -> None:
    session = OnnxSession(tiny_int8)
    packed = pack_texts([TEXT.encode(), b"short"])
    expected = session.run_bytes(packed)
    for added in range(1, LENGTH_STEP + 1):
        found = session.run_bytes(np.pad(packed, ((0, 0), (0, added))))
        for name, value in expected.items():
            np.testing.assert_array_equal(found[name], value)


def test_the_settings_say_how_it_was_opened(tiny_int8: Path) -> None:
    assert OnnxSession(tiny_int8).settings["threads"] == "1"
    settings = OnnxSession(tiny_int8, threads=0).settings
    assert settings["threads"] == "all"
    assert str(LENGTH_STEP) in settings["memory plans"]


@pytest.mark.parametrize("name", ["model.ort", "model"])
def test_the_name_does_not_matter_and_the_file_may_go(
    tiny_int8: Path, tmp_path: Path, name: str
) -> None:
    copy = tmp_path / name
    shutil.copy(tiny_int8, copy)
    session = OnnxSession(copy)
    copy.unlink()
    packed = pack_texts([TEXT.encode()])
    expected = OnnxSession(tiny_int8).run_bytes(packed)
    for name_of_output, value in session.run_bytes(packed).items():
        np.testing.assert_array_equal(value, expected[name_of_output])


@pytest.mark.skipif(sys.platform != "linux", reason="the figure is Linux's")
def test_memory_does_not_grow_with_every_new_length(tiny_int8: Path) -> None:
    """Without steps, 1,000 lengths more take some 5 MiB more."""
    script = """
import sys
from pathlib import Path
import numpy as np
from neurolite_bench.measuring.memory import measure_memory
from neurolite_runtimes.onnx_session import OnnxSession
session = OnnxSession(Path(sys.argv[1]))
text = np.frombuffer(b"seven words that are made of bytes " * 50, np.uint8)[None]
for length in range(1024, 0, -16):
    session.run_bytes(text[:, :length])
before = measure_memory().uss_bytes
for length in range(1024, 0, -1):
    session.run_bytes(text[:, :length])
print(measure_memory().uss_bytes - before)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tiny_int8], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) < _MIB
