"""A linear-chain CRF over words, prefixes and suffixes (Lafferty, McCallum and Pereira 2001), by python-crfsuite."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
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


def fit_crf(rows: Sequence[TaggedWords]) -> Any:  # noqa: ANN401  # python-crfsuite has no types
    """A tagger with ``tag(features of a text)``, fitted by L-BFGS."""
    crfsuite = require("pycrfsuite", extra="baselines")
    trainer = crfsuite.Trainer(verbose=False)
    for row in rows:
        trainer.append(features(row.words), list(row.tags))
    trainer.set_params(_OPTIONS)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.crfsuite")
        trainer.train(str(path))
        tagger = crfsuite.Tagger()
        tagger.open_inmemory(path.read_bytes())
    return tagger


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
