"""The network behind the hash, captured by torch.export and written as ONNX."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Final

import onnx
import torch
from onnxscript.optimizer import optimize
from torch import Tensor, nn

from neurolite_core.artifact.outputs import INDICES, NGRAMS, STARTS, WORDS
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.remembering import initial_tensors
from neurolite_export.conversions import Conversions, key_of
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.targets.onnx.modules import REPLACEMENTS

_MAX_BATCH: Final = 65_536
_MOST_SYMBOLS: Final = 1_000_000  # more than any text has
_EXAMPLE: Final = 7  # words of the texts that are traced; of one word the exporter makes a constant
MARK: Final = "output."
_WRAPPER: Final = "wrapped."
_CAPTURED: Final = Conversions(2)


class _Network(nn.Module):
    """``TextNetwork.network`` with a tuple of outputs, in the order of ``output_names``."""

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.wrapped = network

    def forward(self, indices: Tensor, words: Tensor, *more: Tensor) -> tuple[Tensor, ...]:
        split = sum((self.wrapped.wide is not None, looks_inside(self.wrapped)))
        shows = self.wrapped.exits is not None
        found = self.wrapped.network(
            indices, words, *more[:split], state=more[split:], hidden=shows
        )
        return tuple(found.values())


@torch.no_grad()
def output_names(network: TextNetwork) -> list[str]:
    """The network's outputs by name, in order."""
    shows = network.exits is not None
    return list(network.network(*network.features([b""]), hidden=shows))


def capture(network: TextNetwork, opset: int) -> onnx.ModelProto:
    """ONNX of everything behind the hash.

    Args:
        network: the model, none of whose modules were replaced; it is put into evaluation mode.
        opset: of the default domain.

    Returns:
        A model with inputs ``indices`` int32 [N, L, K], ``words`` int32 [N], of a network with a wide path ``ngrams``
        int32 [N, P, O], of one whose rules look inside words ``starts`` int32 [N, L], and its state by name, with N, L
        and P free, and the network's named outputs, cleaned of the exporter's bookkeeping; in it ``REPLACEMENTS`` hold
        the places of ops. Equal networks have one capture, of which each caller gets a copy.
    """
    network.eval()

    def convert() -> bytes:
        # Of every precision. Places have new marks each time, so that the key is of the network without them.
        replaced = with_replacements(network, REPLACEMENTS, Lowering(None, "float32"))
        content: bytes = _captured(replaced, opset).SerializeToString()
        return content

    return onnx.load_model_from_string(_CAPTURED.get(key_of(network, opset), convert))


def _captured(network: TextNetwork, opset: int) -> onnx.ModelProto:
    config = network.config
    # PyTorch 2.7 excludes the one length at which a slice of a weight is the whole weight. The bound is
    # not in the graph, and a test runs it at that length.
    most = max(2, config.max_words - 1)
    length = min(_EXAMPLE, most, config.max_words)
    example: dict[str, Tensor] = {
        INDICES: torch.zeros((3, length, config.num_hashes), dtype=torch.int32),
        WORDS: torch.tensor([3, 1, 0], dtype=torch.int32),
    }
    batch = torch.export.Dim("N", min=1, max=_MAX_BATCH)
    dynamic: dict[int, torch.export.Dim] = {0: batch}
    if config.max_words > 1:
        dynamic[1] = torch.export.Dim("L", min=1, max=most)
    shapes: dict[str, dict[int, torch.export.Dim]] = {INDICES: dynamic, WORDS: {0: batch}}
    if config.wide is not None:
        orders = len(config.wide.ngrams.orders)
        example[NGRAMS] = torch.zeros((3, _EXAMPLE, orders), dtype=torch.int32)
        shapes[NGRAMS] = {0: batch, 1: torch.export.Dim("P", min=1, max=_MOST_SYMBOLS)}
    if looks_inside(network):
        example[STARTS] = torch.zeros((3, length), dtype=torch.int32)
        shapes[STARTS] = dynamic
    first = next(iter(example.values()))
    inputs = (*example.values(), *initial_tensors(network.state_specs, 3, first.device))
    shapes |= {spec.name: {0: batch} for spec in network.state_specs}
    one, two, *rest = shapes.values()
    with quiet():
        program = torch.onnx.export(
            _Network(network).eval(),
            inputs,
            dynamo=True,
            opset_version=opset,
            dynamic_shapes=(one, two, tuple(rest)) if rest else (one, two),
            input_names=list(shapes),
            # The exporter lets a given name collide with one of its own, so ours carry a mark.
            output_names=[MARK + name for name in output_names(network)],
            external_data=False,
            optimize=False,
            verbose=False,
        )
        if program is None:
            raise NeuroLiteError("torch.onnx.export returned nothing; it should with dynamo=True.")
        optimize(
            program.model
        )  # by onnxscript itself: releases of PyTorch differ in whether and how they do
    return clean(program.model_proto)


def clean(model: onnx.ModelProto, prefix: str = _WRAPPER) -> onnx.ModelProto:
    """Drops what varies between runs or machines, and gives outputs and weights their plain names.

    Args:
        model: in place.
        prefix: of the weights' names, which goes.
    """
    graph = model.graph
    for value in (*graph.input, *graph.output, *graph.initializer, *graph.node):
        del value.metadata_props[:]
        value.doc_string = ""
    del graph.metadata_props[:]
    del graph.value_info[:]
    del model.metadata_props[:]

    names = {value.name: value.name.removeprefix(MARK) for value in graph.output}
    taken = set(names.values())
    for name in [t.name for t in graph.initializer] + [
        n for node in graph.node for n in node.output
    ]:
        if name not in names:
            plain = name.removeprefix(prefix)
            names[name] = f"{plain}.inner" if plain in taken else plain
    for value in (*graph.output, *graph.initializer):
        value.name = names[value.name]
    for node in graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names[name] for name in node.output]
        node.name = node.output[0]
    return model


def looks_inside(network: TextNetwork) -> bool:
    """Whether the network's rules want to know of the inside of words."""
    return network.rules is not None and network.rules.starts is not None


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keeps the exporter's progress prints and notes about absent torchvision off the terminal."""
    registration = logging.getLogger("torch.onnx._internal.exporter._registration")
    level = registration.level
    registration.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        registration.setLevel(level)
