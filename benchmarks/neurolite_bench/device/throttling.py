"""Whether the machine slows itself down: heat, or too weak a supply."""

from __future__ import annotations

import re
import subprocess
from typing import Any, Final

from neurolite_bench.device.files import Files

# https://www.raspberrypi.com/documentation/computers/os.html#get_throttled; since the boot: 16 bits higher.
THROTTLED_BITS: Final = ("under-voltage", "frequency capped", "throttled", "soft temperature limit")
_SINCE_BOOT: Final = 16
_VCGENCMD: Final = ("usr/bin/vcgencmd", "opt/vc/bin/vcgencmd")
_SECONDS: Final = 5
_COUNTERS: Final = ("core_throttle_count", "package_throttle_count")


def throttled(files: Files) -> dict[str, Any] | None:
    """What the firmware of a Raspberry Pi reports, None elsewhere.

    Returns:
        "raw": the number in hexadecimal; "now" and "since_boot": names of ``THROTTLED_BITS``.
    """
    for path in _VCGENCMD:
        command = (str(files.root / path), "get_throttled")
        try:
            done = subprocess.run(  # noqa: S603  # the system's own
                command, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            continue
        found = re.fullmatch(r"throttled=(0x[0-9a-fA-F]+)", done.stdout.strip())
        if found:
            return decode_throttled(int(found[1], 16))
    return None


def decode_throttled(value: int) -> dict[str, Any]:
    """Names of the bits of ``vcgencmd get_throttled``."""
    return {
        "raw": hex(value),
        "now": _names(value),
        "since_boot": _names(value >> _SINCE_BOOT),
    }


def throttle_events(files: Files) -> int | None:
    """How often the cores of an x86 processor were slowed down by heat since the boot; None elsewhere."""
    found = [
        files.number(f"{core}/thermal_throttle/{counter}")
        for core in files.names("sys/devices/system/cpu", "cpu[0-9]*")
        for counter in _COUNTERS
    ]
    counts = [count for count in found if count is not None]
    return sum(counts) if counts else None


def _names(bits: int) -> list[str]:
    return [name for place, name in enumerate(THROTTLED_BITS) if bits >> place & 1]
