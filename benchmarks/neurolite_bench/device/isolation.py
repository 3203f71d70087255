"""Whether the machine is a real one: emulators, virtual machines, containers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, Final

from neurolite_bench.device.files import Files
from neurolite_bench.device.processor import CPUINFO

# What firmware says of itself -> what it is called.
_VENDORS: Final = {
    "qemu": "QEMU",
    "kvm": "KVM",
    "vmware": "VMware",
    "virtualbox": "VirtualBox",
    "innotek": "VirtualBox",
    "microsoft corporation virtual": "Hyper-V",
    "amazon ec2": "Amazon EC2",
    "google compute": "Google Compute Engine",
    "xen": "Xen",
    "parallels": "Parallels",
    "bhyve": "bhyve",
    "linux,dummy-virt": "QEMU",
}
_FIRMWARE: Final = (
    "sys/hypervisor/type",
    "proc/device-tree/hypervisor/compatible",
    "proc/device-tree/compatible",
)


def isolation(files: Files, sysctl: Mapping[str, str]) -> dict[str, Any]:
    """What stands between this process and a machine; see ``describe`` for the keys."""
    return {
        "virtual": _virtual(files, sysctl),
        "emulated": _emulated(files, sysctl),
        "container": _container(files),
        "cpu_limit": cpu_limit(files),
    }


def _virtual(files: Files, sysctl: Mapping[str, str]) -> str | None:
    vendor, product = (
        files.text(f"sys/class/dmi/id/{key}") for key in ("sys_vendor", "product_name")
    )
    said = [f"{vendor or ''} {product or ''}", *(files.text(path) or "" for path in _FIRMWARE)]
    for text in said:
        for sign, name in _VENDORS.items():
            if sign in text.lower():
                return name
    if "microsoft" in (files.text("proc/sys/kernel/osrelease") or "").lower():
        return "WSL"
    flags = files.fields(CPUINFO).get("flags", "").split()
    return (
        "hypervisor" if "hypervisor" in flags or sysctl.get("kern.hv_vmm_present") == "1" else None
    )


def _emulated(files: Files, sysctl: Mapping[str, str]) -> str | None:
    """The emulator of another processor, which changes times by more than anything else."""
    # qemu answers for /proc/self/exe with the program's name, and does not know this one.
    try:
        running = (files.root / "proc/thread-self/exe").readlink().name
    except OSError:
        running = ""
    if running.startswith("qemu-"):
        return running
    name = files.fields(CPUINFO).get("model name", "")
    if name.startswith(("QEMU Virtual CPU", "QEMU TCG CPU")):
        return name
    return "Rosetta" if sysctl.get("sysctl.proc_translated") == "1" else None


def _container(files: Files) -> str | None:
    named = files.text("run/systemd/container")
    if named:
        return named
    for path, name in (((".dockerenv"), "docker"), ("run/.containerenv", "podman")):
        if files.text(path) is not None:
            return name
    groups = files.text("proc/1/cgroup") or ""
    return next(
        (name for name in ("docker", "kubepods", "lxc", "containerd") if name in groups), None
    )


def cpu_limit(files: Files) -> float | None:
    """How many cores' worth of time the process's control group may use; None without a limit."""
    limits: list[float] = []
    for line in (files.text("proc/self/cgroup") or "").splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            limits += _quotas(files, "sys/fs/cgroup", path, ("cpu.max",))
        elif "cpu" in controllers.split(","):
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            limits += _quotas(files, "sys/fs/cgroup/cpu", path, names)
    return min(limits, default=None)


def _quotas(files: Files, base: str, path: str, names: tuple[str, ...]) -> list[float]:
    """Limits of a group and of all that it is inside of."""
    own = PurePosixPath(path.lstrip("/"))
    found = []
    for group in (own, *own.parents):
        words = " ".join(files.text(f"{base}/{group}/{name}") or "" for name in names).split()
        # "max 100000" and "-1 100000" mean no limit.
        if len(words) == 2 and all(word.isdigit() for word in words) and int(words[1]) > 0:
            found.append(int(words[0]) / int(words[1]))
    return found
