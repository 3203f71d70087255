"""How large a model's int8 ONNX file will be, before there is one."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import FLOAT_BITS, NeuroLiteConfig
from neurolite_core.network.counting import check_parameters
from neurolite_core.network.model import TASKS
from neurolite_core.training.choosing.candidates import MEGABYTE
from neurolite_core.training.choosing.tensor_bytes import (
    FLOAT,
    GRAPH,
    TENSOR,
    constant_bytes,
    parameter_bytes,
)

_BAG: Final = 20  # of a component of the text's vector, where there is a bag
_EXPERTS: Final = "experts."
_HASH: Final = "model.hash."  # its tables are part of the function


def onnx_bytes(config: NeuroLiteConfig, task: str, labels: Sequence[str]) -> int:
    """Bytes of the int8 ONNX file, within 2 percent.

    Matrices take a byte a number, biases and norms four, packed tables what they are stored in; and the labels stand
    in the metadata.

    Args:
        config: of the model.
        task: key of ``TASKS``.
        labels: of it; empty where the task has none.

    Raises:
        InputError: the config asks for too large a model.
    """
    with torch.device("meta"):  # which takes no memory
        network = TASKS[task](config, labels=labels)
        check_parameters(network)
    size = GRAPH + len(json.dumps(list(labels)).encode())
    for name, value in network.named_parameters():
        if name.startswith(_EXPERTS):
            size += TENSOR + _of_experts(name, value)
        else:
            size += parameter_bytes(name, value.shape)
    size += _BAG * config.text_size if config.bag else 0
    for name, buffer in network.named_buffers():
        if name.startswith(_HASH):
            continue
        if buffer.dim() > 1 and buffer.is_floating_point():  # a constant matrix of a backbone
            size += constant_bytes(buffer.shape)
        else:
            size += buffer.numel() * buffer.element_size()
    return size


def _of_experts(name: str, value: Tensor) -> int:
    """Bytes of a parameter of experts: weights of products in one each, and a factor for each of their rows."""
    if not name.endswith("weight") or value.dim() == 1 or ".router." in name:
        return FLOAT * value.numel()
    return value.numel() + FLOAT * value.numel() // value.shape[-1]


def multiply_adds(config: NeuroLiteConfig, task: str, labels: Sequence[str], words: int) -> int:
    """Products that the answer to a text takes behind the hash, and the sums of its words' rows.

    Counted by PyTorch, as it sees the operators that are computed; what has no matrices is left out.

    Args:
        config: of the model.
        task: key of ``TASKS``.
        labels: of it.
        words: of the text, at most the config's.
    """
    with torch.device("meta"), torch.no_grad():
        network = TASKS[task](replace(config, table_bits=FLOAT_BITS), labels=labels).eval()
        indices = torch.zeros((1, words, config.num_hashes), dtype=torch.int64)
        with FlopCounterMode(display=False) as counter:
            network.network(indices, torch.ones(1, dtype=torch.int64))
    products = int(counter.get_total_flops()) // 2
    return products + words * config.num_hashes * config.projection_size


def require_one(sizes: Mapping[str, int], limit: int) -> None:
    """Refuses a limit under which nothing fits.

    Raises:
        InputError: all are larger; the message says which limit would do.
    """
    if any(size <= limit for size in sizes.values()):
        return
    name, least = min(sizes.items(), key=lambda item: item[1])
    would = -(-least // (MEGABYTE // 100)) / 100
    raise InputError(
        f"--max-mb {limit / MEGABYTE:g} is less than any model would take as an int8 ONNX file of these labels: "
        f"{', '.join(f'{key} {value / MEGABYTE:.2f} MB' for key, value in sizes.items())}. --max-mb {would:g} would do for "
        f"{name}; so would a smaller --size or --model-config."
    )
