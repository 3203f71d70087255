"""Cuts, rules and spans in JavaScript, of many texts and numbers that nobody chose: as in Python."""

from __future__ import annotations

import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from native.tools import need, run
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.artifact.rule_facts import RuleFact, overruled
from neurolite_core.text.character_offsets import character_offsets
from neurolite_core.text.words import truncate
from web.answering import HERE, questions

EFFECTS = ("force", "forbid", "evidence", "abstain", "nothing")
LABELS = ("alarm", "music", "weather")
# What hash-spec.md treats in its own way, and bytes that are no UTF-8.
PIECES = (
    "don't",
    "'",
    "e\u0301",
    "\u0301",
    "\u00ad",
    "\u0e17\u0e35\u0e48",
    "\u6771",
    "\U0001f44d\U0001f3fd",
    " ",
    "a",
    ",",
    "\0",
)
STRAY = (
    b"\xff",
    b"\xe4\xb8",
    b"\xf0\x9f\x98",
    b"\x80",
    b"\xed\xa0\x80",
    b"\xf4\x90\x80\x80",
    b"\xc1\x80",
)


def hostile(draw: random.Random) -> bytes:
    pieces = [piece.encode() for piece in PIECES]
    return b"".join(draw.choices([*pieces, *STRAY], k=draw.randrange(1, 30)))


def cuts(draw: random.Random) -> list[dict[str, Any]]:
    texts = [
        text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
        for text in questions(60)
    ]
    rows = []
    for text in [*texts, *(hostile(draw) for _ in range(400))]:
        limit = draw.randrange(1, len(text) + 3)
        kept, lost = truncate(text, limit)
        rows.append({"bytes": text.hex(), "most": limit, "size": len(kept), "lost": lost})
    return rows


def rule(draw: random.Random, strength: int) -> RuleFact:
    effect = draw.choice(EFFECTS)
    count = (
        0 if effect in ("abstain", "nothing") else 1 if effect == "force" else draw.randrange(1, 3)
    )
    decides = effect in ("force", "forbid", "abstain")
    weight = (
        draw.choice((0.125, -1.625, 2.0, draw.uniform(-9, 9))) if effect == "evidence" else None
    )
    return RuleFact(
        name=f"rule {strength}", effect=effect, labels=tuple(draw.sample(LABELS, count)),
        strength=strength if decides else 0, weight=weight, asks=False, reason="",
    )  # fmt: skip


def rules(draw: random.Random) -> list[dict[str, Any]]:
    rows = []
    for row in range(400):
        facts = [
            rule(draw, strength) for strength in draw.sample(range(1, 9), draw.randrange(1, 7))
        ]
        flags, several = [draw.random() < 0.6 for _ in facts], row % 2 == 0
        lost = overruled(facts, flags, several=several)
        fired = [
            {"name": one.name, "does": one.does(), "reason": one.reason, "overruled": lost[at]}
            for at, one in sorted(enumerate(facts), key=lambda pair: -pair[1].strength)
            if flags[at]
        ]
        rows.append(
            {
                "facts": [asdict(one) for one in facts],
                "flags": flags,
                "several": several,
                "fired": fired,
            }
        )
    return rows


def spans(draw: random.Random) -> list[dict[str, Any]]:
    """Tags that are near to each other, and places of bytes in texts that need not be UTF-8."""
    numbers, rows = np.random.default_rng(draw.randrange(2**31)), []
    for text in (hostile(draw) for _ in range(300)):
        length = draw.randrange(1, len(text) + 1)
        borders = sorted(draw.sample(range(len(text) + 1), length + 1))
        offsets = [[borders[at], borders[at + 1]] for at in range(length)]
        tags = numbers.integers(-3, 4, (1, length, 5)).astype(np.float32) * np.float32(0.75)
        tags[numbers.random(tags.shape) < 0.01] = draw.choice((np.inf, -np.inf, np.nan))
        thresholds = draw.choice(([0.0, 0.0], [0.3, 0.6]))
        (found,) = found_spans(tags, np.array([length]), thresholds)
        places = [(borders[one.span.first], borders[one.span.behind]) for one in found]
        readable = text.decode("utf-8", "replace")
        rows.append({
            "tags": tags.tobytes().hex(), "thresholds": thresholds, "bytes": text.hex(), "offsets": offsets,
            "found": [
                {"place": list(asdict(one.span).values()), "score": one.score,
                 "units": [len(readable[:at].encode("utf-16-le")) // 2 for at in pair]}
                for one, pair in zip(found, character_offsets(text, places), strict=True)
            ],
        })  # fmt: skip
    return rows


def test_parts(tmp_path: Path) -> None:
    draw = random.Random(6)  # no secret
    job = {"cuts": cuts(draw), "rules": rules(draw), "spans": spans(draw)}
    assert sum(len(row["found"]) for row in job["spans"]) > 300
    (tmp_path / "job.json").write_text(json.dumps(job), "utf-8")
    run([need("node"), str(HERE / "apps" / "random_parts.mjs"), str(tmp_path / "job.json")], HERE)
