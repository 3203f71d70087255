"""Exports reference models to files for devices, each held against the reference first."""

from __future__ import annotations

# Before anything imports onnxruntime: the core switches its telemetry off.
import neurolite_core as neurolite_core
