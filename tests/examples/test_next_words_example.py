"""The example of a generator's file: what it prints is so, and PyTorch is not asked."""

from __future__ import annotations

import re
import subprocess
import sys

from artifacts import Store
from taught_file import taught_file
from texts import ROOT

RUN = """
import runpy, sys
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
assert "torch" not in sys.modules
"""


def test_next_words_example(exported: Store) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RUN, ROOT / "examples" / "next_words_example.py", taught_file(exported)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.search(r"^   W\| +(hat|here) \d+%   (hat|here) \d+%$", done.stdout, re.MULTILINE)
    assert re.search(r"^   What \| +is \d+%", done.stdout, re.MULTILINE)
    saved = re.search(r"has 26 letters, and takes (\d+) touches", done.stdout)
    assert saved
    assert int(saved[1]) < 20  # of letters
    assert done.stdout.count("Yes, see you then!") == done.stdout.count("I am fine, and you?") == 2
    assert re.search(r"4\. \d+ letters were typed; each took [\d.]+ ms\.$", done.stdout)


def test_without_a_file_it_says_what_to_give() -> None:
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / "next_words_example.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "Give a generator's file" in done.stderr
