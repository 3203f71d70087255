"""Runs a model on texts and keeps what came out: ``run_model.py MODEL TEXTS.json OUT.npz [KERNEL]``.

Needs numpy and onnxruntime only, so that it also runs on other machines and under emulation.
"""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

import numpy as np

from neurolite_runtimes import run
from neurolite_runtimes.onnx_session import OnnxSession


def main(model: str, texts: str, out: str, kernel: str = "auto") -> None:
    """Writes words, logits, embedding, the machine and the runtime."""
    session = OnnxSession(Path(model), kernel=kernel)
    outputs = run(session, [bytes.fromhex(text) for text in json.loads(Path(texts).read_text())])
    np.savez(
        out,
        allow_pickle=False,
        words=outputs.words,
        machine=platform.machine(),
        runtime=session.runtime,
        **outputs.values,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
