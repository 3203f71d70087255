"""A generator that knows a few sentences by heart as a file, made once a session."""

from __future__ import annotations

from pathlib import Path

from artifacts import Store
from generating import SENTENCES, taught_generator
from neurolite_core.artifact.package import write_content
from neurolite_core.network.streaming import Streamed
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS


def taught_file(exported: Store) -> Path:
    """Its .onnx in stream form, float32; without gates, which have own tests."""
    path = exported.folder / "taught-stream.onnx"
    with exported.locked(path.name):
        if not path.exists():
            network, made = Streamed(taught_generator()).eval(), TARGETS["onnx"].load()
            source, probes = (
                Source(network, "taught", "of sentences"),
                Probes("sentences", SENTENCES),
            )
            job = ExportJob(network, metadata_of(source, made, "float32"), probes)
            write_content(path, made.build(job))
    return path
