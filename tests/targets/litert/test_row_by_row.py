"""A generator's products in a .tflite: int8 weights, and rows that the kernel rounds as they come."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from generating import GENERATING, SENTENCES, generator
from neurolite_core.artifact.package import single_file
from neurolite_export.exporting import metadata_of
from neurolite_export.forms import formed
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets.litert.inspect import inspect_model
from neurolite_export.targets.litert.model import (
    Model,
    Op,
    code_of,
    constant_of,
    network_of,
    read_model,
)
from neurolite_export.targets.litert.split_rows import SplitProduct, splits_rows, with_split_rows
from neurolite_export.targets.litert.target import LiteRtTarget


@pytest.fixture(scope="module")
def content() -> bytes:
    network = generator(dataclasses.replace(GENERATING, max_bytes=128))  # two shapes
    source, target = formed(Source(network, "words", "random"), "stream"), LiteRtTarget()
    probes = Probes("sentences", SENTENCES)
    return single_file(
        target.build(ExportJob(source.network, metadata_of(source, target, "int8"), probes))
    )


def _products(
    model: Model,
) -> Iterator[tuple[NDArray[np.int8], NDArray[np.float32], NDArray[np.float32]]]:
    """Of each product its weight, the scale of that, and what its results are multiplied with."""
    for subgraph in model.subgraphs:
        part = network_of(subgraph)
        for place, operator in enumerate(part):
            if code_of(model, operator) == Op.FULLY_CONNECTED:
                stored = subgraph.tensors[operator.inputs[1]]
                behind = part[place + 1]
                assert code_of(model, behind) == Op.MUL
                assert behind.inputs[0] == operator.outputs[0]
                weight = constant_of(model, stored)
                factors = constant_of(model, subgraph.tensors[behind.inputs[1]])
                assert weight is not None
                assert factors is not None
                yield weight, stored.quantization.scale, factors


def test_weights_have_one_scale_and_rows_their_factors(content: bytes) -> None:
    model = read_model(content)
    known = [
        np.asarray(value.detach())
        for name, value in generator().named_parameters()
        if name.startswith("head.") and value.dim() == 2
    ]
    found = list(_products(model))
    for weight, scale, factors in found:
        assert weight.dtype == np.int8
        np.testing.assert_allclose(scale, [1 / 127], rtol=1e-6)
        assert (np.abs(weight.astype(np.int32)).max(axis=1) == 127).all()
        assert factors.shape == (len(weight),)
    for values in known:
        nearest = min(
            float(np.abs(weight * scale * factors[:, None] - values).max())
            for weight, scale, factors in found
            if weight.shape == values.shape
        )
        assert nearest <= np.abs(values).max() / 127 * 0.501


@torch.no_grad()
def test_split_rows_are_the_same_numbers_in_float32() -> None:
    """Where most of a row sticks out as well: rows of one product are the rows."""
    network = generator()
    assert with_split_rows(network, "float32") is network
    split = with_split_rows(network, "int8")
    assert splits_rows(split)
    assert not splits_rows(network)
    texts = [text.decode() for text in SENTENCES]
    wanted, found = (each(input_texts=texts)["logits"] for each in (network, split))
    torch.testing.assert_close(found, wanted, rtol=0, atol=1e-5 * float(wanted.abs().max()))
    rows, weight = torch.randn(3, 24) * 10, torch.randn(5, 24)
    torch.testing.assert_close(SplitProduct(1.0)(rows, weight), rows @ weight.T, rtol=0, atol=1e-4)


def test_all_products_count_as_int8_and_nothing_has_a_static_range(content: bytes) -> None:
    contents = inspect_model(read_model(content))
    assert set(contents.products) == {"int8"}
    assert (
        contents.products["int8"] >= 7
    )  # window, enter, select, steps, leave, and the two of the head
    assert "QUANTIZE" not in contents.operations
    assert "DEQUANTIZE" in contents.operations  # of the table's rows


def test_a_row_is_answered_as_if_it_were_alone(content: bytes) -> None:
    """Words of another size before it change nothing but by the state."""
    interpreter = Interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    names = interpreter.get_signature_list()
    answers = []
    for name in names:
        run = interpreter.get_signature_runner(name)
        sizes = {key: value["shape"] for key, value in run.get_input_details().items()}
        given = {key: np.zeros(shape, np.float32) for key, shape in sizes.items() if key != "bytes"}
        text = np.zeros(sizes["bytes"], np.uint8)
        text[0, :3] = np.frombuffer(b"How", np.uint8)
        answers.append(run(bytes=text, **given)["logits"])
    assert len(answers) > 1
    for answer in answers[1:]:
        np.testing.assert_allclose(answer, answers[0], atol=2e-5 * np.abs(answers[0]).max())
