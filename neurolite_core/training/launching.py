"""Where a training runs: its processes, by Lightning Fabric, and who may write into a folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import torch

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.lifelines import end_with_parent, owning
from neurolite_core.ground.locks import locked

if TYPE_CHECKING:
    from lightning_fabric import Fabric

_T = TypeVar("_T")

LOCK: Final = "neurolite-train"
_LONGEST_WAIT: Final = timedelta(hours=24)  # for the first process, while it tunes a teacher


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Where to train.

    Attributes:
        accelerator: "auto", "cpu" or "gpu".
        devices: processes on each node; one GPU each.
        nodes: machines.
        precision: "auto" (bfloat16 on a GPU, else float32), "float32" or "bfloat16".
        workers: processes that prepare batches, for each training process; None to choose.
    """

    accelerator: str = "auto"
    devices: int = 1
    nodes: int = 1
    precision: str = "auto"
    workers: int | None = None


def launch(machine: Machine) -> Fabric:
    """Starts the processes.

    Raises:
        MissingDependencyError: lightning-fabric is not installed.
        InputError: the machine has no such devices.
    """
    fabric_module = require("lightning_fabric", extra="train")
    alone = machine.devices * machine.nodes == 1
    strategies = require("lightning_fabric.strategies", extra="train")
    accelerator = machine.accelerator
    if accelerator == "auto":
        accelerator = "gpu" if torch.cuda.is_available() else "cpu"
    precision = {"float32": "32-true", "bfloat16": "bf16-mixed"}.get(
        machine.precision, "bf16-mixed" if accelerator == "gpu" else "32-true"
    )
    try:
        fabric = fabric_module.Fabric(
            accelerator=accelerator,
            devices=machine.devices,
            num_nodes=machine.nodes,
            precision=precision,
            strategy="auto" if alone else strategies.DDPStrategy(timeout=_LONGEST_WAIT),
        )
        with owning():
            fabric.launch()
    except Exception as error:  # its own exception types are not a stable interface
        raise InputError(
            f"--accelerator {machine.accelerator} with --devices {machine.devices} and --nodes "
            f"{machine.nodes} cannot be had here: {error}"
        ) from error
    started: Fabric = fabric
    if started.local_rank:  # the first process of a machine has started the others
        end_with_parent()
    return started


@contextlib.contextmanager
def alone(fabric: Fabric, folder: Path) -> Iterator[None]:
    """The folder is this training's until the end; every process of it learns of a refusal."""
    with contextlib.ExitStack() as stack:
        problem = None
        if fabric.is_global_zero:
            try:
                stack.enter_context(locked(folder, LOCK, "trains into"))
            except InputError as error:
                problem = str(error)
        problem = fabric.broadcast(problem)
        if problem is not None:
            raise InputError(problem)
        yield


def in_turn(fabric: Fabric, work: Callable[[], _T]) -> _T:
    """The first process first; the others then find its files."""
    if not fabric.is_global_zero:
        fabric.barrier()
        return work()
    result = work()
    fabric.barrier()
    return result
