"""Exports reference models to files for devices, each held against the reference first."""

import neurolite_start as neurolite_start  # first, see there

# isort: split
# Before anything imports onnxruntime: with any part of the core, its telemetry is switched off.
from neurolite_core.ground import connections as connections
