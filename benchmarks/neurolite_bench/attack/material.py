"""Files to attack: a mini model with random weights, exported to every target, and what else we read back.

All of it takes seconds to half a minute, is made where it is first asked for, and is taken as it is where an earlier
run left it in the same folder.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from neurolite_bench.report.files import write_report
from neurolite_bench.report.model import Case, CaseResult, MemoryUse, Report, Start, SubjectResult
from neurolite_bench.statistics import summarise
from neurolite_core.evaluation.report import build_report
from neurolite_core.evaluation.report_files import as_json, report_values
from neurolite_core.ground.files import write_atomically
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_export.certificate_names import JSON_SUFFIX

if TYPE_CHECKING:
    from neurolite_core.network.model import NeuroLiteForClassification

NAME: Final = "attacked"
# Random weights may make any answer a close call, which int8 does not pass its gates with.
PRECISION: Final = "float32"
# Long names, in whose place a lie has room.
LABELS: Final = tuple(f"turn the lights of room {number} on or off" for number in range(4))
TRAINING: Final = "attacked"  # fingerprint of the state
CONFIG: Final = NeuroLiteConfig(
    table_size=512,
    projection_size=32,
    hidden_size=32,
    backbone_options=MixerOptions(num_layers=1, token_hidden=16, channel_hidden=32),
    max_words=16,
    max_bytes=64,
)
TEXTS: Final = (
    "", "turn on the lights", "plaese book a table", "wie spät ist es", "ライトをつけて", "a" * 200, "0 1 2 3 4 5 6 7 8 9",
)  # fmt: skip


@dataclass(frozen=True)
class Material:
    """What can be attacked, in a folder."""

    folder: Path

    def artifact(self, target: str) -> Path:
        """An exported file or package.

        Raises:
            MissingDependencyError: the target's packages are not installed.
        """
        from neurolite_export.targets import TARGETS, require_installed

        row = TARGETS[target]
        path = self.folder / target / f"neurolite-{NAME}-{PRECISION}{row.suffix}"
        if not path.exists():
            require_installed(target)
            self._export(target)
        return path

    def _export(self, target: str) -> None:
        from neurolite_export.exporting import export
        from neurolite_export.probes import built_in_probes
        from neurolite_export.source import Source
        from neurolite_export.targets import TARGETS

        source = Source(
            self._network, NAME, "random weights, seed 0: not trained; for attacks only"
        )
        # Converters print.
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            loaded = TARGETS[target].load()
            export(source, loaded, PRECISION, self.folder / target, built_in_probes())

    @cached_property
    def certificate(self) -> Path:
        """Beside the .onnx file."""
        return self.artifact("onnx").with_name(f"neurolite-{NAME}{JSON_SUFFIX}")

    @cached_property
    def _network(self) -> NeuroLiteForClassification:
        import torch

        from neurolite_core.network.model import NeuroLiteForClassification

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return NeuroLiteForClassification(CONFIG, labels=LABELS).eval()

    @cached_property
    def checkpoint(self) -> Path:
        """A folder."""
        from neurolite_core.artifact.checkpoint import save_checkpoint

        path = self.folder / "checkpoint"
        if not path.exists():
            probes = [(text, LABELS[row % len(LABELS)]) for row, text in enumerate(TEXTS)]
            save_checkpoint(self._network, path, probes=probes)
        return path

    @cached_property
    def state(self) -> Path:
        """A folder with the state of an interrupted training."""
        from neurolite_core.training.fitting.state import Progress, save_state

        path = self.folder / "state"
        if not path.exists():
            path.mkdir(parents=True)
            weights = self._network.state_dict()
            moments = {f"0/{name}": value for name, value in weights.items()}
            save_state(path, Progress(TRAINING, 100, 40, 1.5), weights, weights, moments)
        return path

    @cached_property
    def bench_report(self) -> Path:
        """As ``neurolite-bench`` writes it."""
        path = self.folder / "bench" / "report.json"
        return path if path.exists() else write_report(_bench_report(), path)

    @cached_property
    def report(self) -> Path:
        """As ``neurolite-train`` and ``neurolite-eval`` write it."""
        path = self.folder / "trained" / "report.json"
        if not path.exists():
            rng = np.random.default_rng(0)
            texts = [f"text {row}" for row in range(60)]
            truths = rng.integers(0, len(LABELS), len(texts))
            logits = rng.normal(size=(len(texts), len(LABELS)))
            found = build_report(logits, truths, texts, LABELS, threshold=0.2)
            write_atomically(path, as_json(report_values(found)))
        return path

    @cached_property
    def run_file(self) -> Path:
        """Options of a training, which people write."""
        path = self.folder / "run.toml"
        if not path.exists():
            lines = ['data = ["rows.csv"]', 'size = "tiny"', "epochs = 3", "learning-rate = 0.001"]
            lines += ['out = "trained"', "skip-bad-rows = true", 'conflicts = "keep"']
            write_atomically(path, ("\n".join(lines) + "\n").encode())
        return path

    @cached_property
    def model_config(self) -> Path:
        """A model's ``config.json``, which people write."""
        path = self.folder / "config.json"
        if not path.exists():
            write_atomically(path, CONFIG.to_json().encode())
        return path

    @cached_property
    def store(self) -> Path:
        """A learner's store with every kind of record."""
        from neurolite_bench.learning import Random
        from neurolite_runtimes.learning import Learner

        path = self.folder / "store.nls"
        if not path.exists():
            made = path.with_name("made.nls")
            with Learner.open(Random(), made, dimension=16) as learner:
                learner.add_all((LABELS[row % 4], f"{LABELS[row % 4]} {row}") for row in range(60))
                learner.used(1, 2)
                learner.remove(3)
                learner.correct("the fan of room 1", LABELS[1])
                learner.add("gone", "soon")
                learner.merge(LABELS[3], LABELS[2])
                learner.fit()
            made.rename(path)
        return path

    @cached_property
    def rows(self) -> Path:
        """Texts with labels, of which a training of the mini model takes a while."""
        path = self.folder / "rows.csv"
        if not path.exists():
            rows = [f"{want} the {thing} number {n},{want}" for n, want, thing in _wants()]
            write_atomically(path, ("text,label\n" + "\n".join(rows) + "\n").encode())
        return path


