"""The processor: its name, its instruction sets, its cores."""

from __future__ import annotations

import os
import platform
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import psutil

from neurolite_bench.device.files import Files

CPUINFO: Final = "proc/cpuinfo"
_CORES: Final = "sys/devices/system/cpu"

# What decides about the speed of small networks -> its spellings in /proc/cpuinfo and sysctl.
INSTRUCTION_SETS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "sse4.2": ("sse4_2", "hw.optional.sse4_2"),
        "avx2": ("avx2", "hw.optional.avx2_0"),
        "fma": ("fma",),
        "avx-vnni": ("avx_vnni",),
        "avx512": ("avx512f", "hw.optional.avx512f"),
        "avx512-vnni": ("avx512_vnni", "hw.optional.avx512vnni"),
        "amx": ("amx_int8",),
        "neon": ("asimd", "neon", "hw.optional.AdvSIMD", "hw.optional.neon"),
        "fp16": ("asimdhp", "hw.optional.arm.FEAT_FP16"),
        "dotprod": ("asimddp", "hw.optional.arm.FEAT_DotProd"),
        "i8mm": ("i8mm", "hw.optional.arm.FEAT_I8MM"),
        "bf16": ("bf16", "hw.optional.arm.FEAT_BF16"),
        "sve": ("sve",),
        "sme": ("sme", "hw.optional.arm.FEAT_SME"),
    }
)

# 64-bit ARM kernels give numbers in place of a name: (implementer, part), of boards and servers one meets.
_ARM_PARTS: Final[Mapping[tuple[str, str], str]] = MappingProxyType(
    {
        ("0x41", "0xb76"): "ARM1176",
        ("0x41", "0xc07"): "Cortex-A7",
        ("0x41", "0xd03"): "Cortex-A53",
        ("0x41", "0xd05"): "Cortex-A55",
        ("0x41", "0xd07"): "Cortex-A57",
        ("0x41", "0xd08"): "Cortex-A72",
        ("0x41", "0xd0b"): "Cortex-A76",
        ("0x41", "0xd41"): "Cortex-A78",
        ("0x41", "0xd0c"): "Neoverse-N1",
        ("0x41", "0xd40"): "Neoverse-V1",
        ("0x41", "0xd49"): "Neoverse-N2",
        ("0x41", "0xd4f"): "Neoverse-V2",
    }
)


def processor(files: Files, sysctl: Mapping[str, str]) -> dict[str, Any]:
    """Facts of the processor; see ``describe`` for the keys."""
    info = files.text(CPUINFO) or ""
    lines = [line.partition(":") for line in info.splitlines()]
    pairs = [(name.strip(), value.strip()) for name, _, value in lines]
    flags = {
        flag for name, value in pairs if name in ("flags", "Features") for flag in value.split()
    }
    flags |= {name for name, value in sysctl.items() if value == "1"}
    return {
        "processor": _name(pairs) or sysctl.get("machdep.cpu.brand_string") or _own_name(files),
        "instruction_sets": [
            name for name, spellings in INSTRUCTION_SETS.items() if not flags.isdisjoint(spellings)
        ],
        "logical_cores": _logical(files),
        "physical_cores": _physical(files),
        "affinity": _affinity(files),
    }


def _name(pairs: list[tuple[str, str]]) -> str | None:
    """The model's name, or that of each kind of ARM core with its count."""
    fields: dict[str, str] = {}
    cores: Counter[str] = Counter()
    for name, value in pairs:
        fields.setdefault(name, value)
        if name == "CPU implementer":
            implementer = value
        elif name == "CPU part":
            part = (implementer, value)
            cores[_ARM_PARTS.get(part, f"ARM core {'/'.join(part)}")] += 1
    if "model name" in fields and not cores:
        return fields["model name"]
    return " + ".join(f"{count}x {core}" for core, count in cores.items()) or None


def _own_name(files: Files) -> str | None:
    return (platform.processor() or None) if files.live else None


def _logical(files: Files) -> int | None:
    return len(files.names(_CORES, "cpu[0-9]*")) or (os.cpu_count() if files.live else None)


def _physical(files: Files) -> int | None:
    """Cores with units of their own; two threads of one share them."""
    found = {
        (files.text(f"{core}/topology/physical_package_id"), files.text(f"{core}/topology/core_id"))
        for core in files.names(_CORES, "cpu[0-9]*")
    }
    found = {pair for pair in found if None not in pair}
    if found:
        return len(found)
    return psutil.cpu_count(logical=False) if files.live else None


def _affinity(files: Files) -> list[int] | None:
    """Cores on which this process may run."""
    if files.live and hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return None
