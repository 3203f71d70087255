"""Writes the stores and answers that every platform's learner is held to; docs/learning.md says what they mean.

Run ``python tests/golden/learning/make.py`` after a change of the format or of how answers come about, and never
otherwise. Each ``NAME.nls`` has its ``NAME.json``: queries as float32 vectors in hex, little-endian, already cut, and
what a learner has to answer.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from learning.toy import METADATA, SIMILARITY, SIZE, TRAINED, UNMEASURED, Toy, vector_of
from neurolite_runtimes.learning import WAYS, Learner, Settings

HERE = Path(__file__).parent
WORDS = ("one", "two", "three", "four", "five", "six")
QUERIES = (
    "chess now",
    "rain now",
    "song now",
    "chess one",
    "elsewhere far",
    "rain two",
    "alarm at six",
)
DIGITS = 5


def teach(learner: Learner, *labels: str, each: int = 6) -> None:
    """The first words of each label."""
    learner.add_all((label, f"{label} {word}") for label in labels for word in WORDS[:each])


def plain(learner: Learner) -> None:
    """Three labels of different sizes, and the encoder says what cosines mean."""
    teach(learner, "chess", "rain", each=4)
    learner.add("song", "song one")


def changed(learner: Learner) -> None:
    """Every kind of record, none of them compacted away."""
    teach(learner, "chess", "rain", "drizzle", each=4)
    learner.remove(2)
    learner.merge("drizzle", "rain")
    learner.used(1, 3)
    learner.used(5, reward=-0.5)
    learner.correct("rain five", "chess")
    learner.correct("chess one", "rain")
    learner.add("größe", "größe\0 \xff")
    learner.fit()
    learner.used(4)


def measured(learner: Learner) -> None:
    """Nothing comes with the encoder, so that the store measures itself."""
    teach(learner, "chess", "rain", "song", "alarm")


def split(learner: Learner) -> None:
    """A label whose texts lie in two places."""
    learner.add_all(
        ("game", f"{topic} {number}") for number in range(8) for topic in ("chess", "rain")
    )
    teach(learner, "song")


def unmeasured(learner: Learner) -> None:
    """Too few examples to say how sure an answer is, and no texts."""
    teach(learner, "chess", "rain", each=2)


CUT = replace(METADATA, similarities=(replace(SIMILARITY, dimension=8, scale=10.0), SIMILARITY))
Case = tuple[Callable[[Learner], None], Any, dict[str, Any]]
# Those of the first stores: files that exist keep theirs.
SETTINGS = Settings(split_gain=0.25, focus=8.0)
CASES: Mapping[str, Case] = {
    "plain": (plain, METADATA, {}),
    "changed": (changed, METADATA, {}),
    "measured": (measured, UNMEASURED, {}),
    "split": (split, METADATA, {"settings": replace(SETTINGS, split_from=8)}),
    "unmeasured": (unmeasured, UNMEASURED, {"texts": False}),
    "cut": (plain, CUT, {"dimension": 8}),
    "classifier": (plain, TRAINED, {}),
}


def rounded(value: float | None) -> float | None:
    """Of a probability or a cosine; platforms may differ in the last digit."""
    return None if value is None else round(value, DIGITS)


def answers(learner: Learner, query: str) -> dict[str, Any]:
    """What a learner says of a text's vector."""
    dimension = learner.memory.header.dimension
    whole = vector_of(query.encode())[:dimension].astype(np.float64)
    vector = (whole / np.linalg.norm(whole)).astype(np.float32)
    logits = None
    if learner.session.metadata.labels:
        labels = learner.session.metadata.labels
        logits = np.array(
            [4.0 if query.startswith(label) else -4.0 for label in labels], np.float32
        )
    found = learner.answer_vector(vector, logits)
    return {
        "vector": vector.astype("<f4").tobytes().hex(),
        "logits": None if logits is None else logits.tolist(),
        "label": found.label,
        "score": rounded(found.score),
        "in_scope": rounded(found.in_scope),
        "abstained": found.abstained,
        "source": found.source,
        "by": found.by,
        "evidence": [[item.id, rounded(item.cosine)] for item in found.evidence],
    }


def expected(name: str, folder: Path) -> dict[str, Any]:
    """The answers to a store that is there, in every way, and what is in it."""
    metadata = CASES[name][1]
    ways = {}
    for way in WAYS:
        with Learner.open(Toy(metadata), folder / f"{name}.nls", write=False, way=way) as learner:
            ways[way] = [answers(learner, query) for query in QUERIES]
            labels = [[item.name, item.examples, item.prototypes] for item in learner.labels()]
            strengths = [[item.id, rounded(item.strength)] for item in learner.examples()]
    trained = {"labels": list(metadata.labels), "threshold": metadata.threshold}
    return {"trained": trained, "labels": labels, "strengths": strengths, "answers": ways}


def make(name: str, folder: Path) -> None:
    """Writes a store and its answers."""
    teach_it, metadata, options = CASES[name]
    (folder / f"{name}.nls").unlink(missing_ok=True)
    settings = {"settings": SETTINGS, **options}
    with Learner.open(Toy(metadata), folder / f"{name}.nls", **settings) as learner:
        teach_it(learner)
    text = json.dumps(expected(name, folder), ensure_ascii=False, indent=1)
    (folder / f"{name}.json").write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    for case in CASES:
        make(case, HERE)
    assert METADATA.embedding_size == SIZE
