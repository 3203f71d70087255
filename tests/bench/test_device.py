"""The device probes on the files of known machines, and what they make of this one."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from neurolite_bench.device import conditions, describe, noise_warnings, warnings_of
from neurolite_bench.device.cautions import reasons_of
from neurolite_bench.device.files import Files
from neurolite_bench.device.isolation import cpu_limit
from neurolite_bench.device.macos import parse_sysctl
from neurolite_bench.device.processor import processor
from neurolite_bench.device.throttling import decode_throttled
from neurolite_bench.report.model import Case, CaseResult, SubjectResult, Summary

_ARM_FEATURES = "fp asimd evtstrm crc32 cpuid"
_STAT = "cpu  {busy} 0 0 {idle} 0 0 0 {steal} 0 0\ncpu0 1 2 3 4 5 6 7 8 9 10\n"


def arm_core(part: str, features: str = _ARM_FEATURES) -> str:
    return (
        f"processor\t: 0\nFeatures\t: {features}\nCPU implementer\t: 0x41\nCPU part\t: {part}\n\n"
    )


def cpufreq(governor: str, mhz: int, highest: int = 1800) -> dict[str, str]:
    return {
        f"sys/devices/system/cpu/cpu{core}/{name}": value
        for core in range(4)
        for name, value in {
            "topology/physical_package_id": "0\n",
            "topology/core_id": f"{core}\n",
            "cpufreq/scaling_governor": f"{governor}\n",
            "cpufreq/scaling_cur_freq": f"{mhz}000\n",
            "cpufreq/scaling_min_freq": "600000\n",
            "cpufreq/scaling_max_freq": f"{highest}000\n",
        }.items()
    }


# What a Raspberry Pi 4 with 64-bit Raspberry Pi OS has in these files.
PI_4: dict[str, str] = {
    "proc/device-tree/model": "Raspberry Pi 4 Model B Rev 1.5\0",
    "proc/device-tree/compatible": "raspberrypi,4-model-b\0brcm,bcm2711\0",
    "proc/cpuinfo": 4 * arm_core("0xd08") + "Revision\t: c03115\nModel\t\t: Raspberry Pi 4\n",
    "proc/meminfo": "MemTotal:  3884360 kB\nMemAvailable:  3500000 kB\nSwapTotal: 102396 kB\nSwapFree: 102000 kB\n",
    "proc/loadavg": "0.08 0.03 0.01 1/140 1234\n",
    "proc/stat": _STAT.format(busy=1000, idle=9000, steal=0),
    "proc/vmstat": "nr_free_pages 77\npswpin 3\npswpout 5\n",
    "proc/self/cgroup": "0::/user.slice/user-1000.slice\n",
    "etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nVERSION_ID="12"\n',
    "sys/class/thermal/thermal_zone0/type": "cpu-thermal\n",
    "sys/class/thermal/thermal_zone0/temp": "48312\n",
    "sys/class/hwmon/hwmon0/name": "cpu_thermal\n",
    "sys/class/hwmon/hwmon0/temp1_input": "48312\n",
    "sys/class/hwmon/hwmon1/name": "rpi_volt\n",
    **cpufreq("performance", 1800),
}
PI_4_THROTTLED = PI_4 | {
    "proc/loadavg": "1.92 1.10 0.60 3/140 1234\n",
    "proc/stat": _STAT.format(busy=5000, idle=9000, steal=0),
    "proc/vmstat": "nr_free_pages 77\npswpin 903\npswpout 5\n",
    "sys/class/thermal/thermal_zone0/temp": "84500\n",
    **cpufreq("ondemand", 1200),
}
VIRTUAL: dict[str, str] = {
    "proc/cpuinfo": "processor : 0\nmodel name : Intel(R) Xeon(R) Processor\n"
    "flags : fpu sse4_2 avx2 fma avx512f avx512_vnni hypervisor amx_int8\n",
    "proc/loadavg": "0.10 0.10 0.10 1/99 7\n",
    "proc/stat": _STAT.format(busy=1000, idle=8000, steal=1000),
    "proc/self/cgroup": "0::/docker/abc\n",
    "proc/1/cgroup": "0::/docker/abc\n",
    "sys/class/dmi/id/sys_vendor": "QEMU\n",
    "sys/class/dmi/id/product_name": "Standard PC (Q35 + ICH9, 2009)\n",
    "sys/fs/cgroup/docker/abc/cpu.max": "max 100000\n",
    "sys/fs/cgroup/docker/cpu.max": "150000 100000\n",
    "sys/devices/system/cpu/cpu0/topology/physical_package_id": "0\n",
    "sys/devices/system/cpu/cpu0/topology/core_id": "0\n",
    "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count": "2\n",
    "sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count": "5\n",
    "sys/devices/system/cpu/cpu1/topology/physical_package_id": "0\n",
    "sys/devices/system/cpu/cpu1/topology/core_id": "0\n",
    "sys/devices/system/cpu/cpufreq/note": "a folder, not a core\n",
    "sys/class/power_supply/AC/type": "Mains\n",
    "sys/class/power_supply/BAT0/type": "Battery\n",
    "sys/class/power_supply/BAT0/status": "Discharging\n",
    "sys/class/power_supply/BAT0/capacity": "63\n",
    "sys/class/power_supply/A_mouse/type": "Battery\n",
    "sys/class/power_supply/A_mouse/scope": "Device\n",
    "sys/class/thermal/thermal_zone0/type": "a radio that is off\n",
    "sys/class/thermal/thermal_zone0/temp": "-274000\n",
}


def machine(root: Path, files: Mapping[str, str], throttled: str | None = None) -> Files:
    """A tree with the files, and a vcgencmd that answers as on a Raspberry Pi."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    if throttled is not None:
        command = root / "usr/bin/vcgencmd"
        command.parent.mkdir(parents=True, exist_ok=True)
        command.write_text(f'#!/bin/sh\n[ "$1" = get_throttled ] && echo throttled={throttled}\n')
        command.chmod(0o755)
    return Files(root)


