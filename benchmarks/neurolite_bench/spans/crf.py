"""A linear-chain CRF over words, prefixes and suffixes (Lafferty, McCallum and Pereira 2001), by python-crfsuite."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from neurolite_bench.spans.rows import TaggedWords
from neurolite_core.ground.extras import require

_AFFIXES: Final = (1, 2, 3, 4)  # letters
_NEIGHBOURS: Final = (-2, -1, 1, 2)
_OPTIONS: Final = {
    "c1": 0.1,
    "c2": 0.01,
    "max_iterations": 100,
    "feature.possible_transitions": True,
}


@dataclass(frozen=True, slots=True, eq=False)
class Crf:
    """A fitted model.

    Attributes:
        content: of its file; the tagger reads it as long as it lives, and does not keep it.
        tagger: of python-crfsuite, which has no types.
    """

    content: bytes
    tagger: Any

    def tag(self, words: Sequence[str]) -> list[str]:
        """The tags of a text's words."""
        found: list[str] = self.tagger.tag(features(words))
        return found


def fit_crf(rows: Sequence[TaggedWords]) -> Crf:
    """A CRF of tagged texts, fitted by L-BFGS."""
    crfsuite = require("pycrfsuite", extra="baselines")
    trainer = crfsuite.Trainer(verbose=False)
    for row in rows:
        trainer.append(features(row.words), list(row.tags))
    trainer.set_params(_OPTIONS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.crfsuite")
        trainer.train(str(path))
        content = path.read_bytes()
    tagger = crfsuite.Tagger()
    tagger.open_inmemory(content)
    return Crf(content, tagger)


def features(words: Sequence[str]) -> list[list[str]]:
    """Of each word its letters, and those of two words on either side."""
    lower = [word.lower() for word in words]
    return [_features(lower, place) for place in range(len(lower))]


def _features(words: Sequence[str], place: int) -> list[str]:
    own = words[place]
    found = ["bias", f"0={own}", f"digit={own.isdigit()}"]
    found += [f"pre={own[:size]}" for size in _AFFIXES if size <= len(own)]
    found += [f"suf={own[-size:]}" for size in _AFFIXES if size <= len(own)]
    for step in _NEIGHBOURS:
        at = place + step
        found.append(f"{step}={words[at] if 0 <= at < len(words) else '<>'}")
    if place:
        found.append(f"-1|0={words[place - 1]}|{own}")
    if place + 1 < len(words):
        found.append(f"0|1={own}|{words[place + 1]}")
    return found
