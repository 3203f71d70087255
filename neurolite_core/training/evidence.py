"""Rules of a training: what evidence is worth, by rows that nothing has learned, and what rules make of answers.

Hard rules decide whatever the network says, so they take no part in what is learned or calibrated. What is learned of a
soft rule is one number, the most likely one beside the trained network's logits, with the penalty of a normal prior of
variance 1 (ridge; Hoerl and Kennard 1970).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from neurolite_core.answer.tasks import ANSWERINGS, SEVERAL_THRESHOLD
from neurolite_core.data.store import TextStore
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.training.cross_fitting import Scored
from neurolite_core.training.fitting.length_order import answers_by_length
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.sources import Sources

_BATCH: Final = 256
_STEPS: Final = 100
_PENALTY: Final = 1.0

Logits = NDArray[np.float32]
Rows = NDArray[np.int64]


def ruled(
    network: NeuroLiteForClassification,
    logits: Logits,
    store: TextStore,
    rows: Rows,
    output: int = 0,
) -> Logits:
    """What the network's rules make of logits float32 [R, C] of stored rows int64 [R].

    Args:
        network: with rules; without, the logits are given back.
        logits: of any network of the same labels.
        store: the texts.
        rows: which of them.
        output: 0 for the logits, 1 for which rules fired, float32 [R, rules].
    """
    if network.rules is None:
        return logits
    rules = network.rules
    width = logits.shape[1] if output == 0 else rules.count

    @torch.no_grad()
    def answer(places: NDArray[np.int64]) -> NDArray[np.float32]:
        features = network.features(store.texts(rows[places]))
        device = rules.weights.device
        starts = features[-1].to(device) if rules.starts is not None else None
        own = torch.from_numpy(logits[places]).to(device)
        found: NDArray[np.float32] = (
            rules(own, features[0].to(device), starts)[output].float().cpu().numpy()
        )
        return found

    lengths = store.offsets[rows + 1] - store.offsets[rows]
    return answers_by_length(lengths, width, _BATCH, answer)


def ruled_rows(
    network: NeuroLiteForClassification, crossed: Scored | None, sources: Sources
) -> Scored | None:
    """Cross-fitted answers with what rules make of them."""
    if crossed is None or network.rules is None:
        return crossed
    return replace(crossed, logits=_of_crossed(network, crossed, sources))


def _of_crossed(
    network: NeuroLiteForClassification, crossed: Scored, sources: Sources, output: int = 0
) -> Logits:
    assert crossed.rows is not None  # noqa: S101  # cross-fitted ones have them
    return ruled(network, crossed.logits, sources.train, crossed.rows, output)


def put_in_force(network: NeuroLiteForClassification) -> None:
    """From now on hard rules decide: behind the calibration of what the network itself says."""
    if network.rules is not None:
        network.rules.hard = True
        network.rules.threshold = (
            SEVERAL_THRESHOLD if network.threshold is None else network.threshold
        )


def fit_evidence(
    network: NeuroLiteForClassification,
    sources: Sources,
    device: torch.device,
    crossed: Scored | None = None,
) -> Mapping[str, Any]:
    """Learns the weights of soft rules that have none, in place, and leaves hard rules off.

    Args:
        network: fitted, with rules.
        sources: the validation rows decide.
        device: where the network is.
        crossed: more rows, where there are some.

    Returns:
        facts for the report: rules, rows, and the weight and the number of texts of each soft rule by name.
    """
    rules = network.rules
    assert rules is not None  # noqa: S101  # the caller attached them
    rules.hard = False
    validation, labels = sources.validation, len(network.labels)
    logits = [predict(network, validation.store, validation.rows, device)]
    fired = [ruled(network, logits[0], validation.store, validation.rows, output=1)]
    truths: list[NDArray[Any]] = [validation.truths(labels)]
    if crossed is not None:
        logits.append(_of_crossed(network, crossed, sources))
        fired.append(_of_crossed(network, crossed, sources, output=1))
        truths.append(crossed.truths)
    every, counts = np.concatenate(fired), np.concatenate(logits)
    if float(rules.learned.sum()) and len(every) and rules.effects.evidence is not None:
        loss = _loss_of(network, counts, np.concatenate(truths), device)
        _minimise(
            rules.weights,
            rules.learned,
            rules.effects.evidence,
            torch.from_numpy(every).to(device),
            loss,
        )
    scale, texts = rules.scale().detach().tolist(), every.sum(axis=0).tolist()
    return {
        "rules": rules.count,
        "rows": len(every),
        "fired": {rule.name: int(texts[at]) for at, rule in enumerate(rules.program.order)},
        "weights": {
            rule.name: round(scale[at], 6)
            for at, rule in enumerate(rules.program.order)
            if rule.learns
        },
    }


def _loss_of(
    network: NeuroLiteForClassification, logits: Logits, truths: NDArray[Any], device: torch.device
) -> Callable[[Tensor], Tensor]:
    """The negative log-likelihood of all rows, of what is added to their logits."""
    own = torch.from_numpy(logits).to(device)
    if ANSWERINGS[network.task].several:
        wanted = torch.from_numpy(truths.astype(np.float32)).to(device)
        return lambda added: functional.binary_cross_entropy_with_logits(
            own + added, wanted, reduction="sum"
        )
    labels = torch.from_numpy(truths.astype(np.int64)).to(device)
    known = (labels >= 0) & (labels < own.shape[1])
    return lambda added: functional.cross_entropy(
        (own + added)[known], labels[known], reduction="sum"
    )


def _minimise(
    weights: Tensor,
    learned: Tensor,
    evidence: torch.nn.Module,
    fired: Tensor,
    loss: Callable[[Tensor], Tensor],
) -> None:
    """Finds the weights, in place: a convex problem."""
    found = torch.zeros_like(weights.detach(), requires_grad=True)
    solver = torch.optim.LBFGS([found], max_iter=_STEPS, line_search_fn="strong_wolfe")

    def step() -> Tensor:
        solver.zero_grad()
        value = loss(evidence(fired * (found * learned))) + _PENALTY / 2 * (found**2).sum()
        value.backward()  # type: ignore[no-untyped-call]
        return value

    solver.step(step)  # type: ignore[no-untyped-call]
    with torch.no_grad():
        weights.copy_(found * learned)
