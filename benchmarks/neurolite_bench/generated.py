"""Strings made to find faults: words of many scripts, mixtures, long words, and bytes that are no UTF-8."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Final

# First and last code point of blocks whose characters behave differently in words.
BLOCKS: Final = {
    "ascii": (0x20, 0x7E),
    "latin-1": (0xA0, 0xFF),
    "latin extended": (0x100, 0x17F),
    "vietnamese": (0x1E00, 0x1EFF),
    "greek": (0x370, 0x3FF),
    "cyrillic": (0x400, 0x52F),
    "armenian": (0x531, 0x58A),
    "hebrew": (0x590, 0x5F4),
    "arabic": (0x600, 0x6FF),
    "devanagari": (0x900, 0x97F),
    "tamil": (0xB80, 0xBFF),
    "thai": (0xE00, 0xE7F),
    "lao": (0xE80, 0xEFF),
    "tibetan": (0xF00, 0xFFF),
    "myanmar": (0x1000, 0x109F),
    "georgian": (0x10A0, 0x10FF),
    "hangul": (0xAC00, 0xD7A3),
    "ethiopic": (0x1200, 0x137F),
    "khmer": (0x1780, 0x17FF),
    "punctuation": (0x2000, 0x206F),
    "symbols": (0x20A0, 0x2BFF),
    "kana": (0x3000, 0x30FF),
    "han": (0x4E00, 0x9FFF),
    "surrogates": (0xD800, 0xDFFF),
    "forms": (0xFE00, 0xFFFF),
    "emoji": (0x1F300, 0x1FAFF),
    "astral": (0x10000, 0x10FFFF),
}
# Scripts that ``generated_texts`` has had no words of: more would change the texts that other tests are about.
MORE_SCRIPTS: Final = {
    "bengali": (0x980, 0x9FF),
    "gurmukhi": (0xA00, 0xA7F),
    "gujarati": (0xA80, 0xAFF),
    "oriya": (0xB00, 0xB7F),
    "telugu": (0xC00, 0xC7F),
    "kannada": (0xC80, 0xCFF),
    "malayalam": (0xD00, 0xD7F),
    "sinhala": (0xD80, 0xDFF),
    "cherokee": (0x13A0, 0x13FF),
    "mongolian": (0x1800, 0x18AF),
    "syriac": (0x700, 0x74F),
    "thaana": (0x780, 0x7BF),
}
_SEPARATORS: Final = [
    " ",
    "  ",
    "\n",
    "\t",
    "\u00a0",
    "\u3000",
    "-",
    "'",
    "\u2019",
    ".",
    ", ",
    "\0",
]
_RAGGED: Final = b"\x00 aA'\x80\xbf\xc2\xc3\xe0\xe4\xed\xf0\xf4\xf7\xf8\xff"


def generated_texts(
    count: int, seed: int = 0, blocks: Mapping[str, tuple[int, int]] = BLOCKS
) -> list[bytes]:
    """Reproducible strings, of eight kinds in turn.

    Args:
        count: how many.
        seed: equal seeds give equal strings.
        blocks: of the characters of words, as in ``BLOCKS``.

    Returns:
        UTF-8, lone surrogates included, or any bytes.
    """
    rng = random.Random(seed)  # noqa: S311  # not a secret
    names = list(blocks)
    texts: list[bytes] = []
    for number in range(count):
        kind = number % 8
        if kind == 6:
            texts.append(bytes(rng.randrange(256) for _ in range(rng.randint(0, 24))))
        elif kind == 7:
            texts.append(bytes(rng.choice(_RAGGED) for _ in range(rng.randint(0, 24))))
        else:
            own = rng.choice(names)
            words = []
            for _ in range(rng.randint(0, 6)):
                block = blocks[own if kind < 4 else rng.choice(names)]
                length = rng.choice((1, 2, 3, 5, 8)) if kind != 5 else rng.choice((1, 20, 70, 130))
                words.append("".join(chr(rng.randint(*block)) for _ in range(length)))
            text = "".join(word + rng.choice(_SEPARATORS) for word in words)
            texts.append(text.encode("utf-8", "surrogatepass"))
    return texts


def follower_texts(count: int, seed: int) -> list[bytes]:
    """Clusters of accents and ignorable characters beside letters, apostrophes, tags, long runs and cut sequences."""
    rng = random.Random(seed)  # noqa: S311  # not a secret
    characters = [
        *"aezQ.'1 \0", "\u2019", "\u00e9", "\u1ebf", "\u0301", "\u0323", "\u0489", "\u00ad", "\u200b", "\u200d", "\u2060",
        "\ufeff", "\ufe0f", "\u304c", "\u304b", "\u3099", "\u6f22", "\u0e01", "\u0e31", "\u0628", "\u0654",
        "\U0001f44d", "\U0001f3fd", "\U000e0067", "\U000e0100", "\U000f0000", "\U00030000", "\U0010ffff",
    ]  # fmt: skip
    texts = []
    for number in range(count):
        text = "".join(rng.choice(characters) for _ in range(rng.randrange(40)))
        if number % 3 == 0:
            text += rng.choice(characters) * rng.randrange(90) + text
        data = text.encode()
        texts.append(data[: rng.randrange(len(data) + 1)] if number % 5 == 0 else data)
    return texts
