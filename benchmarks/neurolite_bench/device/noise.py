"""Whether repeats of a measurement agree, and why perhaps not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from neurolite_bench.device.cautions import reasons_of
from neurolite_bench.report.model import SubjectResult

# Of the medians of repeats: highest less lowest, over their median.
NOISY_RANGE: Final = 0.05
_SHOWN: Final = 3


def noise_warnings(
    subjects: Sequence[SubjectResult],
    device: Mapping[str, Any],
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> list[str]:
    """One sentence for each subject with cases whose repeats lie further than 5 % from each other.

    Args:
        subjects: what was measured; a range needs two repeats.
        device: of ``describe``.
        before: of ``conditions``, for the likely reasons.
        after: the same, at the end.
    """
    reasons = reasons_of(device, before, after)
    if device.get("virtual"):
        reasons.append(f"a virtual machine ({device['virtual']}), whose neighbours cannot be seen")
    why = (
        f"Likely: {'; '.join(reasons)}."
        if reasons
        else "The conditions show no reason; other programs may have run in between."
    )
    found = []
    for subject in subjects:
        # The spread is half the range.
        ranges = {case.case.name: 2 * case.summary.spread for case in subject.cases}
        noisy = sorted(((value, name) for name, value in ranges.items() if value > NOISY_RANGE))[
            ::-1
        ]
        if noisy:
            cases = ", ".join(f"{name} {value:.1%}" for value, name in noisy[:_SHOWN])
            more = f" and {len(noisy) - _SHOWN} more" if len(noisy) > _SHOWN else ""
            found.append(
                f"{subject.name}: the medians of repeats are up to so far apart: {cases}{more} (up to "
                f"{NOISY_RANGE:.0%} is quiet), so smaller differences mean nothing. {why}"
            )
    return found