def test_a_raspberry_pi(tmp_path: Path) -> None:
    files = machine(tmp_path, PI_4, throttled="0x0")
    device = describe(files)
    assert device["model"] == "Raspberry Pi 4 Model B Rev 1.5"
    assert device["processor"] == "4x Cortex-A72"
    assert device["instruction_sets"] == ["neon"]
    assert (device["logical_cores"], device["physical_cores"]) == (4, 4)
    assert device["memory_bytes"] == 3884360 * 1024
    assert device["system"] == "Debian GNU/Linux 12 (bookworm)"
    assert [device[key] for key in ("virtual", "emulated", "container", "cpu_limit")] == [None] * 4

    found = conditions(files)
    assert found["load"] == [0.08, 0.03, 0.01]
    assert found["cpu_ticks"] == {"total": 10_000, "steal": 0}
    assert found["memory_available_bytes"] == 3_500_000 * 1024
    assert found["swap_used_bytes"] == 396 * 1024
    assert found["swapped_in_pages"] == 3
    assert found["cores"][3] == {
        "core": 3,
        "governor": "performance",
        "mhz": 1800.0,
        "min_mhz": 600.0,
        "max_mhz": 1800.0,
    }
    assert found["temperatures"] == {"cpu-thermal": 48.312, "cpu_thermal": 48.312}
    assert found["throttled"] == {"raw": "0x0", "now": [], "since_boot": []}
    assert (found["on_battery"], found["throttle_events"]) == (None, None)
    assert warnings_of(device, found, found) == []


def test_a_raspberry_pi_that_got_hot(tmp_path: Path) -> None:
    cool = machine(tmp_path / "cool", PI_4, throttled="0x0")
    hot = machine(tmp_path / "hot", PI_4_THROTTLED, throttled="0xe0008")
    device, before, after = describe(cool), conditions(cool), conditions(hot)
    assert after["throttled"]["now"] == ["soft temperature limit"]
    found = warnings_of(device, before, after)
    assert [message.split(":")[0].split(",")[0] for message in found] == [
        "The Raspberry Pi's firmware reports during the measurement",
        "cpu-thermal is at 84 degrees Celsius",
        "A core's clock went from 1800 to 1200 MHz between start and end. Hold the clocks while measuring",
        "900 pages came back from swap during the measurement",
    ]
    assert (
        "during the measurement: frequency capped, throttled, soft temperature limit." in found[0]
    )
    assert "from 48 at the start" in found[1]

    # The other way round: what was there before the start is said of the boot.
    found = warnings_of(device, after, before)
    assert "The frequency governor is 'ondemand', not 'performance'" in found[0]
    assert "Before the start 1.9 processes were running" in found[1]
    assert "during the measurement: soft temperature limit." in found[2]
    assert "since the boot, perhaps: frequency capped, throttled." in found[3]


@pytest.mark.parametrize(
    ("value", "now", "since_boot"),
    [
        (0x50005, ["under-voltage", "throttled"], ["under-voltage", "throttled"]),
        (0x20000, [], ["frequency capped"]),
        (0x80008, ["soft temperature limit"], ["soft temperature limit"]),
    ],
)
def test_bits_of_get_throttled(value: int, now: list[str], since_boot: list[str]) -> None:
    assert decode_throttled(value) == {"raw": hex(value), "now": now, "since_boot": since_boot}


def test_a_virtual_machine_on_battery_in_a_container(tmp_path: Path) -> None:
    device = describe(machine(tmp_path, VIRTUAL))
    assert device["model"] == "QEMU Standard PC (Q35 + ICH9, 2009)"
    assert device["processor"] == "Intel(R) Xeon(R) Processor"
    assert device["instruction_sets"] == ["sse4.2", "avx2", "fma", "avx512", "avx512-vnni", "amx"]
    assert (device["logical_cores"], device["physical_cores"]) == (2, 1)
    assert (device["virtual"], device["container"]) == ("QEMU", "docker")
    assert device["cpu_limit"] == 1.5

    before = conditions(Files(tmp_path))
    assert before["cores"] == []
    assert before["temperatures"] == {}
    assert before["throttle_events"] == 7
    assert (before["on_battery"], before["battery_percent"]) == (True, 63)
    throttle_count = "sys/devices/system/cpu/cpu0/thermal_throttle/core_throttle_count"
    (tmp_path / throttle_count).write_text("12\n")
    (tmp_path / "proc/stat").write_text(_STAT.format(busy=1500, idle=9300, steal=1200))
    found = warnings_of(device, before, conditions(Files(tmp_path)))
    assert len(found) == 4
    assert "The container may use 1.5 cores' worth of time" in found[0]
    assert "10.0% of the processor's time was stolen" in found[1]  # 200 of 2000 ticks
    assert "slowed down by heat 10 times" in found[2]
    assert "It ran on battery" in found[3]


