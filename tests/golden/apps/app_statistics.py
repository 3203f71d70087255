"""``statistics.json``: times -> percentiles; what a benchmark screen measured -> whether it counts, and its report."""

from __future__ import annotations

import json
import random
from dataclasses import asdict, replace
from typing import Any, Final

from neurolite_bench.apps.screen import WORDS, Screen, report_of_screen, why_not
from neurolite_bench.measuring.texts import built_in_texts, text_of
from neurolite_bench.report.files import as_json
from neurolite_bench.statistics import summarise
from neurolite_core.artifact.formats import json_file
from neurolite_core.artifact.seal import SEAL_KEY

RUNS: Final = 20


def drawn(seed: int, count: int, around: int) -> tuple[int, ...]:
    """Nanoseconds."""
    chance = random.Random(seed)  # no secret
    return tuple(int(around * (1 + chance.random() ** 4)) for _ in range(count))


SCREEN: Final = Screen(
    app=("NeuroLite", "for", "Android", "1.0"),
    device={"manufacturer": "Example", "model": "Phone 5", "system": "Android 14", "abi": "arm64-v8a", "cores": 8},
    started_at="2026-11-27T19:00:00+00:00",
    seconds=3.5,
    name="intents c int8",
    kind="c",
    precision="int8",
    file="intents.nlm",
    size_bytes=1_048_576,
    sha256="ab" * 32,
    parameters=960_000,
    runtime="libneurolite_model (sdot)",
    threads=1,
    first_load_ms=4.5,
    later_load_ms=1.25,
    first_answer_ms=0.75,
    wanted=RUNS,
    samples_ns={12: drawn(1, RUNS, 90_000), 256: drawn(2, RUNS, 900_000)},
    memory=(80_000_000, 81_500_000, 82_000_000),
    memory_source="Debug.getPss",
    thermal=("none", "light"),
    power_saving=False,
)  # fmt: skip
# Name -> what differs from it.
SCREENS: Final[dict[str, dict[str, Any]]] = {
    "whole": {},
    "a system that tells nothing": {
        "memory": (None, None, None), "memory_source": "", "thermal": (None, None), "power_saving": None,
    },
    "a debug build": {"warnings": ("This is a debug build: its times are longer than a user's.",)},
    "an error": {"error": "no memory for a text of 4,000,000 bytes", "samples_ns": {}},
    "left": {"left": True, "samples_ns": {12: drawn(1, 7, 90_000)}},
    "too few": {"samples_ns": {12: drawn(1, RUNS, 90_000), 256: drawn(2, RUNS - 1, 900_000)}},
    "none of a length": {"samples_ns": {256: drawn(2, RUNS, 900_000)}},
    "a coarse clock": {"samples_ns": {12: (0, *drawn(1, RUNS - 1, 90_000)), 256: drawn(2, RUNS, 900_000)}},
    "not opened again": {"later_load_ms": None},
    "power saving": {"power_saving": True},
    "warm before": {"thermal": ("moderate", "light")},
    "warm after": {"thermal": (None, "severe")},
    "all at once": {"left": True, "power_saving": True, "thermal": ("critical", None), "error": "it was hot"},
}  # fmt: skip
SAMPLES: Final[dict[str, tuple[int, ...]]] = {
    "one": (1_500_000,),
    "two": (1_000_000, 2_000_000),
    "three, unsorted": (3_000_001, 1_000_000, 2_000_000),
    "all are equal": (700_000,) * 8,
    "ten": drawn(3, 10, 500_000),
    "eleven": drawn(4, 11, 500_000),
    "a hundred": drawn(5, 100, 123_456),
}
SEALS: Final = (
    '{"a":1}',
    '{\n "format": "neurolite-bench",\n "n": [1, 2]\n}\n',
    '{"\u00fc":"\U0001f44d"}',
)


def screen_row(name: str) -> dict[str, Any]:
    screen = replace(SCREEN, **SCREENS[name])
    report = json.loads(as_json(report_of_screen(screen)))
    del report[SEAL_KEY]
    values = asdict(screen)
    values["samples_ns"] = {str(words): each for words, each in screen.samples_ns.items()}
    found = {
        "name": name,
        "screen": values,
        "valid": why_not(screen) is None,
        "reason": why_not(screen),
    }
    return found | ({"report": report} if name in ("whole", "left") else {})  # fmt: skip


def made() -> dict[str, Any]:
    """All of it."""
    source = built_in_texts()
    return {
        "tolerance": 1e-9,
        "texts": {str(words): text_of(source, words) for words in WORDS},
        "summaries": [
            {"name": name, "samples_ns": samples, "summary": asdict(summarise(((samples,),)))}
            for name, samples in SAMPLES.items()
        ],
        "screens": [screen_row(name) for name in SCREENS],
        "seals": [
            {"name": f"seal {place}", "content": text, "sealed": json_file.seal(text.encode()).decode()}
            for place, text in enumerate(SEALS)
        ],
    }  # fmt: skip
