"""Vectors that nobody chose, as the others are: ``python tests/golden/apps/random_cases.py FOLDER [SEED [COUNT]]``.

Every app's tests read them in place of tests/golden where ``NEUROLITE_VECTORS`` names the folder, as
``NEUROLITE_VECTORS=FOLDER mvn -Dtest='StoresTest,TextsTest,DecisionsTest,SpansTest' test`` or ``swift test``.
"""

from __future__ import annotations

import json
import random
import shutil
import sys
from pathlib import Path
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from golden.apps import app_damage, app_decisions, app_spans, app_stores, app_texts
from golden.apps.app_stores import CLASSIFIER, ENCODER, UNMEASURED, add, correct
from neurolite_core.ground.errors import StoreError
from neurolite_runtimes.learning import Settings
from neurolite_runtimes.learning.matching import check_encoder
from neurolite_runtimes.learning.store_file import read_store

HERE: Final = Path(__file__).resolve().parent
# Two labels are one to people, and to Swift's strings.
LABELS: Final = (
    "chess",
    "rain",
    "song",
    "alarm",
    "gr\u00f6\u00dfe",
    "gro\u0308\u00dfe",
    "\U0001f44d",
)
TOPICS: Final = ("chess", "rain", "song", "dice", "alarm", "drizzle", "\ud83d", "gr\u00f6\u00dfe")
SETTINGS: Final = (
    Settings(),
    Settings(split_from=4, split_gain=0.02, join_gain=0.2, most_prototypes=3, rate=0.1),
    Settings(split_from=5, split_gain=0.0, join_gain=0.0, most_prototypes=1, rate=0.0),
    Settings(split_from=4, split_gain=0.05, join_gain=1.0, half_life=3, learning=1.0, rate=1.0),
)
ARTIFACTS: Final = (ENCODER, UNMEASURED, CLASSIFIER)
OPERATIONS: Final = 60
# What hash-spec.md treats in its own way, and bytes that are no UTF-8.
PIECES: Final = (
    *(
        text.encode()
        for text in ("don't", "'", "e\u0301", "\u0301", "\u00ad", "\u0e17\u0e35\u0e48", "\u6771", "\u200d", " ", "a", ",", "\0")
    ),
    "\U0001f44d\U0001f3fd".encode(),
    *(b"\xff", b"\xe4\xb8", b"\xf0\x9f\x98", b"\x80", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xc1\x80"),
)  # fmt: skip


def operation(draw: random.Random) -> dict[str, Any]:
    """Most often an example; names and ids may be those of nothing."""
    label, other = draw.choices(LABELS, k=2)
    text = f"{draw.choice(TOPICS)} {draw.randrange(30)}"
    kinds = {
        "add": add(label, text),
        "correct": correct(label, text),
        "remove": {"do": "remove", "id": draw.randrange(1, 40)},
        "merge": {"do": "merge", "label": label, "into": other},
        "forget": {"do": "forget", "label": label},
        "compact": {"do": "compact"},
        "import": {"do": "import", "file": draw.choice(("plain.nls", "changed.nls", "cut.nls", "split.nls"))},
    }  # fmt: skip
    return kinds[draw.choices(tuple(kinds), (60, 15, 8, 3, 1, 1, 1))[0]]


def stores(draw: random.Random, folder: Path, count: int) -> list[dict[str, Any]]:
    """Histories of stores, each in a file of the folder."""
    cases = []
    for place in range(count):
        name = f"random {place}"
        options: dict[str, Any] = {"settings": SETTINGS[place % len(SETTINGS)]}
        if place % 5 == 4:
            options["texts"] = False
        history = [operation(draw) for _ in range(OPERATIONS)]
        cases.append(app_stores.made_case(name, folder, ARTIFACTS[place % 3], options, history))
    return cases


def spoilt(draw: random.Random, content: bytes) -> bytes:
    """A store with what no writer makes: of bits, of bytes that are missing, of records, of the header."""
    edges = app_damage.edges(content)
    first, last = draw.choice(edges[:-1]), draw.choice(edges[:-1])
    record = content[first : edges[edges.index(first) + 1]]
    payload = bytearray(record[app_damage.PREFIX : -4])
    for _ in range(draw.randrange(1, 4)):
        payload[draw.randrange(len(payload))] = draw.choice((0, 1, 2, 0x7F, 0x80, 0xFF))
    kind = draw.choice((*range(1, 11), record[4], record[4], record[4]))
    made = app_damage.record(
        kind, bytes(payload[: draw.choice((len(payload), draw.randrange(len(payload) + 1)))])
    )
    place = draw.randrange(len(content))
    return draw.choice(
        (
            content[:place] + bytes([draw.randrange(256)]) + content[place + 1 :],
            content[:place],
            content[:first] + content[edges[edges.index(first) + 1] :],
            content[:last] + record + content[last:],
            content[:last] + made + content[last:],
            content + made,
            content + made,
        )
    )


def damage(
    draw: random.Random, source: str, content: bytes, path: Path
) -> tuple[str, dict[str, Any]]:
    """A spoilt store, and what Python reads of it: ``torn``, or ``refused``."""
    made = spoilt(draw, content)
    path.write_bytes(made)
    row = {
        "name": f"random {made[-30:].hex()}",
        "of": source,
        "change": app_damage.changes(made, content),
    }
    try:
        found = read_store(path)
        check_encoder(path, found.memory.header, ENCODER, None, None)
    except StoreError:
        return "refused", {**row, "why": "", **app_damage.refusal(path, ENCODER)}
    if found.memory.weights is not None:
        return "refused", {**row, "why": "fitted"}
    return "torn", {**row, "size": len(made), "end": found.end, "examples": len(found.memory)}


def hostile(draw: random.Random, most: int = 30) -> bytes:
    return b"".join(draw.choices(PIECES, k=draw.randrange(1, most)))


def text(draw: random.Random) -> str:
    """Of any characters, with halves of pairs."""
    codes = (
        range(0x20, 0x7F),
        range(0x250),
        range(0x900, 0xE00),
        range(0xD7F0, 0xE010),
        range(0x1F300, 0x1FAFF),
    )
    said = "".join(chr(draw.choice(draw.choice(codes))) for _ in range(draw.randrange(20)))
    return said.encode("utf-16", "surrogatepass").decode(
        "utf-16", "surrogatepass"
    )  # halves that meet are a pair


def cuts(draw: random.Random) -> dict[str, Any]:
    data = hostile(draw)
    return app_texts.cut_row(data.hex(), data, draw.randrange(1, len(data) + 3))


def decision(draw: random.Random) -> dict[str, Any]:
    """Logits that are often alike, or far from each other."""
    values = [
        draw.choice((0.0, 0.5, -1e4, 88.0, draw.uniform(-9, 9))) for _ in app_decisions.LABELS
    ]
    make = draw.choice((app_decisions.single, app_decisions.several))
    return make("random", values, draw.choice((0.0, 0.3, 0.5, 0.97)))


def fired(draw: random.Random) -> dict[str, Any]:
    """Rules that fired, as a graph that has their effects need not be asked."""
    flags = [draw.randrange(2) for _ in app_decisions.RULES]
    values = [draw.uniform(-9, 9) for _ in app_decisions.LABELS]
    if draw.random() < 0.5:
        return dict(app_decisions.ruled("random", flags, values, 0.5))
    return app_decisions.ruled_labels("random", flags, values)


def spans(draw: random.Random) -> dict[str, Any]:
    said = " ".join(
        draw.choices(
            (
                "wake",
                "\u00e0",
                "\U0001f44d\U0001f3fd",
                "cafe\u0301",
                "\u4e03\u70b9",
                "\ud83d",
                "six",
            ),
            k=draw.randrange(1, 13),
        )
    )
    return app_spans.case("random", said, "".join(draw.choices("O01z2?!X", k=app_spans.MAX_WORDS)))  # fmt: skip


def written(folder: Path, name: str, **rows: list[dict[str, Any]]) -> None:
    """In place of the rows of a file of vectors."""
    path = folder / f"{name}.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | rows), "utf-8")


def made(folder: Path, seed: int = 1, count: int = 100) -> None:
    """A copy of tests/golden whose rows are random."""
    draw = random.Random(seed)  # no secret
    shutil.copytree(
        HERE.parent,
        folder,
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "*.py"),
    )
    apps = folder / "apps"
    sources = {name: (apps / name).read_bytes() for name in ("plain.nls", "changed.nls")}
    rows: dict[str, list[dict[str, Any]]] = {"torn": [], "refused": []}
    for _ in range(10 * count):
        name = draw.choice(sorted(sources))
        side, row = damage(draw, name, sources[name], apps / "spoilt.nls")
        rows[side].append(row)
    whole = next(
        case
        for case in json.loads((apps / "stores.json").read_text("utf-8"))["cases"]
        if case["name"] == "plain"
    )
    written(apps, "stores", cases=[whole, *stores(draw, apps, count)], **rows)
    written(
        apps,
        "texts",
        texts=[app_texts.text_row("random", text(draw)) for _ in range(10 * count)],
        cuts=[cuts(draw) for _ in range(10 * count)],
    )
    written(
        apps,
        "decisions",
        cases=[decision(draw) for _ in range(5 * count)],
        ruled=[fired(draw) for _ in range(5 * count)],
    )
    written(apps, "spans", cases=[spans(draw) for _ in range(5 * count)])


if __name__ == "__main__":
    numbers = [int(number) for number in sys.argv[2:]]
    made(Path(sys.argv[1]), *numbers)