def _wants() -> Iterator[tuple[int, str, str]]:
    for number in range(1200):
        yield (
            number,
            ("open", "close", "play")[number % 3],
            ("door", "song", "light")[number % 7 % 3],
        )


def _bench_report() -> Report:
    samples = (((1_000_000, 1_100_000), (1_050_000, 1_020_000)),) * 2
    case = CaseResult(Case("8 words", "length", 8, 1, 1), samples, summarise(samples))
    subject = SubjectResult(
        name="attacked onnx float32",
        role="artifact",
        kind="onnx",
        precision=PRECISION,
        file="attacked.onnx",
        size_bytes=100_000,
        sha256="ab" * 32,
        runtime="onnxruntime",
        settings={"threads": "1"},
        parity={"max_logit_error": 0.01, "agreement": 1.0},
        starts=(Start(120.0, 1.0, 7.0, 2.0, True),) * 2,
        memory=(MemoryUse(10**7, 2 * 10**7, 10**6, 10**6, 10**6, 10**6, 10**6, 10**6, "smaps"),)
        * 2,
        cases=(case,),
    )
    return Report(
        command=("neurolite-bench", "attacked.onnx"),
        started_at="2026-01-01T00:00:00+00:00",
        seconds=1.0,
        interrupted=False,
        device={"processor": "any", "logical_cores": 2},
        conditions={"before": {}, "after": {}},
        options={},
        texts={"source": "built-in", "classes": {}},
        subjects=(subject,),
        warnings=("Not measured: made up to be attacked.",),
    )
