"""A thousand strings in twenty scripts, as people type them into apps: the same ones for every platform.

Of every script the project's own sentences, and words drawn from its letters; besides these what the package's model
knows, what its example rules are about, long texts, emoji, and strings that are hardly texts.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from neurolite_bench.generated import BLOCKS, MORE_SCRIPTS, generated_texts
from neurolite_bench.labelled import built_in_rows, built_in_sentences
from neurolite_core.text.words import to_bytes

COUNT: Final = 1_000
OTHER: Final = "other"
_BLOCKS: Final = {**BLOCKS, **MORE_SCRIPTS}
# Script -> the blocks whose letters it is known by.
SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "latin": ("ascii", "latin-1", "latin extended", "vietnamese"),
        **{
            name: (name,)
            for name in (
                "greek", "cyrillic", "armenian", "hebrew", "arabic", "devanagari", "bengali", "gujarati", "tamil",
                "telugu", "thai", "lao", "khmer", "myanmar", "georgian", "ethiopic", "hangul", "kana", "han",
            )
        },
    }
)  # fmt: skip
_EACH: Final = 42
_SENTENCES: Final = 14  # of each script at most; the rest is drawn
_KNOWN: Final = 80
_DRAWN_WORDS: Final = (1, 2, 3, 5, 8, 13, 40)
_LETTERS: Final = (1, 2, 3, 5, 8, 12)
_MARKS: Final = (" ", " ", " ", " ", ", ", ". ", "! ", " - ", "\n", "' ", "? ", "\u3000", "\u00a0")
RULED: Final = (
    "my card was stolen, block it", "a thief took my visa", "call an ambulance, it is a heart attack",
    "wire 300 dollars to my sister", "send \u20ac 20 to anna", "don't transfer 50 euros to him", "never send it",
    "my mastercard and my debit card were robbed", "i have chest pain", "transfer 1,000 euros, my card was not stolen",
)  # fmt: skip
ODD: Final = (
    "", " ", "\t\r\n", "\0", "a\0b", "?", "...", "'", "\ufeff", "\u200b\u200d", "\u0301", "a\ud83d b", "\ude00\ud83d", "\U0010ffff",
    "7", "3.14", "1,000,000", "http://example.com/a?b=c", "someone@example.com", "#tag @name", "\U0001f44d", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "caf\u00e9 cafe\u0301", "I\u0307stanbul \u0130", "\u1e9e \u00df", "\uff37\uff21\uff2b\uff25 \uff2d\uff25", "don\u2019t don't", "x" * 300, "z" + "\u0301" * 40,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class AppText:
    """One of them.

    Attributes:
        script: a key of ``SCRIPTS``, or ``OTHER``.
        text: a string; halves of UTF-16 pairs may stand alone.
    """

    script: str
    text: str


def app_texts(seed: int = 0) -> list[AppText]:
    """``COUNT`` of them, all different; equal seeds give equal ones."""
    rng = random.Random(seed)  # noqa: S311  # no secret
    found: dict[str, AppText] = {}
    for text in (*_of_scripts(rng), *_others(rng), *_more(seed)):
        found.setdefault(text.text, text)
        if len(found) == COUNT:
            return list(found.values())
    raise AssertionError("there are not as many different ones")


def rows_of(texts: list[AppText]) -> Iterator[dict[str, Any]]:
    """A JSON object for each: its number, script, UTF-16 units (four hex digits each), and its bytes in hex."""
    for index, item in enumerate(texts):
        units = item.text.encode("utf-16-be", "surrogatepass").hex()
        data = to_bytes(item.text).hex()
        yield {"index": index, "script": item.script, "utf16": units, "bytes": data}


def _of_scripts(rng: random.Random) -> Iterator[AppText]:
    known: dict[str, list[str]] = {name: [] for name in SCRIPTS}
    for sentence in built_in_sentences():
        known[script_of(sentence)].append(sentence)
    for script in SCRIPTS:
        own = known[script][:_SENTENCES]
        yield from (AppText(script, text) for text in own)
        yield from (AppText(script, _drawn(rng, script)) for _ in range(_EACH - len(own)))


def script_of(text: str) -> str:
    """The script of most of a text's letters; Latin where none is another's."""
    counts = {
        name: sum(any(_is_in(letter, block) for block in blocks) for letter in text)
        for name, blocks in SCRIPTS.items()
        if name != "latin"
    }
    best = max(counts, key=lambda name: counts[name])
    return best if counts[best] else "latin"


def _is_in(letter: str, block: str) -> bool:
    first, last = _BLOCKS[block]
    return first <= ord(letter) <= last


def _drawn(rng: random.Random, script: str) -> str:
    words = []
    for _ in range(rng.choice(_DRAWN_WORDS)):
        first, last = _BLOCKS[rng.choice(SCRIPTS[script])]
        words.append(
            "".join(chr(rng.randint(first, last)) for _ in range(rng.choice(_LETTERS)))
            + rng.choice(_MARKS)
        )
    return "".join(words)


def _others(rng: random.Random) -> Iterator[AppText]:
    english = built_in_rows().texts
    sentences = built_in_sentences()
    yield from (AppText(OTHER, text) for text in (*RULED, *ODD))
    yield from (AppText("latin", text) for text in english[:: max(1, len(english) // _KNOWN)])
    for words in (60, 200, 257, 400, 900):  # up to the words that models read, and beyond
        for _ in range(2):
            chosen = rng.sample(sentences, 40) * (1 + words // 200)
            yield AppText(OTHER, " ".join(" ".join(chosen).split(" ")[:words]))
    for letters in (70, 300, 1_600, 4_200):  # longer than each bucket, with few words
        word = "".join(chr(rng.randint(0x61, 0x7A)) for _ in range(letters))
        yield AppText(OTHER, f"wake {word} me up")
        yield AppText(OTHER, "\u00e9" * letters + " and music")


def _more(seed: int) -> Iterator[AppText]:
    """Whatever is missing: words of all scripts mixed."""
    for data in generated_texts(COUNT, seed, _BLOCKS):
        yield AppText(OTHER, data.decode("utf-8", "replace"))
