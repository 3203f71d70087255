"""Texts with times and places in them, as files of columns, JSON lines or marks, and a small config."""

import json
import random
from pathlib import Path

from neurolite_core import NeuroLiteConfig
from neurolite_core.data.spans import TypedSpan
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.spans_options import SpansOptions

TEMPLATES = {
    "alarm": [
        "wake me at {time}",
        "set an alarm for {time} please",
        "get me up by {time} in {place}",
    ],
    "trip": ["drive me to {place}", "a ticket to {place} at {time}", "when do we reach {place}"],
}
VALUES = {
    "time": ["six", "seven", "noon", "half past eight", "ten to four", "midnight"],
    "place": ["paris", "oslo", "new york", "rome", "the old harbour", "berlin"],
}
SMALL = NeuroLiteConfig(
    table_size=512,
    projection_size=24,
    hidden_size=24,
    num_hashes=8,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=24),
    max_words=16,
    max_bytes=128,
    spans=SpansOptions(types=("any",), width=24, window=1),
)
Text = tuple[str, str, list[TypedSpan]]


def made(count: int, seed: int = 0) -> list[Text]:
    """Texts, their labels, and their spans."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        label = list(TEMPLATES)[number % len(TEMPLATES)]
        text, spans = "", []
        for piece in rng.choice(TEMPLATES[label]).split():
            start = len(text) + bool(text)
            if piece.startswith("{"):
                name = piece.strip("{}")
                piece = rng.choice(VALUES[name])
                spans.append(TypedSpan(start, start + len(piece), name))
            text += " " * bool(text) + piece
        found.append((f"{text} {rng.choice(['now', 'today', 'then'])} {number}", label, spans))
    return found


def columns(texts: list[Text], *, labelled: bool = True) -> str:
    """As CoNLL has them."""
    lines = []
    for text, label, spans in texts:
        lines += [f"# label = {label}"] if labelled else []
        place = 0
        for word in text.split():
            own = next((one for one in spans if one.start <= place < one.end), None)
            sign = "O" if own is None else f"{'B' if own.start == place else 'I'}-{own.type}"
            lines.append(f"{word}\t{sign}")
            place += len(word) + 1
        lines.append("")
    return "\n".join(lines) + "\n"


def json_lines(texts: list[Text]) -> str:
    """With spans in characters."""
    rows = [
        {"text": text, "label": label, "spans": [[one.start, one.end, one.type] for one in spans]}
        for text, label, spans in texts
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def write(path: Path, count: int, seed: int = 0, *, labelled: bool = True) -> Path:
    """A file of columns."""
    path.write_text(columns(made(count, seed), labelled=labelled), "utf-8")
    return path


def write_config(path: Path) -> Path:
    path.write_text(SMALL.to_json(), "utf-8")
    return path
