"""What measuring imports: the base packages and the runtime, as a small device has no more."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# What exporting, training, peers and pages need.
HEAVY = {
    "datasets",
    "jinja2",
    "lightning",
    "lightning_fabric",
    "matplotlib",
    "onnx",
    "onnxscript",
    "pandas",
    "pyarrow",
    "safetensors",
    "scipy",
    "sklearn",
    "torch",
    "transformers",
}
# A worker's memory without its model is the runtime's, and not that of what shows a table.
NOT_MEASURED = {"onnxruntime", "ai_edge_litert", "rich", "typer"}


@pytest.mark.parametrize(
    ("statement", "without"),
    [
        ("import neurolite_bench.cli", HEAVY),
        ("import neurolite_bench.measuring.worker", HEAVY | NOT_MEASURED),
        (
            "from neurolite_bench.measuring.texts import built_in_texts, own_texts, timed_cases\n"
            "timed_cases(built_in_texts(), 256)\n"
            "import pathlib; own_texts(pathlib.Path(sys.argv[1]))",
            HEAVY,
        ),
    ],
    ids=["command", "worker", "texts"],
)
def test_nothing_heavy_is_imported(
    statement: str, without: set[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    texts = tmp_path_factory.mktemp("texts") / "texts.txt"
    texts.write_text("a table for two\nwake me at seven\n")
    script = f"import json, sys\n{statement}\nprint(json.dumps(sorted(sys.modules)))"
    command = [sys.executable, "-c", script, str(texts)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert {"numpy", "neurolite_bench"} <= loaded
    assert loaded & without == set()
