"""How far an exported file is from the PyTorch reference, measured on probe texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.answer.outputs import RULES, TAGS
from neurolite_core.answer.tasks import ANSWERINGS, CLASSIFICATION, GENERATION, SPANS
from neurolite_core.artifact.outputs import EXPERT
from neurolite_core.hashing.ngrams import hash_ngrams, number_ngrams
from neurolite_core.hashing.words import hash_words
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.state_spec import State, initial_state
from neurolite_core.text.line_breaks import with_breaks
from neurolite_core.text.words import pack_texts, truncate
from neurolite_export.conversations import first_rows, groups_of
from neurolite_export.depth_parity import DepthCounts
from neurolite_export.distances import Distances
from neurolite_export.divergence import mean_divergence
from neurolite_export.drift import Drift, TurnError
from neurolite_export.probes import Probes
from neurolite_export.rule_counts import RuleCounts
from neurolite_export.span_parity import (
    SAME_SPANS,
    ComparedSpans,
    SpanParity,
    offset_differences,
)
from neurolite_export.target import ProbeOutputs, ProbeSession
from neurolite_export.window_parity import WindowParity

_COSINE_FLOOR: Final = 0.99
_SHOWN_BYTES: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ParityReport:
    """Distances between a file and the reference; all of them, not a verdict.

    Attributes:
        probes: where the texts come from.
        texts: how many.
        indices: table indices compared, and of a wide path the numbers of n-grams.
        indices_different: of those, how many differ; word counts included.
        output_errors: largest difference of any value, of each output; NaN where one was.
        output: the output that the figures below are about: ``logits``, or else ``embedding``; ``tags`` of real words
            where a model finds spans alone.
        max_abs_error: largest difference of any of its values.
        mean_abs_error: mean difference.
        sqnr_db: signal to quantization noise, 10 log10(sum reference^2 / sum error^2), dB.
        agreement: share of texts with the same top label; of several labels a text, of those that get the same
            labels; for embeddings, of those whose vectors have a cosine of at least 0.99; of spans alone, of those with
            the same spans.
        disagreements: number of the other texts.
        worst_text: the text with the largest difference, shortened, invalid bytes escaped.
        labelled: texts with a label.
        accuracy_reference, accuracy_artifact: share of right answers on those, or None; of several labels a text,
            an answer is right that gives exactly these.
        only_reference_right, only_artifact_right: labelled texts that one of the two alone has right.
        alike: what texts have in common that agree, for people.
        turns: of a model that keeps a state, the distance at each turn of the conversations, from the first; each of
            the two went on from its own state.
        rerouted: texts that the file sends to other experts than the reference; None where there is no choice.
        other_depth: texts that another layer of the file answers, of a network with exits; None without. Distances are
            those of the other texts.
        rules: rules compared, of all texts together, and the logits that they set; 0 without rules.
        rules_different: of those that do not ask for the network's own answer, how many differ.
        asking_different: of those that do.
        spans: what they find; None of a model without spans.
        divergence: of a generator, the mean KL(reference || file) of next words, nats; None of other tasks.
        window: of a generator that goes on from a state, its distance from the window form; None of others.
        output_sizes: largest number of each output of the reference, in size.
    """

    probes: str
    texts: int
    indices: int
    indices_different: int
    output_errors: Mapping[str, float]
    output: str
    max_abs_error: float
    mean_abs_error: float
    sqnr_db: float
    agreement: float
    disagreements: int
    worst_text: str
    labelled: int
    accuracy_reference: float | None
    accuracy_artifact: float | None
    only_reference_right: int
    only_artifact_right: int
    alike: str = ANSWERINGS[CLASSIFICATION].agreement
    turns: tuple[TurnError, ...] = ()
    rerouted: int | None = None
    other_depth: int | None = None
    rules: int = 0
    rules_different: int = 0
    asking_different: int = 0
    spans: SpanParity | None = None
    divergence: float | None = None
    window: WindowParity | None = None
    output_sizes: Mapping[str, float] = field(default_factory=dict)


@torch.no_grad()
def measure_parity(network: TextNetwork, session: ProbeSession, probes: Probes) -> ParityReport:
    """Runs file and reference on the same bytes.

    The reference indices come from the integer implementation in ``neurolite_core.hashing.words``, the
    reference answers from the float32 PyTorch model on those indices; n-grams by ``hashing.ngrams``.
    """
    config, specs = network.config, network.state_specs
    texts = [truncate(text, config.max_bytes)[0] for text in probes.texts]
    cut = replace(probes, texts=tuple(texts))
    output = "logits" if network.labels else TAGS if network.task == SPANS else "embedding"
    spans = None if network.spans is None else ComparedSpans(network, probes)
    distances = Distances(len(texts))
    compared = different = 0
    rules, depths = RuleCounts(), DepthCounts()
    errors: dict[str, float] = {}
    sizes: dict[str, float] = {}
    rerouted = 0
    drift = Drift(specs, output)
    reference: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(texts)
    artifact: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(texts)
    for group in groups_of(cut, turn_by_turn=bool(specs)):
        own: State = initial_state(specs, len(group[0]))
        given = own
        for turn, positions in enumerate(group):
            batch = [texts[position] for position in positions]
            given, own = first_rows(given, len(batch)), first_rows(own, len(batch))
            found = (
                session.run(pack_texts(batch), given) if specs else session.run(pack_texts(batch))
            )
            size, wrong = _hash_differences(batch, config, found)
            compared, different = compared + size, different + wrong
            state = [torch.from_numpy(own[spec.name]) for spec in specs]
            answers = network.network(*network.features(batch), state=state)
            expected = {name: answer.numpy() for name, answer in answers.items()}
            if network.rules is not None:
                rules.add(network, answers, found)
                del expected[RULES]
            if EXPERT in expected:
                rerouted += _rerouted(expected.pop(EXPERT), found.values[EXPERT])
            theirs = dict(found.values)
            same = depths.same(expected, theirs, len(batch))
            if spans is not None:
                size = spans.add(positions, expected, theirs, found.words)
            for name, values in expected.items():
                largest = np.abs(theirs[name] - values)[same].max(initial=0.0)
                errors[name] = float(np.maximum(errors.get(name, 0.0), largest))  # keeps a NaN
                sizes[name] = max(sizes.get(name, 0.0), float(np.abs(values).max(initial=0.0)))
            one, other = expected[output], theirs[output]
            alike = [position for row, position in enumerate(positions) if same[row]]
            size = size if output == TAGS else one[same].size
            distances.add(alike, one[same], other[same], size)
            for row, position in enumerate(positions if output != TAGS else ()):
                reference[position], artifact[position] = one[row], other[row]
            drift.add(turn, expected, theirs)
            own, given = (
                {spec.name: np.asarray(values[spec.next_name]) for spec in specs}
                for values in (expected, theirs)
            )
    routed = rerouted if config.use_dynamic_routing else None
    pairs = (np.stack(reference), np.stack(artifact))
    run = _Run(*pairs, distances, spans, compared, different, errors, routed)
    report = _report(run, network, probes, output)
    return replace(
        report,
        turns=drift.turns(),
        other_depth=depths.different,
        output_sizes=sizes,
        **asdict(rules),
    )


def _hash_differences(
    batch: list[bytes], config: NeuroLiteConfig, found: ProbeOutputs
) -> tuple[int, int]:
    """How many indices and n-grams a batch has, and how many of them the file has otherwise."""
    if config.line_breaks:
        batch = [with_breaks(text) for text in batch]
    words = hash_words(batch, num_hashes=config.num_hashes, table_size=config.table_size)
    indices, kept = words.padded(config.max_words)
    compared = indices.size + kept.size
    different = _differences(indices, found.indices) + int((words.counts != found.words).sum())
    if config.spans is not None:
        places, moved = offset_differences(batch, config.max_words, found)
        compared, different = compared + places, different + moved
    if config.wide is not None:
        ngrams = number_ngrams(hash_ngrams(batch, config.wide.ngrams).padded())
        compared += ngrams.size
        different += _ngram_differences(ngrams, found.ngrams)
    return compared, different


@dataclass(frozen=True, slots=True)
class _Run:
    """What one pass over the probes gave: the main output [N, ...] of both where it is of whole texts, and the rest."""

    reference: NDArray[np.float32]
    artifact: NDArray[np.float32]
    distances: Distances
    spans: ComparedSpans | None
    indices: int
    indices_different: int
    output_errors: Mapping[str, float]
    rerouted: int | None


def _report(run: _Run, network: TextNetwork, probes: Probes, output: str) -> ParityReport:
    reference, artifact, distances = run.reference, run.artifact, run.distances
    answering = ANSWERINGS.get(network.task)
    expected = found = np.zeros(0, np.bool_)
    if output == TAGS and run.spans is not None:
        agrees = run.spans.agrees()
    elif answering is None:
        agrees = _near(reference, artifact)
    else:
        wanted, got = (answering.given(x, network.threshold) for x in (reference, artifact))
        agrees = np.asarray((wanted == got).all(axis=1))
        if probes.labels is not None:
            asked = [row for row in range(len(reference)) if row not in probes.unlabelled]
            truth = _truth([probes.labels[row] for row in asked], network.labels)
            expected, found = (np.asarray((x[asked] == truth).all(axis=1)) for x in (wanted, got))
    return ParityReport(
        probes=probes.source,
        texts=len(probes.texts),
        indices=run.indices,
        indices_different=run.indices_different,
        output_errors=run.output_errors,
        output=output,
        max_abs_error=distances.largest,
        mean_abs_error=distances.mean,
        sqnr_db=distances.sqnr_db,
        agreement=float(agrees.mean()),
        disagreements=int((~agrees).sum()),
        worst_text=probes.texts[distances.worst][:_SHOWN_BYTES].decode("utf-8", "backslashreplace"),
        labelled=len(expected),
        accuracy_reference=float(expected.mean()) if len(expected) else None,
        accuracy_artifact=float(found.mean()) if len(found) else None,
        only_reference_right=int((expected & ~found).sum()),
        only_artifact_right=int((found & ~expected).sum()),
        alike=SAME_SPANS if output == TAGS else (answering or ANSWERINGS[CLASSIFICATION]).agreement,
        rerouted=run.rerouted,
        spans=None if run.spans is None else run.spans.parity(),
        divergence=mean_divergence(reference, artifact) if network.task == GENERATION else None,
    )


def _truth(labels: Sequence[Sequence[str]], names: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the C labels each text has, bool [N, C]."""
    place = {label: number for number, label in enumerate(names)}
    truth = np.zeros((len(labels), len(names)), np.bool_)
    for row, own in enumerate(labels):
        truth[row, [place[label] for label in own]] = True
    return truth


