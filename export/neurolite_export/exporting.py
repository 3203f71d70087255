"""One export: build in memory, measure, pass the gates, and only then write."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

import numpy as np

from neurolite_core.answer.scores import check_threshold
from neurolite_core.answer.tasks import EMBEDDING, GENERATION, SPANS
from neurolite_core.artifact.buckets import stream_buckets
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.model_id import model_id_of
from neurolite_core.artifact.outputs import DEPTH, EXPERT, OF_WORDS, RULES
from neurolite_core.artifact.package import Content, digest_of, size_of, write_content
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import GateError
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_core.ground.locks import locked
from neurolite_core.network.counting import count_parameters
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.streaming import Streamed
from neurolite_export.advice import refusal
from neurolite_export.built import Built
from neurolite_export.certificate import record
from neurolite_export.certificate_file import SetAside
from neurolite_export.certificate_names import PASSED
from neurolite_export.conversations import conversations_of
from neurolite_export.exit_rows import exit_facts
from neurolite_export.forms import probes_of
from neurolite_export.gates import BY_PROBES, check_gates, verdict_of
from neurolite_export.limits import limited, limited_config
from neurolite_export.parity import ParityReport, measure_parity
from neurolite_export.placing import check_place, left_behind
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.product_losses import ProductLoss, product_losses
from neurolite_export.rule_rows import rule_facts
from neurolite_export.similarities import similarities_of
from neurolite_export.source import Source
from neurolite_export.span_rows import span_facts
from neurolite_export.target import ExportJob, ProbeSession, Target
from neurolite_export.targets import Sources
from neurolite_export.window_parity import measure_window

INPUT_NAME: Final = "bytes"
LOCK: Final = "neurolite-export"
# What is said of a text as a whole, where it is not a label beside a vector.
_ANSWERS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {EMBEDDING: ("embedding",), SPANS: (), GENERATION: ("logits",)}
)
_PATIENCE: Final = 60.0  # seconds; a turn takes as long as reading the files of the certificate


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export: the file, its row in the certificate, and where both lie.

    Attributes:
        path: of the file.
        certificate: of the JSON.
        built: what was measured.
        uncertified: files of another model that lie there still and that the certificate no longer speaks of.
        aside: a certificate that lay there and could not be read, kept under another name.
        sources: what was written beside the file.
    """

    path: Path
    certificate: Path
    built: Built
    uncertified: tuple[str, ...] = ()
    aside: SetAside | None = None
    sources: tuple[Path, ...] = ()


def export(
    source: Source,
    target: Target,
    precision: str,
    folder: Path,
    probes: Probes,
    *,
    progress: Callable[[str], None] | None = None,
    replace: bool = False,
    sources: Sources | None = None,
) -> Exported:
    """Builds, measures, gates and writes one file and its row in the certificate.

    Any number of processes may export into one folder: each writes its file and its row in one turn.

    Args:
        source: the reference.
        target: the format.
        precision: one of the target's.
        folder: where to; created if need be.
        probes: texts for the gates; activation ranges come from the built-in set and these.
        progress: told each step in words.
        replace: whether files that another model of the same name has left in the folder may be replaced.
        sources: makes files to be written beside it, of the stem of its name and its content.

    Raises:
        InputError: the target has no such precision, or no such fixed shape of this model; the folder cannot be
            written, or it has files of another model of this name.
        GateError: a gate refused the file; the message has the numbers and what helps, the certificate a row with
            all of them, and the file was not written. Where probes are too few to tell, it is written.
    """
    require_choice(f"precision of {target.name}", precision, target.precisions)
    require_writable(folder)
    tell = progress or (lambda _: None)
    file = file_name(source, target, precision)
    check_place(folder, source, target, file, replace=replace)  # before the work
    built = build(source, target, precision, probes, progress=tell)
    tell("writing")
    path = folder / file
    with locked(folder, LOCK, "writes a certificate in", patience=_PATIENCE):
        check_place(folder, source, target, file, replace=replace)
        if built.may_be_written:
            write_content(path, built.content)
            beside = _write_sources(path, built.content, sources)
        uncertified = tuple(name for name in left_behind(folder, source) if name != file)
        recorded = record(folder, source, built)
    if not built.may_be_written:
        raise GateError(refusal(built, recorded, target.precisions, probes))
    return Exported(path, recorded.path, built, uncertified, recorded.aside, beside)


def _write_sources(path: Path, content: Content, sources: Sources | None) -> tuple[Path, ...]:
    made = {} if sources is None else sources(path.stem, content)
    for name, text in made.items():
        write_atomically(path.with_name(name), text)
    return tuple(path.with_name(name) for name in made)


def file_name(source: Source, target: Target, precision: str) -> str:
    """What an exported file is called."""
    return f"neurolite-{source.name}-{precision}{target.suffix}"


