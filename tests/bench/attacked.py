"""A program like the attack's child, whose reader does what a file's content says."""

from __future__ import annotations

from typing import Final

READERS: Final = """
import os, signal, sys, time
from pathlib import Path
from neurolite_bench.attack.worker import serve
from neurolite_core.ground.errors import InputError

def read(path, unsealed):
    content = path.read_text()
    if content == "refused":
        raise InputError("no good")
    if content == "raises":
        1 / 0
    if content == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if content == "exits":
        os._exit(3)
    if content == "hangs":
        time.sleep(600)
    return content

serve(read, sys.stdin.buffer, sys.stdout.buffer)
"""
