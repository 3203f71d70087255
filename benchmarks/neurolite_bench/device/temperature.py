"""Temperatures that the kernel knows."""

from __future__ import annotations

from typing import Final

from neurolite_bench.device.files import Files

# Sensors without a reading give such values as -274 or 127.
_LOWEST, _HIGHEST = -40.0, 125.0
_MILLI: Final = 1000


def temperatures(files: Files) -> dict[str, float]:
    """Degrees Celsius of thermal zones and sensors; the hottest where several have one name."""
    found: dict[str, float] = {}
    readings = [
        (files.text(f"{zone}/type") or zone, f"{zone}/temp")
        for zone in files.names("sys/class/thermal", "thermal_zone*")
    ]
    for sensor in files.names("sys/class/hwmon", "hwmon*"):
        chip = files.text(f"{sensor}/name") or sensor
        for path in files.names(sensor, "temp*_input"):
            label = files.text(path.removesuffix("input") + "label")
            readings.append((f"{chip} {label}" if label else chip, path))
    for name, path in readings:
        value = files.number(path)
        if value is not None and _LOWEST <= value / _MILLI < _HIGHEST:
            found[name] = max(value / _MILLI, found.get(name, _LOWEST))
    return found
