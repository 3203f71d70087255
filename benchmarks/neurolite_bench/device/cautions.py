"""What in a device and its conditions makes figures worth less."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from neurolite_bench.device.throttling import THROTTLED_BITS

Facts = Mapping[str, Any]

# Above these, a measurement is worth less.
BUSY_LOAD: Final = 0.5
HOT_CELSIUS: Final = 80.0
STOLEN_SHARE: Final = 0.01
FREQUENCY_CHANGE: Final = 0.05

_GOVERNOR: Final = "performance"
_SET_GOVERNOR: Final = (
    "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor"
)


def warnings_of(device: Facts, before: Facts, after: Facts) -> list[str]:
    """One sentence for each doubt, with what to do.

    Args:
        device: of ``describe``.
        before: of ``conditions``, at the start of the measurement.
        after: the same, at its end.
    """
    return [message for _, message in _found(device, before, after)]


def reasons_of(device: Facts, before: Facts, after: Facts) -> list[str]:
    """The same doubts in a few words each, as reasons for times that differ."""
    return [reason for reason, _ in _found(device, before, after)]


def _found(device: Facts, before: Facts, after: Facts) -> Iterator[tuple[str, str]]:
    for check in _CHECKS:
        yield from check(device, before, after)


Doubts = Iterator[tuple[str, str]]


def _emulated(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    if device.get("emulated"):
        yield (
            "emulation",
            f"Emulated by {device['emulated']}: the answers are right, but times and memory are the "
            "emulator's. Measure on the device itself.",
        )


def _limited(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    limit, cores = device.get("cpu_limit"), device.get("logical_cores")
    if limit is not None and (cores is None or limit < cores):
        yield (
            f"a limit of {limit:g} cores",
            f"The container may use {limit:g} cores' worth of time and is paused when it has used them up. "
            "Give it whole cores instead, such as with docker run --cpuset-cpus.",
        )


def _governed(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    others = sorted({core["governor"] for core in before.get("cores", ())} - {_GOVERNOR})
    if others:
        named = " and ".join(repr(name) for name in others)
        yield (
            f"the governor {named}",
            f"The frequency governor is {named}, not '{_GOVERNOR}': clocks follow the load. "
            f"Set it while measuring: {_SET_GOVERNOR}",
        )


def _busy(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    load = before.get("load")
    if load and load[0] > BUSY_LOAD:
        yield (
            f"a load of {load[0]:.1f} before the start",
            f"Before the start {load[0]:.1f} processes were running (load of the last minute; up to "
            f"{BUSY_LOAD:g} is quiet). Stop them, or wait a minute, and measure again.",
        )


def _stolen(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    first, last = before.get("cpu_ticks"), after.get("cpu_ticks")
    if not first or not last or last["total"] <= first["total"]:
        return
    share = (last["steal"] - first["steal"]) / (last["total"] - first["total"])
    if share > STOLEN_SHARE:
        yield (
            f"{share:.1%} of the processor's time went to other virtual machines",
            f"{share:.1%} of the processor's time was stolen by other virtual machines of the host (up to "
            f"{STOLEN_SHARE:.0%} is quiet). Measure on a machine of your own, or at another hour.",
        )


def _throttled(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    first, last = before.get("throttled") or {}, after.get("throttled") or {}
    during = {*first.get("now", ()), *last.get("now", ())}
    during |= {*last.get("since_boot", ())} - {*first.get("since_boot", ())}
    earlier = {*first.get("since_boot", ())} - during
    for names, when in ((during, "during the measurement"), (earlier, "since the boot, perhaps")):
        shown = ", ".join(name for name in THROTTLED_BITS if name in names)
        if shown:
            yield (
                f"the firmware reports {when}: {shown}",
                f"The Raspberry Pi's firmware reports {when}: {shown}. Under-voltage wants a stronger "
                "supply and a short cable, heat a heatsink or fan; boot again to clear it, and measure again.",
            )
    events = _grown(before, after, "throttle_events")
    if events:
        yield (
            "throttling by heat",
            f"The processor was slowed down by heat {events} times during the measurement. "
            "Cool it, and measure again.",
        )


def _hot(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    hot = {
        name: value for name, value in after.get("temperatures", {}).items() if value >= HOT_CELSIUS
    }
    if hot:
        name = max(hot, key=lambda key: hot[key])
        start = before.get("temperatures", {}).get(name)
        began = "" if start is None else f", from {start:.0f} at the start"
        yield (
            f"{hot[name]:.0f} degrees",
            f"{name} is at {hot[name]:.0f} degrees Celsius{began}, where processors slow down. "
            "Cool it, and measure again.",
        )


def _changed_clock(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    last = {core["core"]: core["mhz"] for core in after.get("cores", ())}
    pairs = [(core["mhz"], last.get(core["core"])) for core in before.get("cores", ())]
    changes = [
        (old, new) for old, new in pairs if old and new and abs(new / old - 1) > FREQUENCY_CHANGE
    ]
    if changes:
        old, new = max(changes, key=lambda pair: abs(pair[1] / pair[0] - 1))
        yield (
            f"a clock that went from {old:.0f} to {new:.0f} MHz",
            f"A core's clock went from {old:.0f} to {new:.0f} MHz between start and end. "
            f"Hold the clocks while measuring: {_SET_GOVERNOR}",
        )


def _on_battery(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    if before.get("on_battery") or after.get("on_battery"):
        yield (
            "battery",
            "It ran on battery, where systems save power at the cost of speed. Plug it in, and measure again.",
        )


def _swapped(device: Facts, before: Facts, after: Facts) -> Doubts:  # noqa: ARG001
    pages = _grown(before, after, "swapped_in_pages")
    if pages:
        yield (
            "swapping",
            f"{pages} pages came back from swap during the measurement: memory is short. "
            "Close other programs, and measure again.",
        )


def _grown(before: Facts, after: Facts, counter: str) -> int:
    """How far a counter went; 0 where the system has none."""
    first, last = before.get(counter), after.get(counter)
    return 0 if first is None or last is None else max(0, last - first)


_CHECKS: Final[tuple[Callable[[Facts, Facts, Facts], Doubts], ...]] = (
    _emulated,
    _limited,
    _governed,
    _busy,
    _stolen,
    _throttled,
    _hot,
    _changed_clock,
    _on_battery,
    _swapped,
)
