"""A small writer for the body of an ONNX function: nodes, constants, and lazily shifted arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
import onnx
from numpy.typing import ArrayLike, DTypeLike, NDArray
from onnx import helper, numpy_helper

_END: Final = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Lane:
    """A tensor seen as values at byte positions of a flat buffer of B bytes.

    Its last axis covers positions ``begin`` to ``B + end``. Shifting only moves that range; the
    slices that a shift really costs are written when lanes meet in an operation.
    """

    tensor: str
    begin: int = 0
    end: int = 0

    def ahead(self, distance: int) -> Lane:
        """The lane whose value at position p is this one's at ``p + distance``."""
        return Lane(self.tensor, self.begin - distance, self.end - distance)

    def back(self, distance: int) -> Lane:
        """The lane whose value at position p is this one's at ``p - distance``."""
        return self.ahead(-distance)


Attribute = int | str
Operand = Lane | str | int


@dataclass(slots=True)
class Body:
    """Collects nodes; equal constants and equal slices are written once."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    _constants: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)
    _slices: dict[tuple[str, int, int], str] = field(default_factory=dict)

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

    def op(self, kind: str, *inputs: str, output: str = "", **attributes: Attribute) -> str:
        """Writes a node with one output and returns the output's name."""
        name = output or f"{kind.lower()}_{len(self.nodes)}"
        node = helper.make_node(kind, list(inputs), [name])
        node.attribute.extend(helper.make_attribute(key, attributes[key]) for key in attributes)
        self.nodes.append(node)
        return name

    def lane(self, kind: str, *operands: Operand, **attributes: Attribute) -> Lane:
        """An operation along the lanes over lanes, plain tensors and int32 constants.

        The result covers the positions that all its lanes cover.
        """
        lanes = [operand for operand in operands if isinstance(operand, Lane)]
        begin = max(lane.begin for lane in lanes)
        end = min(lane.end for lane in lanes)
        inputs = [self._input(operand, begin, end) for operand in operands]
        return Lane(self.op(kind, *inputs, output="", **attributes), begin, end)

    def align(self, lane: Lane, begin: int, end: int) -> str:
        """The tensor of a lane cut to positions ``begin`` to ``B + end``."""
        key = (lane.tensor, begin - lane.begin, end - lane.end)
        if key[1] < 0 or key[2] > 0:
            raise ValueError(f"{lane} does not cover positions {begin} to B{end:+d}")
        if key[1:] == (0, 0):
            return lane.tensor
        if key not in self._slices:
            stop = key[2] if key[2] < 0 else _END
            self._slices[key] = self.op(
                "Slice",
                lane.tensor,
                self.constant([key[1]], np.int64),
                self.constant([stop], np.int64),
                self.constant([-1], np.int64),
            )
        return self._slices[key]

    def cut(self, lane: Lane, begin: int, end: int) -> Lane:
        """The lane on fewer positions: cutting all lanes alike once saves a slice at each meeting."""
        return Lane(self.align(lane, begin, end), begin, end)

    def _input(self, operand: Operand, begin: int, end: int) -> str:
        if isinstance(operand, Lane):
            return self.align(operand, begin, end)
        return operand if isinstance(operand, str) else self.constant(operand, np.int32)