def test_a_limit_of_the_older_control_groups(tmp_path: Path) -> None:
    files = {
        "proc/self/cgroup": "5:devices:/a\n3:cpu,cpuacct:/kubepods/pod\n0::/\n",
        "sys/fs/cgroup/cpu/kubepods/pod/cpu.cfs_quota_us": "50000\n",
        "sys/fs/cgroup/cpu/kubepods/pod/cpu.cfs_period_us": "100000\n",
        "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n",
        "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    }
    assert cpu_limit(machine(tmp_path, files)) == 0.5


def test_an_emulated_program_and_cores_of_several_kinds(tmp_path: Path) -> None:
    information = 2 * arm_core("0xd05", "asimd asimddp") + arm_core("0xfff", "asimd i8mm")
    files = machine(tmp_path, {"proc/cpuinfo": information})
    (tmp_path / "proc/thread-self").mkdir()
    (tmp_path / "proc/thread-self/exe").symlink_to("/usr/bin/qemu-aarch64-static")
    device = describe(files)
    assert device["emulated"] == "qemu-aarch64-static"
    assert device["processor"] == "2x Cortex-A55 + 1x ARM core 0x41/0xfff"
    assert device["instruction_sets"] == ["neon", "dotprod", "i8mm"]
    nothing = conditions(files)
    found = warnings_of(device, nothing, nothing)
    assert len(found) == 1
    assert "Emulated by qemu-aarch64-static" in found[0]


def test_a_mac_by_what_its_sysctl_prints(tmp_path: Path) -> None:
    facts = parse_sysctl(
        "hw.model: Mac14,2\nhw.optional.AdvSIMD: 1\nhw.optional.arm.FEAT_DotProd: 1\n"
        "hw.optional.arm.FEAT_SME: 0\nmachdep.cpu.brand_string: Apple M2\n"
    )
    found = processor(Files(tmp_path), facts)
    assert found["processor"] == "Apple M2"
    assert found["instruction_sets"] == ["neon", "dotprod"]


def test_what_a_system_does_not_say_is_absent(tmp_path: Path) -> None:
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/stat").write_text("cpu 1 2\n")
    (tmp_path / "proc/meminfo").write_bytes(b"\xff\xfe")
    found = conditions(Files(tmp_path))
    assert {key for key, value in found.items() if value not in (None, [], {})} == {"at"}
    assert describe(Files(tmp_path))["model"] is None
    assert warnings_of({}, {}, {}) == []


@pytest.mark.skipif(sys.platform != "linux", reason="compared with Linux's own files")
def test_this_machine() -> None:
    device, found = describe(), conditions()
    assert device["architecture"] == platform.machine()
    assert device["logical_cores"] == os.cpu_count()
    assert device["affinity"] == sorted(os.sched_getaffinity(0))
    assert device["memory_bytes"] == os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert device["versions"]["numpy"]
    assert device["emulated"] is None
    assert 0 < found["memory_available_bytes"] < device["memory_bytes"]
    assert 0 <= found["cpu_ticks"]["steal"] <= found["cpu_ticks"]["total"]


def subject(name: str, **half_ranges: float) -> SubjectResult:
    cases = tuple(
        CaseResult(
            Case(name=case, group="length", words=0, batch=1, threads=1),
            (),
            Summary(1, *(1.0,) * 7, interval_ms=(1.0, 1.0), repeat_medians_ms=(1.0,), spread=half),
        )
        for case, half in half_ranges.items()
    )
    return SubjectResult(
        name=name, role="artifact", kind="onnx", file="a", size_bytes=1, cases=cases
    )


def test_repeats_that_differ_are_named_with_likely_reasons() -> None:
    subjects = [subject("quiet", short=0.025, long=0.01), subject("noisy", short=0.04, long=0.026)]
    quiet: dict[str, Any] = {"load": [0.0, 0.0, 0.0]}
    busy: dict[str, Any] = {"load": [1.5, 1.0, 1.0]}
    (found,) = noise_warnings(subjects, {"virtual": "KVM"}, busy, quiet)
    assert found.startswith("noisy: ")
    assert "short 8.0%, long 5.2%" in found
    assert "quiet: " not in found
    assert "Likely: a load of 1.5 before the start; a virtual machine (KVM)" in found
    assert reasons_of({}, quiet, quiet) == []
    (found,) = noise_warnings(subjects, {}, quiet, quiet)
    assert "no reason" in found
