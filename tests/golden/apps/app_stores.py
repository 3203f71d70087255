"""``stores.json`` and the ``.nls`` files beside it: what is taught -> the file's bytes; questions -> answers.

``tests/golden/learning`` has more stores, of 16 numbers a vector, with the answers of all ways.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from golden.apps import app_damage
from golden.apps.app_texts import units
from learning.toy import METADATA as LARGER
from learning.toy import Toy, vector_of
from neurolite_core.answer.similarity import Similarity
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import InputError
from neurolite_core.text.words import to_bytes, truncate
from neurolite_runtimes.learning import Answer, Learner, Settings
from neurolite_runtimes.learning.header import FIXED
from neurolite_runtimes.learning.records import SUM

SIZE: Final = 8
SIMILARITY: Final = Similarity(SIZE, 0.5, 12.0, -6.0, 20.0, 0.4)
SHORT: Final = Similarity(6, 0.45, 10.0, -5.0, 16.0, 0.35)
DIGITS: Final = 6
QUERIES: Final = (
    "chess now",
    "rain now",
    "song now",
    "chess one",
    "elsewhere far",
    "alarm at six",
    "",
)

ENCODER: Final = replace(LARGER, embedding_size=SIZE, similarities=(SHORT, SIMILARITY))
CLASSIFIER: Final = replace(
    ENCODER, task="classification", labels=("alarm", "chess"), threshold=0.5, outputs=("logits", "embedding")
)  # fmt: skip
UNMEASURED: Final = replace(ENCODER, similarities=())

Operation = dict[str, Any]


def add(label: str, text: str) -> Operation:
    return {"do": "add", "label": label, "text": text}


def correct(label: str, text: str) -> Operation:
    return {"do": "correct", "label": label, "text": text}


def many(label: str, topics: tuple[str, ...], each: int) -> list[Operation]:
    """Examples of a label that lie in several places, in turn."""
    return [add(label, f"{topic} {number}") for number in range(each) for topic in topics]


PLAIN: Final = [
    *many("chess", ("chess",), 4),
    *many("rain", ("rain",), 4),
    add("song", "song one"),
]
CHANGED: Final = [
    *PLAIN,
    add("chess", "chess 1"),
    {"do": "remove", "id": 2},
    correct("rain", "drizzle five"),
    correct("chess", "rain 2"),
    add("gr\u00f6\u00dfe \U0001f44d", "gr\u00f6\u00dfe\0 \ud83d"),
    {"do": "merge", "label": "song", "into": "rain"},
    {"do": "merge", "label": "rain", "into": "weather"},
    correct("chess", "chess 1"),
    correct("alarm", "alarm at seven"),
    {"do": "forget", "label": "alarm"},
    add("song", "song two"),
    add("song", "song " + 100 * "la "),
]
REFUSALS: Final = [
    add("chess", "chess one"),
    add("chess", "   "),
    add("", "chess two"),
    add("n" * 257, "chess two"),
    add("\U0001f44d" * 256, "chess two"),
    {"do": "remove", "id": 3},
    {"do": "remove", "id": 99},
    {"do": "merge", "label": "chess", "into": "chess"},
    {"do": "merge", "label": "nothing", "into": "chess"},
    {"do": "forget", "label": "nothing"},
]

# Name -> the artifact, what the store is begun with, and what is done.
CASES: Final[Mapping[str, tuple[ArtifactMetadata, dict[str, Any], list[Operation]]]] = {
    "empty": (ENCODER, {}, []),
    "plain": (ENCODER, {}, PLAIN),
    "changed": (ENCODER, {}, CHANGED),
    "compacted": (ENCODER, {}, [*CHANGED, {"do": "compact"}]),
    "imported": (ENCODER, {}, [add("chess", "chess 1"), add("alarm", "alarm six"), {"do": "import", "file": "changed.nls"}]),
    "split": (ENCODER, {}, [*many("game", ("chess", "rain", "song"), 22), *many("alarm", ("alarm",), 3)]),
    "crowded": (
        ENCODER,
        {"settings": Settings(split_from=4, most_prototypes=2, split_gain=0.05, join_gain=0.3, rate=0.05)},
        [*many("game", ("chess", "rain", "song", "dice", "alarm"), 13), {"do": "remove", "id": 7}, *many("far", ("elsewhere",), 40)],
    ),
    "cut": (ENCODER, {"dimension": 6}, PLAIN),
    "without texts": (ENCODER, {"texts": False}, PLAIN),
    "refusals": (ENCODER, {}, REFUSALS),
    "classifier": (CLASSIFIER, {}, PLAIN),
    "classifier measured": (CLASSIFIER, {}, [*PLAIN, *many("song", ("song",), 6), correct("chess", "alarm at six")]),
    "measured": (UNMEASURED, {}, [*PLAIN, *many("song", ("song",), 6)]),
    "unmeasured": (UNMEASURED, {}, PLAIN[2:6]),
}  # fmt: skip


def file_of(name: str) -> str:
    return f"{name.replace(' ', '-')}.nls"


def hex_of(values: Any) -> str:  # noqa: ANN401  # any row of numbers
    return np.asarray(values, "<f4").tobytes().hex()


def outputs_of(text: str, metadata: ArtifactMetadata) -> dict[str, Any]:
    """What the model gives for a text: the vector as it comes, and a classifier's logits."""
    data, _ = truncate(to_bytes(text), metadata.max_bytes)
    found: dict[str, Any] = {"vector": hex_of(vector_of(data, SIZE))}
    if metadata.labels:
        found["logits"] = [
            4.0 if data.startswith(name.encode()) else -4.0 for name in metadata.labels
        ]
    return found


def rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)


def answered(found: Answer) -> dict[str, Any]:
    """An answer, with evidence as id, label, cosine, and the text as UTF-16 units (null without texts)."""
    sides = {
        name: None
        if side is None
        else {"label": side.label, "score": rounded(side.score), "in_scope": rounded(side.in_scope)}
        for name, side in (("learned", found.learned), ("trained", found.trained))
    }
    return {
        "label": found.label,
        "score": rounded(found.score),
        "in_scope": rounded(found.in_scope),
        "abstained": found.abstained,
        "source": found.source,
        **sides,
        "evidence": [[item.id, item.label, rounded(item.cosine)] for item in found.evidence],
    }


def done(learner: Learner, operation: Operation, folder: Path) -> dict[str, Any]:
    """Does it; what came of it."""
    match operation["do"]:
        case "add":
            return {"id": learner.add(operation["label"], operation["text"])}
        case "correct":
            return {"id": learner.correct(operation["text"], operation["label"])}
        case "remove":
            learner.remove(operation["id"])
        case "merge":
            learner.merge(operation["label"], operation["into"])
        case "forget":
            learner.forget(operation["label"])
        case "import":
            return {"ids": learner.merge_store(folder / operation["file"])}
        case _:
            learner.compact()
    return {}


def record_bytes(path: Path) -> int:
    """Of a file, what is behind its header, whose JSON every language may write in its own way."""
    content = path.read_bytes()
    length: int = FIXED.unpack_from(content)[2]
    return len(content) - FIXED.size - length - SUM.size


def operated(learner: Learner, operation: Operation, path: Path) -> dict[str, Any]:
    """An operation with what the model says of its text, what came of it, and then the bytes of the file's records."""
    told = {key: value for key, value in operation.items() if key != "text"}
    if "text" in operation:
        text = operation["text"]
        told["utf16"] = units(text)
        told |= outputs_of(text, learner.session.metadata)
    try:
        told |= done(learner, operation, path.parent)
    except InputError:
        told["refused"] = True
    return told | {"record_bytes": record_bytes(path)}


def asked(learner: Learner, query: str) -> dict[str, Any]:
    """A question; an empty one is a text without words."""
    told: dict[str, Any] = {"query": query, **outputs_of(query, learner.session.metadata)}
    try:
        return told | answered(learner.classify(query))
    except InputError:
        return told | {"refused": True}


def case(name: str, folder: Path) -> dict[str, Any]:
    """One of ``CASES``."""
    return made_case(name, folder, *CASES[name])


def made_case(
    name: str,
    folder: Path,
    metadata: ArtifactMetadata,
    options: Mapping[str, Any],
    operations: list[Operation],
) -> dict[str, Any]:
    """One store: written, and asked."""
    path = folder / file_of(name)
    path.unlink(missing_ok=True)
    with Learner.open(Toy(metadata), path, **options) as learner:
        header = learner.memory.header
        steps = [operated(learner, operation, path) for operation in operations]
        queries = [asked(learner, query) for query in QUERIES]
        return {
            "name": name,
            "file": path.name,
            "measures": header.similarity is None or header.own_first,
            "artifact": {
                "model_id": metadata.model_id,
                "name": metadata.name,
                "embedding_size": metadata.embedding_size,
                "max_bytes": metadata.max_bytes,
                "similarities": [asdict(item) for item in metadata.similarities],
                "labels": list(metadata.labels),
                "threshold": metadata.threshold,
            },
            "begin": {
                "dimension": header.dimension,
                "texts": header.texts,
                "settings": asdict(header.settings),
            },
            "operations": steps,
            "labels": [[item.name, item.examples, item.prototypes] for item in learner.labels()],
            "examples": [[item.id, item.label] for item in learner.examples()],
            "queries": queries,
        }


def halves() -> list[list[str]]:
    """float32 -> float16: to the nearest, of equals the even one."""
    values = np.array(
        [0, -0.0, 1, -1, 0.1, 1 / 3, 2**-14, 2**-15, 2**-24, 2**-25, 3 * 2**-25, 1e-9, 0.99975586, 0.99951, 1 + 2**-11,
         1 + 3 * 2**-11, -0.33331299, 6.097e-5, 6.1e-5, 5.96e-8, 0.70710678],
        "<f4",
    )  # fmt: skip
    return [[hex_of([value]), np.array([value], "<f2").tobytes().hex()] for value in values]


def made(folder: Path) -> dict[str, Any]:
    """All of it; files go into the folder."""
    cases = [case(name, folder) for name in CASES]
    plain = (folder / file_of("plain")).read_bytes()
    return {
        "tolerance": 2e-5,
        "halves": halves(),
        "cases": cases,
        **app_damage.made(plain, (folder / file_of("changed")).read_bytes(), ENCODER),
    }
