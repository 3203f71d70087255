"""The character data of the hash specification, sections 3 and 4, from the Unicode Character Database.

``python tests/golden/letters.py /usr/share/unicode`` writes ``neurolite_core/text/letters.json``, with ``--check`` says
whether it is up to date. The folder is the database as published (Debian: ``apt-get install unicode-data``):
CaseFolding.txt, UnicodeData.txt, DerivedCoreProperties.txt.
"""

# ruff: noqa: T201
from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import count
from pathlib import Path

PATH = Path(__file__).resolve().parents[2] / "neurolite_core" / "text" / "letters.json"
SOURCES = ("CaseFolding.txt", "UnicodeData.txt", "DerivedCoreProperties.txt")

# Blocks of combining marks that are accents, the points of Hebrew and Arabic among them; beyond them, the nuktas of
# canonical compositions in scripts of India.
ACCENT_BLOCKS = (
    (0x0300, 0x036F),
    (0x0483, 0x0489),
    (0x0591, 0x05C7),
    (0x064B, 0x065F),
    (0x0670, 0x0670),
    (0x1AB0, 0x1AFF),
    (0x1DC0, 0x1DFF),
    (0x20D0, 0x20FF),
    (0x3099, 0x309A),
    (0xFE20, 0xFE2F),
)
OTHER_ACCENTS = (0x093C, 0x09BC, 0x0A3C, 0x0B3C, 0x110BA)
DOTTED_CAPITAL_I = 0x0130
# What phone keyboards put in place of ' " and -.
TYPED = {0x2018: 0x27, 0x2019: 0x27, 0x201C: 0x22, 0x201D: 0x22, 0x2013: 0x2D, 0x2014: 0x2D}
FULL_WIDTH = range(0xFF01, 0xFF5F)


@dataclass(frozen=True)
class Database:
    """What is used of the database."""

    version: str
    case: dict[int, int]
    decompositions: dict[int, list[int]]
    categories: dict[int, str]
    ignorable: set[int]


def read(folder: Path) -> Database:
    """Reads the three files."""
    case = {DOTTED_CAPITAL_I: ord("i")}
    text = (folder / SOURCES[0]).read_text("utf-8")
    found = re.match(r"# CaseFolding-([\d.]+)\.txt", text)
    assert found is not None
    for folding, status, target, _ in rows(text):
        if status in ("C", "S"):
            case[int(folding, 16)] = int(target, 16)
    decompositions: dict[int, list[int]] = {}
    categories: dict[int, str] = {}
    for line in (folder / SOURCES[1]).read_text("utf-8").splitlines():
        fields = line.split(";")
        code = int(fields[0], 16)
        categories[code] = fields[2]
        if fields[5] and not fields[5].startswith("<"):
            decompositions[code] = [int(part, 16) for part in fields[5].split()]
    ignorable: set[int] = set()
    for span, name in rows((folder / SOURCES[2]).read_text("utf-8")):
        if name == "Default_Ignorable_Code_Point":
            first, _, last = span.partition("..")
            ignorable.update(range(int(first, 16), int(last or first, 16) + 1))
    return Database(found[1], case, decompositions, categories, ignorable)


def rows(text: str) -> list[list[str]]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [[field.strip() for field in line.split(";")] for line in lines if line]


def folded(database: Database, code: int) -> int:
    """Case, full width, and what keyboards type."""
    code = database.case.get(code, code)
    if code in FULL_WIDTH:
        code -= 0xFEE0
        code = database.case.get(code, code)
    return TYPED.get(code, code)


def decomposed(database: Database, code: int) -> list[int]:
    """Canonical decomposition, all the way."""
    parts = database.decompositions.get(code)
    if parts is None:
        return [code]
    return [last for part in parts for last in decomposed(database, part)]


def accents_of(database: Database) -> set[int]:
    marks = {code for first, last in ACCENT_BLOCKS for code in range(first, last + 1)}
    marks = {code for code in marks if database.categories.get(code) in ("Mn", "Me")}
    return (marks | set(OTHER_ACCENTS)) - database.ignorable


def compositions(database: Database, marks: set[int]) -> dict[int, tuple[int, tuple[int, ...]]]:
    """Of each letter that is another with accents: the other, folded, and the accents."""
    found = {}
    for code in database.categories:
        base, *tail = decomposed(database, folded(database, code))
        if code != DOTTED_CAPITAL_I and tail and base not in marks and marks.issuperset(tail):
            found[code] = (folded(database, base), tuple(sorted(tail)))
    return found


def numbers_of(marks: set[int], composed: dict[int, tuple[int, tuple[int, ...]]]) -> dict[int, int]:
    """Of each mark its own number, small for frequent ones, so that a letter's sums all differ."""
    uses = Counter(mark for _, tail in composed.values() for mark in tail)
    letters: defaultdict[int, set[tuple[int, ...]]] = defaultdict(set)
    for base, tail in composed.values():
        letters[base].add(tail)
    found: dict[int, int] = {}

    def differ(numbers: dict[int, int]) -> bool:
        for tails in letters.values():
            sums = [sum(numbers[m] for m in tail) for tail in tails if numbers.keys() >= set(tail)]
            if len(set(sums)) < len(sums):
                return False
        return True

    for mark in sorted(uses, key=lambda mark: (-uses[mark], mark)) + sorted(marks - uses.keys()):
        free = (number for number in count(1) if number not in found.values())
        found[mark] = next(number for number in free if differ(found | {mark: number}))
    return found


def spans(values: dict[int, tuple[int, int]]) -> list[list[int]]:
    """Runs [first, last, step, delta, accent] with steps of 1 or 2, greedily."""
    left = dict(sorted(values.items()))
    found = []
    while left:
        first = next(iter(left))
        best = [first]
        for step in (1, 2):
            run = [first]
            while left.get(run[-1] + step) == left[first]:
                run.append(run[-1] + step)
            if len(run) > len(best):
                best, best_step = run, step
        found.append([best[0], best[-1], best_step if len(best) > 1 else 1, *left[first]])
        for code in best:
            del left[code]
    return found


def ranges(codes: set[int]) -> list[list[int]]:
    found: list[list[int]] = []
    for code in sorted(codes):
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def tables(database: Database) -> dict[str, object]:
    """What ``letters.json`` holds."""
    marks = accents_of(database)
    composed = compositions(database, marks)
    numbers = numbers_of(marks, composed)
    letters = {}
    for code in sorted(database.case.keys() | set(FULL_WIDTH) | TYPED.keys() | composed.keys()):
        base, tail = composed.get(code, (folded(database, code), ()))
        letters[code] = (base - code, sum(numbers[mark] for mark in tail))
    return {
        "unicode": database.version,
        "letters": spans(letters),
        "accents": [[mark, numbers[mark]] for mark in sorted(marks)],
        "ignorable": ranges(database.ignorable),
    }


def dump(found: dict[str, object]) -> str:
    """JSON with one line a row."""
    parts = [f'"unicode": {json.dumps(found["unicode"])}']
    for name in ("letters", "accents", "ignorable"):
        values = found[name]
        assert isinstance(values, list)
        parts.append(f'"{name}": [\n' + ",\n".join(json.dumps(row) for row in values) + "\n]")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments: list[str]) -> int:
    """Writes or checks."""
    folders = [argument for argument in arguments if argument != "--check"]
    if len(folders) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    text = dump(tables(read(Path(folders[0]))))
    if "--check" in arguments:
        return 0 if PATH.read_text("utf-8") == text else 1
    PATH.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
