"""The C target: builds the .nlm, and opens it by the numpy reference, which has the C library's bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from types import MappingProxyType
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.formats.nlm import read_metadata
from neurolite_core.artifact.package import Content, single_file
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import TextNetwork
from neurolite_core.network.state_spec import State
from neurolite_core.network.streaming import Streamed
from neurolite_export.bucketed import joined_rows
from neurolite_export.contents import Contents
from neurolite_export.conversations import conversations_of
from neurolite_export.target import ExportJob, ProbeOutputs, ProbeSession
from neurolite_export.targets.c.blob import to_blob
from neurolite_export.targets.c.calibrate import measure_ranges
from neurolite_export.targets.c.inspect import inspect_model
from neurolite_export.targets.c.modules import check_supported
from neurolite_runtimes.nlm_reference.evaluator import RUNTIME, NlmEvaluator
from neurolite_runtimes.nlm_reference.model import NlmModel, read_model

_SOURCE: Final = "The built file"


class CTarget:
    """Builds .nlm files for the C library."""

    name: Final = "c"
    suffix: Final = ".nlm"
    precisions: Final = ("int8",)
    input_type: Final = "uint8"

    def buckets(self, _: NeuroLiteConfig) -> tuple[Bucket, ...]:
        """None: texts of all lengths go through one."""
        return ()

    def build(self, job: ExportJob) -> bytes:
        """The file's content; equal jobs give equal bytes.

        Raises:
            UnsupportedError: the network has a part, or a size, that the target does not take.
        """
        check_supported(job.network)
        ranges = measure_ranges(*_measured(job))
        return to_blob(job.network, job.metadata, ranges)

    def tools(self) -> Mapping[str, str]:
        """Versions of the packages that decide the file's content."""
        return {name: version(name) for name in ("neurolite", "torch", "numpy")}

    def open(self, content: Content) -> ProbeSession:
        """Opens a built file for parity."""
        return _NlmProbe(read_model(single_file(content), _SOURCE))

    def inspect(self, content: Content) -> Contents:
        """What is really in the file."""
        return inspect_model(read_model(single_file(content), _SOURCE))

    def metadata(self, content: Content) -> str | None:
        """The JSON of ``ArtifactMetadata`` that the file carries."""
        return read_metadata(single_file(content), _SOURCE)


def _measured(job: ExportJob) -> tuple[TextNetwork, Sequence[bytes]]:
    """What ranges are measured of: of a stream its window form, on the texts whose pieces are the calibration's."""
    network = job.network
    if not isinstance(network, Streamed):
        return network, job.calibration.texts
    joined = [
        b"".join(job.calibration.texts[turn] for turn in turns)
        for turns in conversations_of(job.calibration)
    ]
    return network.whole, joined


class _NlmProbe:
    runtime: Final = RUNTIME

    def __init__(self, model: NlmModel) -> None:
        self._metadata = model.metadata
        self._evaluator = NlmEvaluator(model)

    def run(self, packed: NDArray[np.uint8], state: State = MappingProxyType({})) -> ProbeOutputs:
        """Runs zero-padded UTF-8, uint8 [N, T], and a state, name -> [N, ...]."""
        rows = [
            self._evaluator.run(row.tobytes(), {name: own[at] for name, own in state.items()})
            for at, row in enumerate(packed)
        ]
        return joined_rows(self._metadata, rows)
