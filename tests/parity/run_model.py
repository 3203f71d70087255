"""``python run_model.py MODEL TEXTS OUT``: logits of the lines of a file; numpy and onnxruntime only."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnxruntime


def main(model: str, texts: str, out: str) -> None:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    lines = Path(texts).read_bytes().splitlines()
    rows = [session.run(["logits"], {"bytes": np.frombuffer(x, np.uint8)[None]})[0] for x in lines]
    np.save(out, np.concatenate(rows))


if __name__ == "__main__":
    main(*sys.argv[1:])
