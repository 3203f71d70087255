"""Early exits as methods: of every backbone, what two methods give is what the network gives at the same depth."""

from __future__ import annotations

import copy
from typing import Final

import pytest
import torch
from torch import Tensor, nn

from artifacts import ONE, SOURCES
from neurolite_core.artifact.outputs import DEPTH
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.exits import part_names
from neurolite_core.network.model import TextNetwork
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.targets.executorch.modules import REPLACEMENTS
from neurolite_export.targets.executorch.stages import stages
from texts import generated_texts

TEXTS: Final = [each for each in generated_texts(120, seed=71) if len(each) <= ONE.max_bytes][:40]
ANSWERS: Final = ("logits", "embedding", DEPTH)
LAYERS: Final = 2
FLOATS: Final = (
    1e-4  # the largest difference in float32; spikes make more of its last bits than other layers
)
NAMES: Final = (*ANSWERS, *part_names(LAYERS))


class _Behind(nn.Module):
    """A network behind its hash, which is the same for all, with the parts of an early exit."""

    def __init__(self, network: TextNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, indices: Tensor, words: Tensor) -> tuple[Tensor, ...]:
        found = self.network.network(indices, words, hidden=True)
        return tuple(found[name] for name in NAMES)


@pytest.mark.parametrize("name", list(BACKBONES))
@torch.no_grad()
def test_methods_give_what_the_network_gives(name: str) -> None:
    network = SOURCES[f"exits-{name}"]().network
    inputs = [_features(network, text) for text in TEXTS]
    lowering = Lowering(ONE.max_words, "float32")
    behind = _Behind(with_replacements(copy.deepcopy(network), REPLACEMENTS, lowering)).eval()
    program = torch.export.export(behind, inputs[0], strict=False)
    first, second = (each.module() for each in stages(program, NAMES, LAYERS))
    assert _products(first) > _products(second) > 0
    depths = set()
    for text, given in zip(TEXTS, inputs, strict=True):
        *made, gate = (found := first(*given))[: len(ANSWERS) + 1]
        if not gate > 0:
            made = second(*found[len(ANSWERS) + 1 :])
        wanted = network([text])
        assert int(wanted[DEPTH]) == (1 if gate > 0 else LAYERS)
        depths.add(int(wanted[DEPTH]))
        for answer, value in zip(ANSWERS, made, strict=True):
            error = (value - wanted[answer]).abs().max()
            assert error <= FLOATS, answer
    assert depths == {1, 2}


def _features(network: TextNetwork, text: bytes) -> tuple[Tensor, ...]:
    """Of one text, in all slots."""
    indices, words = network.features([text])
    missing = ONE.max_words - indices.shape[1]
    return nn.functional.pad(indices, (0, 0, 0, missing)), words


def _products(module: nn.Module) -> int:
    graph = module.graph
    assert isinstance(graph, torch.fx.Graph)
    return sum(node.target is torch.ops.aten.linear.default for node in graph.nodes)
