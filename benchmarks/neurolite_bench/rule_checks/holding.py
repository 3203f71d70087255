"""Whether hard rules hold on every text, in every target: each answer against the rules read word for word."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.rule_checks.cost import job_of
from neurolite_bench.rule_checks.made import ALL, LABELS, full_texts, made_rules, ruled_model
from neurolite_core.answer.outputs import NO_ANSWER
from neurolite_core.artifact.package import write_content
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.rules.effects import DECIDED
from neurolite_core.rules.entries import words_of
from neurolite_core.rules.meaning import fired_rules, true_facts
from neurolite_core.rules.parts import ABSTAIN, FORBID, FORCE, WORD, Letters, Phrase, Rule, RuleSet
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import run

# Small, as what is asked is about the rules; texts have at most 64 bytes and 16 words.
SMALL: Final = NeuroLiteConfig(
    table_size=8_192,
    projection_size=8,
    hidden_size=8,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=8),
    max_words=16,
    max_bytes=64,
)
_PART: Final = 2_000


@dataclasses.dataclass(frozen=True, slots=True, eq=False)
class Expected:
    """What rules say of N texts.

    Attributes:
        fired: bool [N, R], in the order of the output.
        forced: int [N], the label, or -1.
        refused: bool [N], a rule abstains.
        off: bool [N, C], labels that a text may not have.
    """

    fired: NDArray[np.bool_]
    forced: NDArray[np.int64]
    refused: NDArray[np.bool_]
    off: NDArray[np.bool_]


def expected_of(
    rules: RuleSet, order: Sequence[Rule], texts: Sequence[bytes], max_words: int
) -> Expected:
    """By reading rules word for word, one after the other from the strongest on."""
    count = len(texts)
    found = Expected(
        np.zeros((count, len(order)), np.bool_),
        np.full(count, -1),
        np.zeros(count, np.bool_),
        np.zeros((count, len(LABELS)), np.bool_),
    )
    strongest = sorted(rules.rules, key=lambda rule: -rule.priority)  # of equal ones the first
    begins, others = _first_words(rules)
    for row, text in enumerate(texts):
        # Only phrases that begin with one of these words, which are then read word for word.
        near = {name: [*phrases] for name, phrases in others.items()}
        for letters in {letters for letters, _ in words_of(text)}:
            for name, phrase in begins.get(letters, ()):
                near.setdefault(name, []).append(phrase)
        some = dataclasses.replace(rules, facts={name: tuple(own) for name, own in near.items()})
        fired = fired_rules(rules, true_facts(some, text, max_words))
        found.fired[row] = [fired[rule.name] for rule in order]
        _decide([rule for rule in strongest if fired[rule.name]], found, row)
    return found


def _decide(fired: Sequence[Rule], found: Expected, row: int) -> None:
    """What fired rules, the strongest first, make of a text's labels."""
    forbidden: set[str] = set()
    for rule in fired:
        if rule.effect == FORBID:
            forbidden.update(rule.labels)
        elif found.forced[row] < 0 and not found.refused[row]:
            if rule.effect == ABSTAIN:
                found.refused[row] = True
            elif rule.effect == FORCE and rule.labels[0] not in forbidden:
                found.forced[row] = LABELS.index(rule.labels[0])
    found.off[row, [LABELS.index(label) for label in forbidden]] = True
    if found.forced[row] >= 0:
        found.off[row] = True
        found.off[row, found.forced[row]] = False


def _first_words(
    rules: RuleSet,
) -> tuple[dict[Letters, list[tuple[str, Phrase]]], dict[str, list[Phrase]]]:
    """Facts and phrases by the word with which the phrase begins, and those that begin otherwise by fact."""
    begins: dict[Letters, list[tuple[str, Phrase]]] = {}
    others: dict[str, list[Phrase]] = {}
    for name, phrases in rules.facts.items():
        for phrase in phrases:
            if phrase[0].kind == WORD:
                begins.setdefault(phrase[0].letters, []).append((name, phrase))
            else:
                others.setdefault(name, []).append(phrase)
    return begins, others


def broken(
    expected: Expected, fired: NDArray[np.int32], logits: NDArray[np.float32]
) -> NDArray[np.bool_]:
    """Texts on which a rule fired otherwise than it should, or a hard one does not hold; bool [N]."""
    wrong = (fired.astype(np.bool_) != expected.fired).any(axis=1)
    forced = expected.forced >= 0
    rows = np.flatnonzero(forced)
    wrong[rows] |= logits[rows, expected.forced[rows]] != DECIDED
    all_off = expected.off.all(axis=1)
    refused = expected.refused | all_off
    wrong |= (logits.max(axis=1) < NO_ANSWER) != refused
    wrong |= (expected.off & (logits > -DECIDED)).any(axis=1)
    return np.asarray(wrong)


def measure_holding(
    words: Sequence[str],
    folder: Path,
    targets: Sequence[str],
    count: int,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Texts, rules that fired and texts on which anything is wrong, of each target and precision.

    Args:
        words: at least 2,000.
        folder: for files.
        targets: of ``TARGETS``.
        count: texts.
        tell: told each step.
    """
    rules = made_rules(words, ALL)
    network = ruled_model(SMALL, rules)
    assert network.rules is not None  # noqa: S101  # it was given some
    order = network.rules.program.order
    tell(f"reading {count:,} texts word for word")
    texts = full_texts(rules, words, count, SMALL.max_bytes)
    expected = expected_of(rules, order, texts, SMALL.max_words)
    facts = {
        "texts": count,
        "rules": len(order),
        "fired": int(expected.fired.sum()),
        "hard": int((expected.refused | expected.off.any(axis=1)).sum()),
        "forced": int((expected.forced >= 0).sum()),
        "abstained": int(expected.refused.sum()),
    }
    found: dict[str, Any] = {"files": {}}
    source = Source(network, "rules", "random, seed 0: not trained")
    for target in targets:
        for precision in TARGETS[target].precisions:
            path = folder / f"holding-{precision}{TARGETS[target].suffix}"
            tell(f"{target} {precision}: building")
            job = job_of(source, target, precision, SMALL.max_bytes)
            write_content(path, TARGETS[target].load().build(job))
            session, wrong, began = open_artifact(path), 0, time.perf_counter()
            for part, rows in _parts(texts):
                outputs = run(session, part, batch_size=256)
                assert outputs.rules is not None  # noqa: S101  # the file has rules
                some = Expected(
                    *(getattr(expected, f.name)[rows] for f in dataclasses.fields(Expected))
                )
                wrong += int(broken(some, outputs.rules, outputs.values["logits"]).sum())
                tell(f"{target} {precision}: {rows.stop:,} texts, {wrong:,} wrong")
            found["files"][f"{target} {precision}"] = facts | {
                "runtime": session.runtime,
                "wrong": wrong,
                "seconds": round(time.perf_counter() - began, 1),
            }
    return found


def _parts(texts: Sequence[bytes]) -> Iterator[tuple[Sequence[bytes], slice]]:
    for first in range(0, len(texts), _PART):
        rows = slice(first, min(first + _PART, len(texts)))
        yield texts[rows], rows
