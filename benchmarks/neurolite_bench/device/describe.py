"""What a device is, as far as that stays the same."""

from __future__ import annotations

import platform
import struct
from typing import Any, Final

import psutil

from neurolite_bench.device.files import Files
from neurolite_bench.device.isolation import isolation
from neurolite_bench.device.macos import sysctl
from neurolite_bench.device.packages import versions
from neurolite_bench.device.processor import processor

_KIB: Final = 1024


def describe(files: Files = Files()) -> dict[str, Any]:  # noqa: B008  # frozen
    """A device's fingerprint; what a system does not say is None.

    Returns:
        "model": of the board or computer, such as "Raspberry Pi 4 Model B Rev 1.5";
        "processor": name of the processor, or of its cores with their counts;
        "architecture": of the kernel, such as "aarch64";
        "userland_bits": 64 or 32, of this Python;
        "instruction_sets": those of ``INSTRUCTION_SETS`` that it has;
        "logical_cores", "physical_cores": numbers;
        "affinity": numbers of the cores on which this process may run;
        "memory_bytes": of the machine;
        "system", "kernel", "c_library", "python": names and versions;
        "versions": distribution -> version;
        "virtual": of which virtual machine it is part;
        "emulated": by which emulator of another processor it runs;
        "container": kind;
        "cpu_limit": cores' worth of time that the container may use.
    """
    facts = sysctl() if files.live else {}
    return {
        "model": _model(files) or facts.get("hw.model"),
        "architecture": platform.machine(),
        "userland_bits": struct.calcsize("P") * 8,
        **processor(files, facts),
        "memory_bytes": _memory(files),
        "system": _system(files),
        "kernel": f"{platform.system()} {platform.release()}",
        "c_library": " ".join(platform.libc_ver()).strip() or None,
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "versions": versions(),
        **isolation(files, facts),
    }


def _model(files: Files) -> str | None:
    board = files.text("proc/device-tree/model")
    if board:
        return board
    parts = [files.text(f"sys/class/dmi/id/{name}") for name in ("sys_vendor", "product_name")]
    return " ".join(part for part in parts if part) or None


def _memory(files: Files) -> int | None:
    total = files.fields("proc/meminfo").get("MemTotal", "").split()
    if total:
        return int(total[0]) * _KIB
    return int(psutil.virtual_memory().total) if files.live else None


def _system(files: Files) -> str | None:
    named = files.fields("etc/os-release").get("PRETTY_NAME")
    return named or (platform.platform() if files.live else None)
