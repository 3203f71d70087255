"""Nothing opens a connection: what libraries send by themselves is switched off (docs/privacy.md)."""

from __future__ import annotations

import sys
from typing import Final

from neurolite_core.ground.environment import set_unless_given

# onnxruntime 1.29 and newer reads its variable once, when it is imported; then it makes no file either.
NO_TELEMETRY: Final = {
    "ORT_DISABLE_TELEMETRY": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}
# Models and datasets are opened by path; without these, their libraries ask the hub about them all the same.
OFFLINE: Final = {
    "HF_HUB_OFFLINE": "1",
    "HF_DATASETS_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
}


def send_nothing() -> None:
    """Switches telemetry off; what the user has set stays. ``neurolite_core`` calls it when it is imported."""
    set_unless_given(NO_TELEMETRY)
    onnxruntime = sys.modules.get("onnxruntime")
    if onnxruntime is not None:  # too late for the variable, not for what it would still send
        onnxruntime.disable_telemetry_events()


def stay_offline() -> None:
    """For a command whose user named nothing of the Hugging Face hub: its libraries do not ask it anything."""
    set_unless_given(OFFLINE)