def _near(reference: NDArray[np.float32], artifact: NDArray[np.float32]) -> NDArray[np.bool_]:
    lengths = np.linalg.norm(reference, axis=1) * np.linalg.norm(artifact, axis=1)
    both_zero = ~reference.any(axis=1) & ~artifact.any(axis=1)
    return np.asarray(((reference * artifact).sum(axis=1) >= _COSINE_FLOOR * lengths) | both_zero)


def _rerouted(expected: NDArray[np.int32], found: NDArray[np.generic]) -> int:
    """Texts, of experts int32 [N] or [N, 2], that get another one; all of them where the shapes differ."""
    if expected.shape != found.shape:
        return len(expected)
    return int((expected != found).reshape(len(expected), -1).any(axis=1).sum())


def _ngram_differences(expected: NDArray[np.int32], found: NDArray[np.int32] | None) -> int:
    """Numbers int32 [N, P, O] that differ; behind the end of either there is none, which is 0."""
    if found is None or expected.shape[::2] != found.shape[::2]:
        return expected.size
    length = max(expected.shape[1], found.shape[1])
    padded = [
        np.pad(each, ((0, 0), (0, length - each.shape[1]), (0, 0))) for each in (expected, found)
    ]
    return _differences(*padded)


def _differences(expected: NDArray[np.int32], found: NDArray[np.int32]) -> int:
    """Elements that differ; all of them where the shapes do."""
    if expected.shape != found.shape:
        return max(expected.size, found.size)
    return int((expected != found).sum())
