"""Measurements: how good the hash is, and what a text costs from bytes to answer."""

from __future__ import annotations

# Before anything imports onnxruntime: the core switches its telemetry off.
import neurolite_core as neurolite_core
