"""Where a training stands: one file, replaced whole, from which it goes on to the same result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import torch
from torch import Tensor

from neurolite_core.artifact.formats import safetensors_file
from neurolite_core.artifact.seal import Seal
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, write_atomically

STATE_FILE: Final = "state.safetensors"
_KEY: Final = "training"
_LIMIT: Final = 2**34
_GROUPS: Final = ("weights", "best", "optimizer", "average")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One line of a training's history.

    Attributes:
        step: steps done.
        epoch: passes done, with a fraction.
        loss: mean of the training loss since the last evaluation, nats; before the first step the validation loss.
        validation_loss: mean cross-entropy, nats.
        score: on the validation rows, 0 to 1: accuracy, or what else the objective chooses weights by.
        seconds: of training so far, without the interruptions.
        parts: figures of which the score is made, by name, where it is made of several.
    """

    step: int
    epoch: float
    loss: float
    validation_loss: float
    score: float
    seconds: float
    parts: dict[str, float] = field(default_factory=dict)

    def facts(self, score_name: str) -> dict[str, Any]:
        """A line of a report, in which the score has its own name and its parts stand beside it."""
        values = asdict(self)
        parts: dict[str, float] = values.pop("parts")
        return {
            (score_name if key == "score" else key): value for key, value in values.items()
        } | parts


@dataclass(slots=True)
class Progress:
    """How far a training is.

    Attributes:
        fingerprint: of data, config, options and teacher; another one is another training.
        total_steps: of the schedule.
        step: steps done.
        seconds: of training so far.
        best_step: where the validation score was highest; -1 before the first evaluation.
        history: evaluations so far.
        stopped: whether it ended early for want of progress.
    """

    fingerprint: str
    total_steps: int
    step: int = 0
    seconds: float = 0.0
    best_step: int = -1
    history: list[Evaluation] = field(default_factory=list)
    stopped: bool = False

    def done(self) -> bool:
        """Whether no step is left."""
        return self.stopped or self.step >= self.total_steps

    def add(self, found: Evaluation) -> None:
        """One more evaluation; of equals the later one is the best: the learning rate has fallen further."""
        self.history.append(found)
        best = self.best
        if best is None or found.score >= best.score:
            self.best_step = found.step

    @property
    def best(self) -> Evaluation | None:
        """The evaluation of ``best_step``."""
        return next((item for item in self.history if item.step == self.best_step), None)


def no_progress(progress: Progress, patience: int | None) -> bool:
    """Whether so many evaluations brought no better score, None for never."""
    scores = [item.score for item in progress.history]
    since = len(scores) - 1 - scores.index(max(scores))  # an equal one is no progress
    return patience is not None and since >= patience


def save_state(
    folder: Path,
    progress: Progress,
    weights: Mapping[str, Tensor],
    best: Mapping[str, Tensor],
    optimizer: Mapping[str, Tensor],
    average: Mapping[str, Tensor] = MappingProxyType({}),
) -> None:
    """Writes all of it in one atomic step."""
    groups = {"weights": weights, "best": best, "optimizer": optimizer, "average": average}
    safetensors_torch = require("safetensors.torch", extra="train")
    tensors = {
        f"{group}/{name}": value.detach().cpu().contiguous().clone()
        for group, values in groups.items()
        for name, value in values.items()
    }
    metadata = safetensors_file.to_metadata({_KEY: json.dumps(asdict(progress))})
    content = safetensors_torch.save(tensors, metadata=metadata)
    write_atomically(folder / STATE_FILE, safetensors_file.seal(content))


def load_state(
    folder: Path, fingerprint: str
) -> tuple[Progress, dict[str, dict[str, Tensor]]] | None:
    """What ``save_state`` wrote, or None where there is nothing or it is of another training.

    Returns:
        The progress, and the tensors under ``weights``, ``best``, ``optimizer`` and ``average``.

    Raises:
        InputError: the file is damaged.
    """
    path = folder / STATE_FILE
    if not path.is_file():
        return None
    safetensors_torch = require("safetensors.torch", extra="train")
    damaged = f"{path} is damaged; remove it to train from the start, or pass --restart."
    content = read_limited(path, _LIMIT)
    if safetensors_file.seal_of(content) is not Seal.WHOLE:
        raise InputError(damaged)
    try:
        values: Any = json.loads(safetensors_file.texts_of(content)[_KEY])
        if values["fingerprint"] != fingerprint:
            return None
        tensors: dict[str, dict[str, Tensor]] = {name: {} for name in _GROUPS}
        for key, value in safetensors_torch.load(content).items():
            group, _, name = key.partition("/")
            tensors[group][name] = value
        history = [Evaluation(**item) for item in values.pop("history")]
        return Progress(**values, history=history), tensors
    except Exception as error:  # the parser's own exception types are not a stable interface
        raise InputError(damaged) from error


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """The optimizer's moments and step counts by parameter number, in place of a pickle."""
    state = optimizer.state_dict()["state"]
    return {
        f"{number}/{name}": torch.as_tensor(value)
        for number, values in state.items()
        for name, value in values.items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Puts back what ``optimizer_tensors`` took."""
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition("/")
        state.setdefault(int(number), {})[name] = value
    whole = optimizer.state_dict()
    whole["state"] = state
    optimizer.load_state_dict(whole)
