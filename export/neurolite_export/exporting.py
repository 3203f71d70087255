"""One export: build in memory, measure, pass the gates, and only then write."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from neurolite_core.artifact import ArtifactMetadata
from neurolite_core.buckets import buckets_of
from neurolite_core.checkpoint import checkpoint_digest, load_checkpoint
from neurolite_core.config import PRESETS
from neurolite_core.errors import GateError, InputError
from neurolite_core.files import require_writable
from neurolite_core.model import NeuroLiteForClassification, TextNetwork
from neurolite_core.package import Content, digest_of, size_of, write_content
from neurolite_core.scores import check_threshold
from neurolite_core.validation import require_choice
from neurolite_export.certificate import record
from neurolite_export.contents import Contents
from neurolite_export.gates import GateResult, check_gates
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.target import ExportJob, ProbeSession, Target

INPUT_NAME: Final = "bytes"


@dataclass(frozen=True, slots=True)
class Source:
    """A reference model and where its weights came from."""

    network: TextNetwork
    name: str
    weights: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A file in memory and everything that was measured of it.

    Attributes:
        file: its name on disk.
        content: its bytes, or its package.
        size_bytes: of the content.
        sha256: of the content, see ``neurolite_core.package.digest_of``.
        metadata: what it says of itself.
        parity: its distance from the reference.
        measured_by: name and version of what ran it for that.
        gates: their verdicts.
        contents: what is really in it.
    """

    file: str
    content: Content
    size_bytes: int
    sha256: str
    metadata: ArtifactMetadata
    parity: ParityReport
    measured_by: str
    gates: tuple[GateResult, ...]
    contents: Contents

    @property
    def passed(self) -> bool:
        """All gates."""
        return all(gate.passed for gate in self.gates)


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export: the file, its row in the certificate, and where both lie."""

    path: Path
    certificate: Path
    built: Built


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
    """Builds, measures, gates and writes one file and its row in the certificate.

    Args:
        source: the reference.
        target: the format.
        precision: one of the target's.
        folder: where to; created if need be.
        probes: texts for the gates; activation ranges come from the built-in set and these.
        progress: told each step in words.

    Raises:
        InputError: the target has no such precision, or the folder cannot be written.
        GateError: a gate failed; the message has the numbers, the certificate a row with all of them,
            and the file was not written.
    """
    require_choice(f"precision of {target.name}", precision, target.precisions)
    require_writable(folder)
    tell = progress or (lambda _: None)
    built = build(source, target, precision, probes, progress=tell)
    tell("writing")
    path = folder / built.file
    if built.passed:
        write_content(path, built.content)
    certificate = record(folder, source, built)
    failed = [gate for gate in built.gates if not gate.passed]
    if failed:
        numbers = "; ".join(f"{g.gate}: {g.found}, allowed: {g.allowed}" for g in failed)
        raise GateError(
            f"{built.file} failed {len(failed)} of {len(built.gates)} gates and was not written. {numbers}. "
            f"Worst text: {built.parity.worst_text!r}. All numbers: {certificate}.{_advice(probes)}"
        )
    return Exported(path, certificate, built)


def build(
    source: Source,
    target: Target,
    precision: str,
    probes: Probes,
    *,
    progress: Callable[[str], None],
) -> Built:
    """Builds a file in memory and measures it; arguments as in ``export``."""
    metadata = _metadata(source, target, precision)
    label = f"{target.name} {precision}"
    progress(f"{label}: building")
    content = target.build(ExportJob(source.network, metadata, _calibration(probes)))
    contents = target.inspect(content)
    progress(f"{label}: measuring on {len(probes.texts):,} texts")
    session = target.open(content)
    parity = _measure(source.network, session, probes)
    return Built(
        file=f"neurolite-{source.name}-{precision}{target.suffix}",
        content=content,
        size_bytes=size_of(content),
        sha256=digest_of(content),
        metadata=metadata,
        parity=parity,
        measured_by=session.runtime,
        gates=tuple(check_gates(precision, parity, contents)),
        contents=contents,
    )


def _measure(network: TextNetwork, session: ProbeSession, probes: Probes) -> ParityReport:
    """Parity on the probes; hash and largest errors are those of the built-in texts as well."""
    report = measure_parity(network, session, probes)
    built_in = built_in_probes()
    if probes.texts == built_in.texts:
        return report
    extra = measure_parity(network, session, built_in)
    return replace(
        report,
        indices=report.indices + extra.indices,
        indices_different=report.indices_different + extra.indices_different,
        output_errors={
            # The same NaN rule as inside one report: it stays.
            name: float(np.maximum(error, extra.output_errors[name]))
            for name, error in report.output_errors.items()
        },
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
        threshold=check_threshold(network.threshold, network.labels),
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
