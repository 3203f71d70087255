"""What docs/app-contract.md says of bytes and cuts, step by step; it shares no code with ours. Slow on purpose."""

from __future__ import annotations

from bisect import bisect_right
from typing import Final

SEPARATOR, LETTER, PUNCTUATION, ISOLATED, MARK, APOSTROPHE, ACCENT, IGNORABLE = range(8)
LOOK_BEHIND: Final = 24
MAX_CLUSTER: Final = 16
BLANKS: Final = b" \t\r\n\0"


def utf8_of(units: list[int]) -> bytes:
    """UTF-16 units to bytes; halves of pairs that stand alone keep three bytes."""
    found = bytearray()
    place = 0
    while place < len(units):
        code = units[place]
        place += 1
        if 0xD800 <= code < 0xDC00 and place < len(units) and 0xDC00 <= units[place] < 0xE000:
            code = 0x10000 + ((code - 0xD800) << 10) + units[place] - 0xDC00
            place += 1
        if code < 0x80:
            found.append(code)
            continue
        size = 2 if code < 0x800 else 3 if code < 0x10000 else 4
        lead = {2: 0xC0, 3: 0xE0, 4: 0xF0}[size]
        found.append(lead | code >> 6 * (size - 1))
        found += bytes(0x80 | code >> 6 * (size - 1 - n) & 0x3F for n in range(1, size))
    return bytes(found)


def codes_of(data: bytes) -> list[tuple[int, int]]:
    """Codes with their places."""
    found = []
    place = 0
    while place < len(data):
        lead = data[place]
        more = (
            1
            if 0xC0 <= lead < 0xE0
            else 2
            if 0xE0 <= lead < 0xF0
            else 3
            if 0xF0 <= lead < 0xF8
            else 0
        )
        rest = data[place + 1 : place + 1 + more]
        code, size = (lead, 1) if lead < 0x80 else (0xDC00 + lead, 1)
        if more and len(rest) == more and all(0x80 <= byte < 0xC0 for byte in rest):
            code, size = lead & (0x3F >> more), 1 + more
            for byte in rest:
                code = code << 6 | byte & 0x3F
        found.append((code, place))
        place += size
    return found  # fmt: skip


class Cutter:
    """Cuts by the classes of ``texts.json``."""

    def __init__(self, classes: list[list[int]]) -> None:
        self._starts = [start for start, _ in classes]
        self._classes = [kind for _, kind in classes]

    def class_of(self, code: int) -> int:
        return self._classes[bisect_right(self._starts, code) - 1]

    def cut(self, text: bytes, max_bytes: int) -> tuple[int, bool]:
        """Where, and whether something was lost."""
        if len(text) <= max_bytes:
            return len(text), False
        read = text[: max_bytes + LOOK_BEHIND] + b"\0"
        borders = [place for place in self._borders(read) if place <= max_bytes]
        place = borders[-1] if borders and borders[-1] > 0 else max_bytes
        return place, any(byte not in BLANKS for byte in text[place:])

    def _borders(self, read: bytes) -> list[int]:
        borders = []
        before = SEPARATOR
        clusters = self._clusters(read)
        ends = [place for _, place in clusters[1:]] + [len(read)]
        for (own, place), end in zip(clusters, ends, strict=True):
            kept = SEPARATOR if end - place > MAX_CLUSTER else own
            continues = (
                kept != SEPARATOR
                and before != SEPARATOR
                and own != ISOLATED
                and own in (before, MARK)
            )
            if not continues:
                borders.append(place)
            before = kept
        return borders

    def _clusters(self, read: bytes) -> list[tuple[int, int]]:
        codes = codes_of(read)
        raw = [self.class_of(code) for code, _ in codes]
        beside = (LETTER, ACCENT, IGNORABLE)
        clusters = []
        for at, (own, (_, place)) in enumerate(zip(raw, codes, strict=True)):
            kind = own
            if own == APOSTROPHE:
                inside = 0 < at < len(raw) - 1 and raw[at - 1] in beside and raw[at + 1] in beside
                kind = LETTER if inside else PUNCTUATION
            if kind not in (ACCENT, IGNORABLE):
                clusters.append((kind, place))
        return clusters
