"""Some hundred texts that a generator goes on with, as somebody types them: the same ones for every platform.

Two sentences letter by letter, which asks for what was read before; texts in twenty scripts, cut within words and
behind them; ends in separators, line breaks, emoji and what is hardly text; as many words as are read at once, one more
and 10,000; words that are longer than a model takes.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

from neurolite_bench.apps.texts import ODD, OTHER, AppText, app_texts
from neurolite_bench.labelled import built_in_rows

TYPED: Final = (
    "How are you? I don't know, let's",
    "What's the weather like in New York tomorrow",
)
BEHIND: Final = (
    "",
    " ",
    "  ",
    "\n",
    "\n\n",
    " \n",
    "\t",
    "...",
    " \u2026",
    "?",
    "'",
    " \U0001f44d",
    "\U0001f44d",
    "\u3000",
)
BEFORE: Final = ("I think", "Good morning, how can I help you")
AT_ONCE: Final = (15, 16, 17, 32, 33, 200)  # around the words that a stream reads in one call
MANY: Final = 10_000
LONG: Final = (500, 511, 512, 513, 3_000)  # bytes of a word, around those that a call takes
_EACH: Final = 5  # of a script
_ROWS: Final = 40  # of English texts


def beginnings(seed: int = 0) -> list[AppText]:
    """All different, in the order in which they are asked for; equal seeds give equal ones."""
    rng = random.Random(seed)  # noqa: S311  # no secret
    found: dict[str, AppText] = {}
    for text in (*_typed(), *_of_scripts(rng, seed), *_english(rng), *_ends(), *_long(rng)):
        found.setdefault(text.text, text)
    return list(found.values())


def _typed() -> Iterator[AppText]:
    for text in TYPED:
        yield from (AppText("latin", text[:size]) for size in range(len(text) + 1))


def _of_scripts(rng: random.Random, seed: int) -> Iterator[AppText]:
    texts = [text for text in app_texts(seed) if text.script != OTHER and len(text.text) > 1]
    for script in dict.fromkeys(text.script for text in texts):
        for text in rng.sample([own for own in texts if own.script == script], _EACH):
            yield AppText(script, _cut(rng, text.text))


def _english(rng: random.Random) -> Iterator[AppText]:
    for text in rng.sample(list(built_in_rows().texts), _ROWS):
        yield AppText("latin", _cut(rng, text).capitalize())


def _cut(rng: random.Random, text: str) -> str:
    return text[: rng.randint(1, len(text))]


def _ends() -> Iterator[AppText]:
    yield from (AppText(OTHER, before + behind) for before in BEFORE for behind in BEHIND)
    yield from (AppText(OTHER, text) for text in ODD)
    yield from (AppText(OTHER, f"I {text}") for text in ODD)


def _long(rng: random.Random) -> Iterator[AppText]:
    words = [word for text in built_in_rows().texts for word in text.split()]
    for count in (*AT_ONCE, MANY):
        text = " ".join(rng.choices(words, k=count))
        yield AppText(OTHER, text)
        yield AppText(OTHER, f"{text} th")
    for size in LONG:
        for text in ("x" * size, f"I {'x' * size}", f"I {'x' * size} was th", f"I{' ' * size}was"):
            yield AppText(OTHER, text)
