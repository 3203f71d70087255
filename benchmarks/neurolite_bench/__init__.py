"""Measurements: how good the hash is, and what a text costs from bytes to answer."""

import neurolite_start as neurolite_start  # first, see there

# isort: split
# Before anything imports onnxruntime: with any part of the core, its telemetry is switched off.
from neurolite_core.ground import connections as connections
