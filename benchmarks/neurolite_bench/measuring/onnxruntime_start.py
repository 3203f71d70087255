"""What onnxruntime does once in a process, before any model: it registers the schemas of all operators."""

from __future__ import annotations

from typing import Final

from neurolite_bench.sessions import session_of

# One Identity, as its file: IR 8, opset 13, x float32 [1] -> y. Written out, as devices have no onnx package.
EMPTY_MODEL: Final = (
    b'\x08\x08:7\n\x10\n\x01x\x12\x01y"\x08Identity\x12\x01gZ\x0f\n\x01x\x12\n\n\x08\x08\x01\x12\x04'
    b"\n\x02\x08\x01b\x0f\n\x01y\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x01B\x04\n\x00\x10\r"
)


def start_onnxruntime() -> object:
    """Opens and drops a session on a file of 65 bytes that computes nothing."""
    return session_of(EMPTY_MODEL).get_inputs()
