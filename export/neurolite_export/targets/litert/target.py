"""The LiteRT target: one .tflite with a signature for each length bucket."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

import numpy as np
from ai_edge_litert import schema_py_generated as schema

from neurolite_core.answer.tasks import GENERATION
from neurolite_core.artifact.buckets import Bucket, buckets_of
from neurolite_core.artifact.formats.tflite import DIGEST_KEY, DIGEST_SIZE, read_metadata, seal
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.package import Content, single_file
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.exits import part_names
from neurolite_export.chosen import float_tables
from neurolite_export.contents import Contents
from neurolite_export.packed_pairs import packed_tables
from neurolite_export.plain_wide import wide_tables
from neurolite_export.target import ExportJob, ProbeSession
from neurolite_export.targets.litert.calibrate import measure_layers
from neurolite_export.targets.litert.convert import convert
from neurolite_export.targets.litert.early_exit import put_conditions
from neurolite_export.targets.litert.inspect import inspect_model
from neurolite_export.targets.litert.model import Editor, Model, read_model, write_model
from neurolite_export.targets.litert.probe import LiteRtProbe
from neurolite_export.targets.litert.quantize import quantize
from neurolite_export.targets.litert.rewrite import (
    drop_unused,
    fold_constants,
    guard_aliases,
    name_ports,
    split_clamps,
)
from neurolite_export.targets.litert.split_rows import with_split_rows
from neurolite_export.targets.litert.stored import store_tables

_SOURCE: Final = "The content"
# Tasks whose answers need more than one range for all texts (docs/generation.md); rows cost more than a static range.
_BY_ROW: Final = frozenset({GENERATION})


class LiteRtTarget:
    """Builds .tflite files for ai-edge-litert and, on older boards, tflite-runtime."""

    name: Final = "litert"
    suffix: Final = ".tflite"
    precisions: Final = ("float32", "int8")
    input_type: Final = "uint8"

    def buckets(self, config: NeuroLiteConfig) -> tuple[Bucket, ...]:
        """The fixed shapes of a model's file, smallest first."""
        return buckets_of(config.max_bytes, config.max_words)

    def build(self, job: ExportJob) -> bytes:
        """The file's content; equal jobs give equal bytes."""
        metadata = job.metadata
        by_row = metadata.task in _BY_ROW
        network = with_split_rows(job.network, metadata.precision) if by_row else job.network
        model = read_model(convert(network, metadata.buckets, metadata.outputs))
        model.metadata, model.description = [], f"neurolite {metadata.tools['neurolite']}"
        name_ports(
            model,
            (metadata.input_name, *(spec.name for spec in metadata.state)),
            (*metadata.outputs, *(spec.next_name for spec in metadata.state)),
            has_ngrams=job.network.wide is not None,
            parts=part_names(0 if metadata.exits is None else metadata.exits.layers),
        )
        fold_constants(model)
        split_clamps(model)
        store_tables(model, (*packed_tables(job.network), *wide_tables(job.network)))
        drop_unused(model)
        if metadata.precision == "int8":
            layers = None if by_row else measure_layers(model, job.calibration, metadata.state)
            quantize(model, layers, float_tables(job.network))
        guard_aliases(model)
        drop_unused(model)
        if metadata.exits is not None:
            put_conditions(model, metadata.exits.layers)
            drop_unused(model)
        _embed(model, metadata)
        return seal(write_model(model))

    def tools(self) -> Mapping[str, str]:
        """Versions of the packages that decide the file's content."""
        names = ("neurolite", "torch", "litert-torch", "litert-converter", "ai-edge-litert")
        return {name: version(name) for name in names}

    def open(self, content: Content) -> ProbeSession:
        """Opens a built file for parity."""
        return LiteRtProbe(*_read(single_file(content)))

    def inspect(self, content: Content) -> Contents:
        """What is really in the file."""
        return inspect_model(_read(single_file(content))[0])

    def metadata(self, content: Content) -> str | None:
        """The JSON of ``ArtifactMetadata`` that the file carries, or None where it has none."""
        return read_metadata(single_file(content), _SOURCE)


def _embed(model: Model, metadata: ArtifactMetadata) -> None:
    """Adds the metadata, and room for the digest."""
    editor = Editor(model, model.subgraphs[0])
    values = {METADATA_KEY: metadata.to_json().encode(), DIGEST_KEY: bytes(DIGEST_SIZE)}
    for key, value in values.items():
        entry = schema.MetadataT()
        entry.name, entry.buffer = key, editor.buffer(np.frombuffer(value, np.uint8))
        model.metadata.append(entry)


def _read(content: bytes) -> tuple[Model, ArtifactMetadata]:
    found = read_metadata(content, _SOURCE)
    if found is None:
        raise ArtifactError("It is a LiteRT model that was not exported by neurolite-export.")
    metadata = ArtifactMetadata.from_json(found, _SOURCE)
    try:
        return read_model(content), metadata
    except Exception as error:  # the generated reader raises whatever the bytes lead it to
        raise ArtifactError(f"It is a damaged .tflite file: {error}") from error
