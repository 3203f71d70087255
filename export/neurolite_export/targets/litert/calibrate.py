"""Activation ranges for int8, measured by running the float32 model on calibration texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from neurolite_core.network.state_spec import StateSpec, initial_state
from neurolite_core.text.words import pack_texts, truncate
from neurolite_export.conversations import conversations_of
from neurolite_export.probes import Probes
from neurolite_export.targets.litert.model import Model, numbers, write_model
from neurolite_export.targets.litert.quantize import Layer, Range, products_of

# What is beyond its range is cut off, and hurts more than coarser steps do: on generated texts a margin of
# 15 % takes the largest error of tiny's logits from 0.54 to 0.17, at the same signal to noise.
_MARGIN: Final = 1.15


def measure_layers(model: Model, probes: Probes, specs: Sequence[StateSpec] = ()) -> list[Layer]:
    """Ranges of every product's input and output, in the largest bucket, with a margin.

    Args:
        model: float32, one subgraph per bucket, the largest last; unchanged.
        probes: raw bytes; longer ones are cut as a runtime would.
        specs: of the state that the model keeps from text to text.
    """
    subgraph = model.subgraphs[-1]
    ports = [
        (int(product.inputs[0]), int(product.outputs[0]))
        for product in products_of(model, subgraph)
    ]
    watched = sorted({number for pair in ports for number in pair})
    outputs, signatures, subgraphs = subgraph.outputs, model.signatureDefs, model.subgraphs
    subgraph.outputs = np.array(sorted({*numbers(outputs), *watched}), np.int32)
    model.subgraphs, model.signatureDefs = [subgraph], []
    content = write_model(model)
    subgraph.outputs, model.signatureDefs, model.subgraphs = outputs, signatures, subgraphs

    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    source, *kept = (int(number) for number in numbers(subgraph.inputs))
    following = numbers(outputs)[-len(specs) - 1 : -1]  # before the words
    limit = int(numbers(subgraph.tensors[source].shape)[1])
    ranges = dict.fromkeys(watched, Range())
    for turns in conversations_of(probes):
        state = list(initial_state(specs, 1).values())
        for text in (probes.texts[place] for place in turns):
            row = np.zeros((1, limit), np.uint8)
            packed = pack_texts([truncate(text, limit)[0]])
            row[:, : packed.shape[1]] = packed
            interpreter.set_tensor(source, row)
            for number, values in zip(kept, state, strict=True):
                interpreter.set_tensor(number, values)
            interpreter.invoke()
            for number in watched:
                ranges[number] = ranges[number].including(interpreter.get_tensor(number))
            state = [interpreter.get_tensor(number) for number in following]
    wide = {number: found.widened(_MARGIN) for number, found in ranges.items()}
    return [Layer(wide[source], wide[result]) for source, result in ports]
