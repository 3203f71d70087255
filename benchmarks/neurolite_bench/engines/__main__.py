"""``python -m neurolite_bench.engines``: the package's own model as ONNX in engines besides ONNX Runtime."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import numpy as np
import typer

from neurolite_bench.engines.running import ENGINES, ORDINARY, STATIC, Logits, Rows
from neurolite_bench.results import RESULTS, write_result
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_core.text.words import truncate
from neurolite_export.exporting import export
from neurolite_export.probes import built_in_probes
from neurolite_export.source import checkpoint_source
from neurolite_export.target import Target
from neurolite_export.targets.onnx.static_target import StaticOnnxTarget
from neurolite_export.targets.onnx.target import OnnxTarget

BYTES: Final = 256
FORMS: Final[Mapping[str, Target]] = MappingProxyType(
    {STATIC: StaticOnnxTarget(BYTES), ORDINARY: OnnxTarget()}
)
_REASON: Final = 200  # characters

app = typer.Typer(add_completion=False)


@app.command()
def main(
    out: Annotated[Path, typer.Option(help="JSON to write.")] = RESULTS / "engines.json",
) -> None:
    """Compare every engine with onnxruntime, on the checkpoint's own probes and the built-in ones."""
    with exit_codes():
        source = checkpoint_source(DEFAULT_CHECKPOINT)
        probes = source.probes or built_in_probes()
        rows = packed([*probes.texts, *built_in_probes().texts])
        found: list[dict[str, Any]] = []
        with tempfile.TemporaryDirectory() as folder:
            for form, precision in product(FORMS, ("float32", "int8")):
                path = export(source, FORMS[form], precision, Path(folder), probes).path
                expected = ENGINES["onnxruntime"].run(path, rows)
                for name, engine in ENGINES.items():
                    if precision in engine.precisions and form in engine.forms:
                        row = {"engine": name, "version": engine.version(), "form": form}
                        row |= {"precision": precision}
                        found.append(row | _compared(name, path, rows, expected))
                        typer.echo(found[-1])
        write_result(
            out, {"benchmark": "engines", "bytes": BYTES, "texts": len(rows), "rows": found}
        )


def packed(texts: list[bytes]) -> Rows:
    """Each text cut to the file's bytes, uint8 [N, T]."""
    rows = np.zeros((len(texts), BYTES), np.uint8)
    for row, text in zip(rows, texts, strict=True):
        data = truncate(text, BYTES)[0]
        row[: len(data)] = np.frombuffer(data, np.uint8)
    return rows


def _compared(name: str, path: Path, rows: Rows, expected: Logits) -> dict[str, Any]:
    """Texts with the same top answer, and the largest difference of a logit; or why it does not run."""
    try:
        logits = ENGINES[name].run(path, rows)
    except Exception as error:  # each engine has exceptions of its own
        return {"failed": " ".join(str(error).split())[:_REASON]}
    same = int((logits.argmax(axis=1) == expected.argmax(axis=1)).sum())
    return {"same_top": same, "largest": float(np.abs(logits - expected).max())}


if __name__ == "__main__":
    app()
