"""A memory as the tables of a .nlm: docs/c-arithmetic.md, "Memory"."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_memory import MemorySizes
from neurolite_core.network.heads import LENGTH
from neurolite_core.network.memory.path import MemoryPath
from neurolite_core.network.model import TextNetwork
from neurolite_export.targets.c.built_module import BuiltModule, floats
from neurolite_export.targets.c.calibrate import Ranges
from neurolite_export.targets.c.quantize import FINE, SIGNED

_LARGEST: Final = 127  # of weights here
_SMALLEST: Final = 1e-12

Numbers = dict[str, NDArray[Any]]


def build_memory(network: TextNetwork, ranges: Ranges) -> BuiltModule:
    """The memory of a network that has one."""
    path, options = network.memory, network.config.memory
    assert path is not None and options is not None  # noqa: S101, PT018  # the caller looked
    text = (
        LENGTH
        if network.config.bag
        else ranges["routed" if network.experts is not None else "final"] / SIGNED / FINE
    )
    numbers: Numbers = {
        "numbers": np.array([text, path.norm.eps, SIGNED / ranges["remembered"]]),
        **_layer("gates", path.gates),
        **_layer("join", path.join),
        **_layer("add", path.add),
        "gain": floats(path.norm.weight),
        "offset": floats(path.norm.bias),
        **_levels(path),
    }
    sizes = MemorySizes(
        working=options.working,
        working_reads=options.working_heads if options.working else 0,
        slots=options.long_term,
        slot_reads=options.long_term_heads if options.long_term else 0,
        patterns=options.persistent,
        key_size=options.key_size,
        hidden=options.hidden,
        steps=options.steps,
    )
    return BuiltModule(sizes, {f"memory_{name}": values for name, values in numbers.items()})


def _levels(path: MemoryPath) -> Numbers:
    levels: Any = path.levels
    found: Numbers = {}
    if "working" in levels:
        found |= _retrieval("working", levels["working"].retrieval)
        found["working_ages"] = floats(levels["working"].ages)
    if "long_term" in levels:
        level = levels["long_term"]
        found |= _retrieval("slot", level.retrieval)
        found["slot_numbers"] = np.array([floats(level.border).item(), level.merging.haste])
        found["slot_ties"] = floats(level.merging.ties)
    if "persistent" in levels:
        level = levels["persistent"]
        values, scales = _rounded(floats(level.values).T)
        found |= _layer("pattern_query", level.query)
        found["pattern_beta"] = floats(level.log_beta.exp())
        found["pattern_keys"] = floats(level.keys)
        found |= {"pattern_values": values, "pattern_scales": scales}
    return found


def _retrieval(name: str, module: Any) -> Numbers:  # noqa: ANN401  # a module's children are untyped
    return {
        **_layer(f"{name}_queries", module.queries),
        **_layer(f"{name}_keys", module.keys),
        f"{name}_beta": floats(module.log_beta.exp()),
    }


def _layer(name: str, linear: Any) -> Numbers:  # noqa: ANN401
    matrix, scale = _rounded(floats(linear.weight))
    return {f"{name}_matrix": matrix, f"{name}_scale": scale, f"{name}_bias": floats(linear.bias)}


def _rounded(rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows as whole numbers of -127 to 127, and what a step of each is."""
    scale = np.maximum(np.abs(rows).max(axis=1) / _LARGEST, _SMALLEST)
    return np.rint(rows / scale[:, None]), scale
