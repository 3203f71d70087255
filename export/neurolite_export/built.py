"""A file that was built and measured, before it is written."""

from __future__ import annotations

from dataclasses import dataclass

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import Content
from neurolite_export.certificate_names import WRITTEN
from neurolite_export.contents import Contents
from neurolite_export.gates import GateResult, verdict_of
from neurolite_export.parity import ParityReport
from neurolite_export.product_losses import ProductLoss


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """A file in memory and everything that was measured of it.

    Attributes:
        file: its name on disk.
        content: its bytes, or its package.
        size_bytes: of the content.
        sha256: of the content, see ``neurolite_core.artifact.package.digest_of``.
        metadata: what it says of itself.
        parity: its distance from the reference.
        measured_by: name and version of what ran it for that.
        gates: their verdicts.
        contents: what is really in it.
        losses: which product int8 costs most, the worst first; empty where the gates have no question.
    """

    file: str
    content: Content
    size_bytes: int
    sha256: str
    metadata: ArtifactMetadata
    parity: ParityReport
    measured_by: str
    gates: tuple[GateResult, ...]
    contents: Contents
    losses: tuple[ProductLoss, ...] = ()

    @property
    def verdict(self) -> str:
        """Of all gates."""
        return verdict_of(self.gates)

    @property
    def may_be_written(self) -> bool:
        """No gate refuses it."""
        return self.verdict in WRITTEN