def build(
    source: Source,
    target: Target,
    precision: str,
    probes: Probes,
    *,
    progress: Callable[[str], None],
) -> Built:
    """Builds a file in memory and measures it; arguments as in ``export``."""
    metadata = metadata_of(source, target, precision)
    label = f"{target.name} {precision}"
    progress(f"{label}: building")
    network = limited(source.network, metadata.buckets)
    texts, probes = probes.texts, probes_of(network, probes)
    built_in = probes_of(network, built_in_probes())
    content = target.build(ExportJob(network, metadata, calibration_of(probes, built_in)))
    contents = target.inspect(content)
    progress(f"{label}: measuring on {len(probes.texts):,} texts")
    session = target.open(content)
    parity = _measure(network, session, probes, built_in)
    if isinstance(network, Streamed):
        window = measure_window(network.whole, network, session, texts)
        parity = dataclasses.replace(parity, window=window)
    gates = tuple(check_gates(precision, parity, contents))
    losses: tuple[ProductLoss, ...] = ()
    if precision == "int8" and verdict_of(g for g in gates if g.gate in BY_PROBES) != PASSED:
        progress(f"{label}: asking what each product loses")
        losses = product_losses(network, probes.texts)
    return Built(
        file=file_name(source, target, precision),
        content=content,
        size_bytes=size_of(content),
        sha256=digest_of(content),
        metadata=metadata,
        parity=parity,
        measured_by=session.runtime,
        gates=gates,
        contents=contents,
        losses=losses,
    )


def _measure(
    network: TextNetwork, session: ProbeSession, probes: Probes, built_in: Probes
) -> ParityReport:
    """Parity on the probes; hash, largest errors and largest numbers are those of the built-in texts as well."""
    report = measure_parity(network, session, probes)
    if probes.texts == built_in.texts:
        return report
    extra = measure_parity(network, session, built_in)
    return dataclasses.replace(
        report,
        indices=report.indices + extra.indices,
        indices_different=report.indices_different + extra.indices_different,
        rules=report.rules + extra.rules,
        rules_different=report.rules_different + extra.rules_different,
        asking_different=report.asking_different + extra.asking_different,
        output_errors=_larger(report.output_errors, extra.output_errors),
        output_sizes=_larger(report.output_sizes, extra.output_sizes),
    )


def _larger(own: Mapping[str, float], others: Mapping[str, float]) -> dict[str, float]:
    """Of each output the larger of two numbers; the same NaN rule as inside one report: it stays."""
    return {name: float(np.maximum(value, others[name])) for name, value in own.items()}


def metadata_of(source: Source, target: Target, precision: str) -> ArtifactMetadata:
    """What a file of this source in a target and precision says of itself."""
    network, config = source.network, source.network.config
    buckets = target.buckets(config)
    if isinstance(network, Streamed):
        buckets = stream_buckets(buckets)
    limits = limited_config(config, buckets)
    answers = _ANSWERS.get(network.task, ("logits", "embedding"))
    answers += () if network.spans is None else OF_WORDS
    outputs = (*answers, *((EXPERT,) if config.use_dynamic_routing else ()))
    outputs += () if network.exits is None else (DEPTH,)
    outputs += () if network.rules is None else (RULES,)
    return ArtifactMetadata(
        task=network.task,
        labels=network.labels,
        threshold=check_threshold(network.threshold, network.labels),
        max_words=limits.max_words,
        max_bytes=limits.max_bytes,
        num_hashes=config.num_hashes,
        table_size=config.table_size,
        embedding_size=config.text_size,
        parameters=count_parameters(network),
        target=target.name,
        precision=precision,
        name=source.name,
        weights=source.weights,
        model_id=model_id_of(network),
        similarities=similarities_of(source),
        input_name=INPUT_NAME,
        input_type=target.input_type,
        buckets=buckets,
        outputs=outputs,
        state=network.state_specs,
        rules=rule_facts(network),
        spans=span_facts(network),
        exits=exit_facts(network),
        tools=dict(sorted(target.tools().items())),
    )


def calibration_of(probes: Probes, built_in: Probes | None = None) -> Probes:
    """The built-in texts, and every other one of the user's: the rest stays unseen by calibration."""
    built_in = built_in or built_in_probes()
    if probes.texts == built_in.texts:
        return built_in
    half = probes.every_other()
    texts = (*built_in.texts, *half.texts)
    if not half.conversations:
        return Probes("calibration", texts)
    own = [number for number, turns in enumerate(conversations_of(built_in)) for _ in turns]
    theirs = (max(own) + 1 + number for number in half.conversations)
    return Probes("calibration", texts, conversations=(*own, *theirs))
