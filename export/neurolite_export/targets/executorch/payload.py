"""XNNPACK's graphs as they stand in a file, read back with the schema that ExecuTorch ships."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from executorch.backends.xnnpack.serialization.xnnpack_graph_serialize import (
    XNNHeader,
    _get_schema_bytes,
)
from executorch.exir._serialize._flatbuffer import _flatc_decompile

from neurolite_core.ground.errors import ArtifactError

_HEADER_SIZE: Final = XNNHeader.EXPECTED_LENGTH


@dataclass(frozen=True, slots=True)
class Value:
    """A tensor of a graph.

    Attributes:
        dtype: as XNNPACK names it, without the prefix: ``fp32``, ``qint8``, ``qcint8`` ...
        shape: its dimensions.
        data: key of its bytes among the file's named data, or None where it is computed.
    """

    dtype: str
    shape: tuple[int, ...]
    data: str | None


@dataclass(frozen=True, slots=True)
class Node:
    """An operation: its name such as ``FullyConnected``, and the numbers of what it reads."""

    kind: str
    arguments: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Graph:
    """One delegate's."""

    nodes: tuple[Node, ...]
    values: Mapping[int, Value]


def read_payload(data: bytes) -> Graph:
    """Reads one delegate.

    Raises:
        ArtifactError: it is not what XNNPACK's exporter writes.
    """
    try:
        header = XNNHeader.from_bytes(data[:_HEADER_SIZE])
        start = header.flatbuffer_offset
        read = _decompiled(data[start : start + header.flatbuffer_size])
        keys = [item["named_key"] or None for item in read["constant_data"]]
        values = dict(_value(item["xvalue_union"], keys) for item in read["xvalues"])
    except (ValueError, KeyError, IndexError, RuntimeError, OSError) as error:
        raise ArtifactError(f"It has a delegate that is no XNNPACK graph: {error}") from error
    nodes = tuple(
        Node(item["xnode_union_type"].removeprefix("XNN"), _numbers(item["xnode_union"]))
        for item in read["xnodes"]
    )
    return Graph(nodes, values)


def _decompiled(flatbuffer: bytes) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        schema, binary = Path(folder, "schema.fbs"), Path(folder, "graph.bin")
        schema.write_bytes(_get_schema_bytes())
        binary.write_bytes(flatbuffer)
        _flatc_decompile(folder, str(schema), str(binary), ["--raw-binary"])
        text = Path(folder, "graph.json").read_text("utf-8")
    read: dict[str, Any] = json.loads(
        text.replace(": inf", ": Infinity").replace(": -inf", ": -Infinity")
    )
    return read


def _value(item: dict[str, Any], keys: list[str | None]) -> tuple[int, Value]:
    tensor = item.get("tensor_value", item)
    dtype = tensor["datatype"].removeprefix("xnn_datatype_")
    place = tensor["constant_buffer_idx"]
    return tensor["id_out"], Value(
        dtype, tuple(tensor.get("dims", ())), keys[place] if place else None
    )


def _numbers(item: dict[str, Any]) -> dict[str, int]:
    return {name: value for name, value in item.items() if isinstance(value, int)}
