"""Battery or mains."""

from __future__ import annotations

from typing import Any

import psutil

from neurolite_bench.device.files import Files


def power(files: Files) -> dict[str, Any]:
    """The battery, if there is one.

    Returns:
        "on_battery": whether the machine runs on it; "battery_percent": its charge; else both None.
    """
    for supply in files.names("sys/class/power_supply", "*"):
        # A mouse has a battery too, of scope "Device".
        kind, scope = files.text(f"{supply}/type"), files.text(f"{supply}/scope")
        if kind == "Battery" and scope != "Device":
            return {
                "on_battery": files.text(f"{supply}/status") == "Discharging",
                "battery_percent": files.number(f"{supply}/capacity"),
            }
    battery = _asked() if files.live else None
    if battery is None:
        return {"on_battery": None, "battery_percent": None}
    return {"on_battery": not battery.power_plugged, "battery_percent": round(battery.percent)}


def _asked() -> Any:  # noqa: ANN401  # psutil's type differs between its releases
    try:
        return psutil.sensors_battery()
    except (AttributeError, OSError, NotImplementedError):
        return None
