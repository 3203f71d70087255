"""What a config must be for a task, and may not be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from neurolite_core.answer.tasks import CLASSIFICATION, GENERATION
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.generation_options import GenerationOptions

LAST: Final = "last"  # the pooling of a generator
# Parts that make one vector of a whole text, or decide on its labels.
_OTHERS: Final = ("wide", "memory", "experts", "rules", "spans")


def check_generation(task: str, config: NeuroLiteConfig) -> None:
    """Raises where only one of a task and a config generates.

    Raises:
        InputError: the config has an answer over a vocabulary, and the task is another; or the task generates, and the
            config has none, reads ahead, pools other words than the last, or has a part that no generator has.
    """
    if task != GENERATION:
        if config.generation is not None:
            raise InputError(
                f"The config has an answer over a vocabulary, which the task {task!r} does not give: "
                "NeuroLiteForGeneration does. Leave generation out."
            )
        return
    if config.generation is None:
        raise InputError("The config has no generation: give generation=GenerationOptions().")
    if config.backbone_options.reads_ahead:
        raise InputError(
            f"The backbone {config.backbone!r} reads words behind the one that it answers for, and a generator may "
            'not: give backbone="ssm" with SsmOptions(..., causal=True).'
        )
    if config.pooling != LAST:
        raise InputError(
            f"pooling is {config.pooling!r}; what follows a text is said by its last word: give pooling={LAST!r}."
        )
    own = [name for name in _OTHERS if getattr(config, name) is not None]
    own += ["bag"] if config.bag else []
    if own:
        raise InputError(f"The config has {own[0]}, which no generator has. Leave {own[0]} out.")


def check_early(task: str, config: NeuroLiteConfig) -> None:
    """Raises where a network of another task than one label a text has exits.

    Raises:
        InputError: it has.
    """
    if config.exits is not None and task != CLASSIFICATION:
        raise InputError(
            f"The config has exits, and the task is {task!r}; only a classifier of one label a text answers before its "
            "last layer. Leave exits out."
        )


def options_of(config: NeuroLiteConfig) -> GenerationOptions:
    """Those of a config that ``check_generation`` let pass."""
    assert config.generation is not None  # noqa: S101  # checked there
    return config.generation


def check_without_labels(config: NeuroLiteConfig, labels: Sequence[str] | None, what: str) -> None:
    """Raises where a config or a caller has what only classifiers have."""
    if config.wide is not None:
        raise InputError(
            f"The config has a wide path, which adds to labels' scores; {what} has none. Leave wide out."
        )
    if config.rules is not None:
        raise InputError(
            f"The config has a symbolic module, whose rules decide on labels; {what} has none. "
            "Leave it out: use_symbolic_module=False"
        )
    if labels:
        raise InputError(f"labels is {list(labels)!r}; {what} has no labels.")
