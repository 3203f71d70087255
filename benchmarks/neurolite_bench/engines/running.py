"""The engines: each runs a static file on texts and gives their logits. A new engine is a function and a row."""

from __future__ import annotations

import json
import re
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Logits = NDArray[np.float32]  # [N, C]
Rows = NDArray[np.uint8]  # [N, T], zero-padded UTF-8

CRATE: Final = Path(__file__).parent / "rust"
WEB: Final = Path(__file__).parent / "web"
STATIC: Final = "static"
ORDINARY: Final = "ordinary"
_INPUT: Final = "bytes"
_OUTPUT: Final = "logits"
_EXACT: Final = {"INFERENCE_PRECISION_HINT": "f32"}
_REASON: Final = 200  # characters


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine.

    Attributes:
        version: of it.
        run: a file and N texts to their logits; raises whatever the engine does where it cannot.
        precisions: of the files that it is given.
        forms: of ``FORMS``: which files those are.
    """

    version: Callable[[], str]
    run: Callable[[Path, Rows], Logits]
    precisions: tuple[str, ...] = ("float32", "int8")
    forms: tuple[str, ...] = (STATIC,)


def _onnxruntime(path: Path, rows: Rows) -> Logits:
    import onnxruntime

    session: Any = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    found = [session.run([_OUTPUT], {_INPUT: row[None]})[0] for row in rows]
    return np.concatenate(found).astype(np.float32)


def _evaluator(path: Path, rows: Rows) -> Logits:
    from onnx.reference import ReferenceEvaluator

    evaluator: Any = ReferenceEvaluator(str(path))
    found = [evaluator.run([_OUTPUT], {_INPUT: row[None]})[0] for row in rows]
    return np.concatenate(found).astype(np.float32)


def _openvino(path: Path, rows: Rows) -> Logits:
    return _by_openvino(path, rows, _EXACT)


def _openvino_default(path: Path, rows: Rows) -> Logits:
    return _by_openvino(path, rows, {})


def _by_openvino(path: Path, rows: Rows, hints: Mapping[str, str]) -> Logits:
    import openvino

    core: Any = openvino.Core()
    compiled = core.compile_model(core.read_model(str(path)), "CPU", dict(hints))
    found = [np.array(compiled({_INPUT: row[None]})[_OUTPUT]) for row in rows]
    return np.concatenate(found).astype(np.float32)


def _by_program(*command: str, folder: Path) -> Callable[[Path, Rows], Logits]:
    """By a program that takes the file, the texts and their bytes, and prints a line of logits for each text."""

    def run(path: Path, rows: Rows) -> Logits:
        with tempfile.NamedTemporaryFile() as texts:
            texts.write(rows.tobytes())
            texts.flush()
            done = subprocess.run(  # noqa: S603
                [*command, str(path.resolve()), texts.name, str(rows.shape[1])],
                cwd=folder,
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode != 0:
            raise RuntimeError(" ".join(done.stderr.split())[-_REASON:])
        lines = [line.split() for line in done.stdout.splitlines()]
        return np.array([[float(value) for value in line] for line in lines], np.float32)

    return run


def _by_crate(name: str) -> Callable[[Path, Rows], Logits]:
    command = ["cargo", "run", "--release", "--locked", "--quiet", "--", name]
    return _by_program(*command, folder=CRATE)


def _of_crate(name: str) -> str:
    lock = (CRATE / "Cargo.lock").read_text("utf-8")
    found = re.search(rf'name = "{name}"\nversion = "([^"]+)"', lock)
    return found.group(1) if found else "unknown"


def _of_npm(name: str) -> str:
    packages: dict[str, Any] = json.loads((WEB / "package-lock.json").read_text("utf-8"))[
        "packages"
    ]
    return str(packages[f"node_modules/{name}"]["version"])


ENGINES: Final[Mapping[str, Engine]] = MappingProxyType(
    {
        "onnxruntime": Engine(
            lambda: version("onnxruntime"), _onnxruntime, forms=(STATIC, ORDINARY)
        ),
        "onnx ReferenceEvaluator": Engine(lambda: version("onnx"), _evaluator, ("float32",)),
        "OpenVINO, hint f32": Engine(lambda: version("openvino"), _openvino),
        "OpenVINO, no hint": Engine(lambda: version("openvino"), _openvino_default),
        "onnxruntime-web": Engine(
            lambda: _of_npm("onnxruntime-web"),
            _by_program("node", "run.mjs", folder=WEB),
            forms=(STATIC, ORDINARY),
        ),
        "rten": Engine(lambda: _of_crate("rten"), _by_crate("rten")),
        "tract": Engine(lambda: _of_crate("tract-onnx"), _by_crate("tract")),
    }
)
