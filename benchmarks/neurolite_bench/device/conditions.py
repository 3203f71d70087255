"""How a device fares at this moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from neurolite_bench.device.files import Files
from neurolite_bench.device.frequency import frequencies
from neurolite_bench.device.power import power
from neurolite_bench.device.temperature import temperatures
from neurolite_bench.device.throttling import throttle_events, throttled
from neurolite_bench.device.usage import usage


def conditions(files: Files = Files()) -> dict[str, Any]:  # noqa: B008  # frozen
    """What changes, and changes times; taken before and after a measurement.

    Returns:
        "at": ISO 8601, UTC;
        "load": running processes, mean of 1, 5 and 15 minutes;
        "cpu_ticks": {"total", "steal"} of all cores since the boot; what is stolen went to other virtual
            machines of the same host;
        "memory_available_bytes", "swap_used_bytes": of the machine;
        "swapped_in_pages": since the boot;
        "cores": clocks and governors; see ``frequencies``;
        "temperatures": degrees Celsius by sensor;
        "throttled": what a Raspberry Pi's firmware says; see ``throttled``;
        "throttle_events": of an x86 processor since the boot;
        "on_battery", "battery_percent": see ``power``.
        A number that the system does not give is None, and a list or dict empty.
    """
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        **usage(files),
        "cores": frequencies(files),
        "temperatures": temperatures(files),
        "throttled": throttled(files),
        "throttle_events": throttle_events(files),
        **power(files),
    }
