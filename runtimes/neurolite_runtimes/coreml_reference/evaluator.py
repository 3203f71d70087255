"""Computes a Core ML program operation by operation, in the types that the program declares."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_runtimes.coreml_reference.model import (
    Constant,
    CoreMLModel,
    InterfacePort,
    Name,
    Operation,
    TensorType,
)
from neurolite_runtimes.coreml_reference.table import OPERATIONS, WIDENED

RUNTIME: Final = "Core ML reference evaluator (numpy), not Core ML"

_CONSTANT: Final = "const"
_AT_OPENING: Final = "constexpr_"
_OPSET: Final = "CoreML7"


# Parameters that are lists of sizes, axes or masks; as constants they are read once.
_POSITIONS: Final = frozenset(
    (
        "begin",
        "end",
        "stride",
        "begin_mask",
        "end_mask",
        "squeeze_mask",
        "pad",
        "axes",
        "perm",
        "shape",
    )
)


@dataclass(frozen=True, slots=True)
class _Step:
    """One operation, ready to run on the list of all values."""

    kind: str
    compute: Callable[[list[Any]], Any]
    outputs: tuple[int, ...]
    types: tuple[TensorType, ...]


class Evaluator:
    """A program, ready to run.

    Args:
        model: as it was read from a package.

    Attributes:
        inputs: its inputs, with the shapes that they may have.

    Raises:
        ArtifactError: an operation or a parameter that is not known, or a program that does not
            fit together.
    """

    def __init__(self, model: CoreMLModel) -> None:
        if model.opset != _OPSET:
            raise ArtifactError(
                f"its program is of opset {model.opset!r}; the reference reads {_OPSET}, iOS 17"
            )
        self.inputs: tuple[InterfacePort, ...] = model.inputs
        self._places: dict[str, int] = {}
        self._fixed: list[Any] = []
        for port in model.inputs:
            self._place(port.name)
        self._steps: list[_Step] = []
        for operation in model.operations:
            self._prepare(operation)
        self._results = model.results
        missing = [name for name in model.results if name not in self._places]
        if missing:
            raise ArtifactError(f"its program returns {missing[0]!r}, which nothing computes")
        self._verified: set[tuple[tuple[int, ...], ...]] = set()

    def has(self, name: str) -> bool:
        """Whether the program computes a value of this name."""
        return name in self._places

    def run(self, feeds: Mapping[str, NDArray[Any]], also: Sequence[str] = ()) -> dict[str, Any]:
        """Computes all results.

        Args:
            feeds: every input by name, of its type and one of its shapes.
            also: names of inner values to return as well.

        Returns:
            Name -> array; for a classifier also a label and a dictionary of probabilities.

        Raises:
            InputError: an input is missing, or not of its type or shapes.
            ArtifactError: the program's own types contradict what it computes.
        """
        values = list(self._fixed)
        for port in self.inputs:
            values[self._places[port.name]] = _checked(port, feeds)
        shapes = tuple(feeds[port.name].shape for port in self.inputs)
        verify = shapes not in self._verified
        with np.errstate(all="ignore"):
            _compute(self._steps, values, verify=verify)
        self._verified.add(shapes)
        return {name: values[self._places[name]] for name in (*self._results, *also)}

    def _place(self, name: str, value: object = None) -> int:
        if not name or name in self._places:
            raise ArtifactError(f"its program has two values named {name!r}")
        self._places[name] = len(self._fixed)
        self._fixed.append(value)
        return self._places[name]

    def _prepare(self, operation: Operation) -> None:
        kind = operation.type
        if kind == _CONSTANT:
            if len(operation.outputs) != 1 or set(operation.inputs) != {"val"}:
                raise ArtifactError("its program has a constant without a value")
            self._place(operation.outputs[0][0], _readable(operation.inputs["val"]))
            return
        compute = OPERATIONS.get(kind)
        if compute is None:
            raise ArtifactError(
                f"its program has the operation {kind!r}, which the reference does not know"
            )
        _check_parameters(kind, compute, set(operation.inputs))
        constants, places = self._arguments(operation)
        outputs = tuple(self._place(name) for name, _ in operation.outputs)
        types = tuple(item for _, item in operation.outputs)
        step = _Step(kind, _bound(compute, constants, places), outputs, types)
        if not kind.startswith(_AT_OPENING):
            self._steps.append(step)
        elif places:
            raise ArtifactError(f"its operation {kind!r} has inputs that are not constant")
        else:
            _compute([step], self._fixed, verify=True)

    def _arguments(
        self, operation: Operation
    ) -> tuple[dict[str, Any], dict[str, int | tuple[int, ...]]]:
        """What is known now, and the places of what will be computed, by parameter."""
        constants: dict[str, Any] = {}
        places: dict[str, int | tuple[int, ...]] = {}
        for parameter, value in operation.inputs.items():
            if isinstance(value, list):
                places[parameter] = tuple(self._known(item) for item in value)
            elif not isinstance(value, Name):
                constants[parameter] = _readable(value)
            elif self._fixed[self._known(value)] is None:
                places[parameter] = self._known(value)
            else:
                constants[parameter] = self._fixed[self._known(value)]
        for parameter in _POSITIONS.intersection(constants):
            constants[parameter] = tuple(np.ravel(constants[parameter]).tolist())
        for parameter in set(WIDENED.get(operation.type, ())).intersection(constants):
            if getattr(constants[parameter], "dtype", None) == np.float16:
                constants[parameter] = constants[parameter].astype(np.float32)
        return constants, places

    def _known(self, value: Name | Constant) -> int:
        if not isinstance(value, Name):
            return self._place(f" {len(self._fixed)}", _readable(value))
        if value.name not in self._places:
            raise ArtifactError(f"its program uses {value.name!r} before it is computed")
        return self._places[value.name]


def _readable(value: Name | Constant | list[Name | Constant]) -> Any:  # noqa: ANN401
    """A constant as its operations take it: of rank 0 as a numpy number."""
    if isinstance(value, np.ndarray):
        return value[()] if value.ndim == 0 else value
    return value


def _check_parameters(kind: str, compute: Callable[..., Any], given: set[str]) -> None:
    known = inspect.signature(compute).parameters
    unknown = given - set(known)
    if unknown:
        raise ArtifactError(
            f"its operation {kind!r} has a parameter {min(unknown)!r} that the reference does not know"
        )
    needed = {name for name, item in known.items() if item.default is inspect.Parameter.empty}
    if needed - given:
        raise ArtifactError(f"its operation {kind!r} lacks {min(needed - given)!r}")


def _bound(
    compute: Callable[..., Any],
    constants: Mapping[str, Any],
    places: Mapping[str, int | tuple[int, ...]],
) -> Callable[[list[Any]], Any]:
    """The operation as a function of all values; the common forms without building arguments."""
    order = [name for name in inspect.signature(compute).parameters if name in places]
    # Keywords cost more than the arithmetic of a short text.
    if order == list(inspect.signature(compute).parameters)[: len(order)]:
        ready = partial(compute, **constants) if constants else compute
        match [places[name] for name in order]:
            case [int(x)]:
                return lambda values: ready(values[x])
            case [int(x), int(y)]:
                return lambda values: ready(values[x], values[y])
    if order == list(inspect.signature(compute).parameters)[1:2] and len(constants) == 1:
        first, second = next(iter(constants.values())), places[order[0]]
        if isinstance(second, int):
            return lambda values: compute(first, values[second])

    def general(values: list[Any]) -> Any:  # noqa: ANN401
        arguments = {
            name: values[place] if isinstance(place, int) else [values[item] for item in place]
            for name, place in places.items()
        }
        return compute(**constants, **arguments)

    return general


def _compute(steps: Sequence[_Step], values: list[Any], *, verify: bool) -> None:
    kind = ""
    try:
        for step in steps:
            kind = step.kind
            found = step.compute(values)
            if isinstance(found, tuple):
                for place, result in zip(step.outputs, found, strict=True):
                    values[place] = result
                continue
            (declared,) = step.types
            if found.dtype is not declared.dtype or (
                verify and not _fits(found.shape, declared.shape)
            ):
                _refuse(kind, found, declared)
            values[step.outputs[0]] = found
    except (ValueError, TypeError, IndexError, AttributeError, MemoryError) as error:
        raise ArtifactError(f"its operation {kind!r} cannot be computed: {error}") from error


def _refuse(kind: str, found: NDArray[Any], declared: TensorType) -> None:
    """Types are one object each in numpy; those that are not are compared here."""
    if found.dtype == declared.dtype and _fits(found.shape, declared.shape):
        return
    raise ArtifactError(
        f"its operation {kind!r} gives {found.dtype} {found.shape}, "
        f"but the program declares {declared.dtype} {declared.shape}"
    )


def _fits(found: tuple[int, ...], declared: tuple[int | None, ...]) -> bool:
    """Core ML has no empty tensors, whatever numpy makes of them."""
    return (
        0 not in found
        and len(found) == len(declared)
        and all(
            size is None or size == actual for actual, size in zip(found, declared, strict=True)
        )
    )


def _checked(port: InterfacePort, feeds: Mapping[str, NDArray[Any]]) -> NDArray[Any]:
    value = feeds.get(port.name)
    if value is None or value.dtype != port.dtype or value.shape not in port.shapes:
        found = "missing" if value is None else f"{value.dtype} {value.shape}"
        allowed = ", ".join(map(str, port.shapes))
        raise InputError(f"{port.name} is {found}; it must be {port.dtype} of one of {allowed}.")
    return value
