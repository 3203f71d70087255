"""Clocks of the cores, and what governs them."""

from __future__ import annotations

from typing import Any, Final

from neurolite_bench.device.files import Files

_CORES: Final = "sys/devices/system/cpu"
_KHZ_PER_MHZ: Final = 1000


def frequencies(files: Files) -> list[dict[str, Any]]:
    """One record for each core that has cpufreq: "core", "governor", "mhz", "min_mhz", "max_mhz".

    The limits are those that the governor keeps to, which a cap of the system lowers.
    """
    found = []
    for core in files.names(_CORES, "cpu[0-9]*"):
        governor = files.text(f"{core}/cpufreq/scaling_governor")
        if governor is None:
            continue
        found.append(
            {
                "core": int(core.rpartition("cpu")[2]),
                "governor": governor,
                "mhz": _mhz(files, f"{core}/cpufreq/scaling_cur_freq"),
                "min_mhz": _mhz(files, f"{core}/cpufreq/scaling_min_freq"),
                "max_mhz": _mhz(files, f"{core}/cpufreq/scaling_max_freq"),
            }
        )
    return found


def _mhz(files: Files, path: str) -> float | None:
    found = files.number(path)
    return None if found is None else found / _KHZ_PER_MHZ
