"""Whether the tables of rules in a file lead nowhere but into each other."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.nlm_rules import RuleSizes

_EXACT = 2**24


def rules_fit(sizes: RuleSizes, tables: Mapping[str, NDArray[np.float32]]) -> bool:
    """Whether all numbers of nodes, slots and rows are whole, and there.

    Args:
        sizes: of the file.
        tables: name -> float32, in the shapes that the sizes give.
    """
    words, others, edges = (tables[f"rule_{name}"] for name in ("words", "others", "edges"))
    classes = np.concatenate([words[:, 2], others[:, 0]])
    nodes = np.concatenate([classes, edges[:, 1]])
    bases = np.concatenate([words[:, 3], others[:, 1], edges[:, 2]])
    moves = [tables[name] for name in ("rule_moves", "rule_start_moves") if name in tables]
    rises = tables["rule_start_rows"][:, 2] if sizes.start_places else np.zeros(1)
    return (
        _inside(nodes, sizes.nodes)
        and _inside(bases, sizes.edges - int(classes.max()))
        and _inside(tables["rule_sets"], sizes.rows)
        and _inside(rises, sizes.start_places + 1)
        and all(_inside(each, _EXACT) for each in (tables["rule_weights"], *moves))
    )


def _inside(values: NDArray[np.floating], behind: int) -> bool:
    return bool((values == np.floor(values)).all() and 0 <= values.min() <= values.max() < behind)
