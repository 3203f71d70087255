"""One export: build in memory, measure, pass the gates, and only then write."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import torch

from neurolite_core.artifact import ArtifactMetadata
from neurolite_core.buckets import buckets_of
from neurolite_core.checkpoint import checkpoint_digest, load_checkpoint
from neurolite_core.config import PRESETS
from neurolite_core.errors import GateError, InputError
from neurolite_core.files import require_writable, write_atomically
from neurolite_core.model import NeuroLiteForClassification, TextNetwork
from neurolite_core.package import digest_of, size_of, write_content
from neurolite_core.validation import require_choice
from neurolite_export.contents import Contents
from neurolite_export.gates import GateResult, check_gates
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.target import ExportJob, ProbeSession, Target

INPUT_NAME: Final = "bytes"
REPORT_SUFFIX: Final = ".parity.json"
_REPORT_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Source:
    """A reference model and where its weights came from."""

    network: TextNetwork
    name: str
    weights: str


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export: its files and everything that was measured."""

    path: Path
    report_path: Path
    size_bytes: int
    sha256: str
    metadata: ArtifactMetadata
    parity: ParityReport
    gates: tuple[GateResult, ...]
    contents: Contents

    def to_dict(self) -> dict[str, Any]:
        """The parity report's JSON."""
        return {
            "report_version": _REPORT_VERSION,
            "file": self.path.name,
            "size_bytes": self.size_bytes,
            "sha256": self.sha256,
            "metadata": asdict(self.metadata),
            "parity": asdict(self.parity),
            "gates": [asdict(gate) for gate in self.gates],
            "contents": asdict(self.contents),
        }


def seeded_source(size: str, seed: int) -> Source:
    """A preset with random weights: the right size and speed, meaningless answers.

    Raises:
        InputError: unknown size, or a seed out of range.
    """
    require_choice("--size", size, PRESETS)
    if not 0 <= seed < 2**63:
        raise InputError(f"--seed is {seed}; give a number from 0 to 2^63 - 1.")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = NeuroLiteForClassification(PRESETS[size]())
    return Source(network.eval(), size, f"random, seed {seed}: not trained")


def checkpoint_source(folder: Path) -> Source:
    """A checkpoint's model.

    Raises:
        CheckpointError: missing or damaged.
    """
    network = load_checkpoint(folder)
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", folder.resolve().name).strip("-.") or "checkpoint"
    return Source(network, name, f"checkpoint, sha256 {checkpoint_digest(folder)}")


def export(
    source: Source,
    target: Target,
    precision: str,
    folder: Path,
    probes: Probes,
    *,
    progress: Callable[[str], None] | None = None,
) -> Exported:
    """Builds, measures, gates and writes one file and its report.

    Args:
        source: the reference.
        target: the format.
        precision: one of the target's.
        folder: where to; created if need be.
        probes: texts for the gates; activation ranges come from the built-in set and these.
        progress: told each step in words.

    Raises:
        InputError: the target has no such precision, or the folder cannot be written.
        GateError: a gate failed; the message has the numbers and nothing was written.
    """
    require_choice(f"precision of {target.name}", precision, target.precisions)
    require_writable(folder)
    metadata = _metadata(source, target, precision)
    tell = progress or (lambda _: None)
    tell("building")
    content = target.build(ExportJob(source.network, metadata, _calibration(probes)))
    contents = target.inspect(content)
    tell(f"measuring on {len(probes.texts):,} texts")
    parity = _measure(source.network, target.open(content), probes)
    gates = tuple(check_gates(precision, parity, contents))
    failed = [gate for gate in gates if not gate.passed]
    path = folder / f"neurolite-{source.name}-{precision}{target.suffix}"
    if failed:
        numbers = "; ".join(f"{g.gate}: {g.found}, allowed: {g.allowed}" for g in failed)
        raise GateError(
            f"{path.name} failed {len(failed)} of {len(gates)} gates, nothing was written. {numbers}. "
            f"Worst text: {parity.worst_text!r}.{_advice(probes)}"
        )
    exported = Exported(
        path=path,
        report_path=folder / f"{path.name}{REPORT_SUFFIX}",
        size_bytes=size_of(content),
        sha256=digest_of(content),
        metadata=metadata,
        parity=parity,
        gates=gates,
        contents=contents,
    )
    tell("writing")
    write_content(path, content)
    report = json.dumps(exported.to_dict(), indent=2, ensure_ascii=False, sort_keys=True) + "\n"
    write_atomically(exported.report_path, report.encode("utf-8", "backslashreplace"))
    return exported


def _measure(network: TextNetwork, session: ProbeSession, probes: Probes) -> ParityReport:
    """Parity on the probes; the hash is always checked on the built-in texts as well."""
    report = measure_parity(network, session, probes)
    built_in = built_in_probes()
    if probes.texts == built_in.texts:
        return report
    extra = measure_parity(network, session, built_in)
    return replace(
        report,
        indices=report.indices + extra.indices,
        indices_different=report.indices_different + extra.indices_different,
    )


def _advice(probes: Probes) -> str:
    if probes.texts != built_in_probes().texts:
        return ""
    return (
        " The built-in probes may be far from what this model was trained on, where any answer is a "
        "close call; check it on texts of its own domain: --probe FILE."
    )


def _metadata(source: Source, target: Target, precision: str) -> ArtifactMetadata:
    network, config = source.network, source.network.config
    outputs = ("logits", "embedding") if network.labels else ("embedding",)
    return ArtifactMetadata(
        task=network.task,
        labels=network.labels,
        max_words=config.max_words,
        max_bytes=config.max_bytes,
        num_hashes=config.num_hashes,
        table_size=config.table_size,
        embedding_size=config.hidden_size,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        target=target.name,
        precision=precision,
        name=source.name,
        weights=source.weights,
        input_name=INPUT_NAME,
        input_type=target.input_type,
        buckets=buckets_of(config.max_bytes, config.max_words) if target.bucketed else (),
        outputs=outputs,
        tools=dict(sorted(target.tools().items())),
    )


def _calibration(probes: Probes) -> Probes:
    """The built-in texts, and every other one of the user's: the rest stays unseen by calibration."""
    built_in = built_in_probes()
    if probes.texts == built_in.texts:
        return built_in
    return Probes("calibration", (*built_in.texts, *probes.texts[::2]))
