"""Everything that a worker can open, by name; a new kind is a row in one of the tables here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from neurolite_bench.measuring.artifact import ARTIFACT_KINDS
from neurolite_bench.measuring.subject import Kind
from neurolite_bench.peers.kinds import PEER_KINDS

KINDS: Final[Mapping[str, Kind]] = MappingProxyType({**ARTIFACT_KINDS, **PEER_KINDS})
