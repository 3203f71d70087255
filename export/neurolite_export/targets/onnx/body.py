"""A small writer for the body of an ONNX function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import helper, numpy_helper

Attribute = int | str | list[int]


@dataclass(slots=True)
class Body:
    """Collects nodes; equal constants are written once."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    _made: dict[str, str] = field(default_factory=dict)
    _constants: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)

    def constant(self, value: ArrayLike, dtype: DTypeLike) -> str:
        """Name of a constant tensor."""
        array: NDArray[np.generic] = np.asarray(value, dtype=dtype)
        key = (array.dtype.str, array.shape, array.tobytes())
        if key not in self._constants:
            name = f"constant_{len(self._constants)}"
            tensor = numpy_helper.from_array(array, name)
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
            self._constants[key] = name
        return self._constants[key]

    def once(self, key: str, make: Callable[[], str]) -> str:
        """What ``make`` writes, by its name; written once for a key."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def int64(self, *values: int) -> str:
        """Name of a constant int64 vector, as shapes and axes are."""
        return self.constant(values, np.int64)

    def op(self, kind: str, *inputs: str, output: str = "", **attributes: Attribute) -> str:
        """Writes a node with one output and returns the output's name."""
        return self.split(kind, *inputs, outputs=1, output=output, **attributes)[0]

    def split(
        self, kind: str, *inputs: str, outputs: int, output: str = "", **attributes: Attribute
    ) -> list[str]:
        """Writes a node with several outputs and returns their names."""
        base = output or f"{kind.lower()}_{len(self.nodes)}"
        names = [base] if outputs == 1 else [f"{base}_{number}" for number in range(outputs)]
        node = helper.make_node(kind, list(inputs), names)
        node.attribute.extend(helper.make_attribute(key, attributes[key]) for key in attributes)
        self.nodes.append(node)
        return names
