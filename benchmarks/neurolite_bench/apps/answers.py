"""Python's answers to the texts, as lines of JSON; every platform's tool prints its own in the same form."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.text.words import to_bytes
from neurolite_runtimes import Conversation, Outputs, Session, run
from neurolite_runtimes.generating import writer_of
from neurolite_runtimes.records import RECORDS, Asked, embeddings

LIMIT: Final = 2**28  # bytes of a file of answers
VECTORS: Final = ("logits", "embedding")
OFFERS: Final = ("suggest", "complete", "offer")  # what a generator is asked of a text
COUNT: Final = 6  # of each: as many as the app for Android asks for

Answers = dict[int, dict[str, Any]]


def answers_of(
    session: Session, texts: Sequence[str], turns: int | None = None
) -> Iterator[dict[str, Any]]:
    """What ``neurolite-run`` says of each text, with its logits' or its vector's bits.

    Args:
        session: of a file of any task.
        texts: N strings.
        turns: every so many texts are the turns of a conversation, each remembered; None: each stands alone.

    Raises:
        InputError: the file keeps no state, and there are turns.
    """
    metadata = session.metadata
    conversation = None if turns is None else Conversation(session)
    for index, text in enumerate(texts):
        if conversation is None or turns is None:
            outputs = run(session, [text])
        else:
            if index % turns == 0:
                conversation.forget()
            outputs = conversation.remember(text)
        (answer,) = _records(outputs, metadata)
        found: dict[str, Any] = {"index": index, **answer}
        for name in VECTORS:
            if name in outputs.values and (name == "logits" or "logits" not in outputs.values):
                found[name] = outputs.values[name][0].astype("<f4").tobytes().hex()
        if outputs.rules is not None:
            fired = zip(metadata.rules, outputs.rules[0], strict=True)
            found["rules"] = [rule.name for rule, one in fired if one]
        found |= {"words": int(outputs.words[0]), "truncated": bool(outputs.truncated[0])}
        yield found


def offers_of(session: Session, texts: Sequence[str]) -> Iterator[dict[str, Any]]:
    """What a generator suggests, completes and offers behind each text, one after the other: pieces and their scores.

    Raises:
        InputError: it is no generator.
    """
    writer = writer_of(session, session.metadata.name)
    asked = (writer.suggest, writer.complete, writer.offer)
    for index, text in enumerate(texts):
        data = to_bytes(text)
        found = {
            name: [[item.piece.decode("utf-8", "replace"), item.score] for item in ask(data, COUNT)]
            for name, ask in zip(OFFERS, asked, strict=True)
        }
        yield {"index": index, **found}


def _records(outputs: Outputs, metadata: ArtifactMetadata) -> list[dict[str, Any]]:
    if metadata.task not in RECORDS:
        return [{} for _ in embeddings(outputs.values["embedding"])]
    asked = Asked(top=None, embed=False, threshold=metadata.threshold, explain=False)
    return RECORDS[metadata.task](outputs, metadata, asked)


def read_answers(path: Path) -> Answers:
    """A platform's lines, by their index.

    Raises:
        InputError: no lines of JSON objects, an index twice or none, or values that no answer has.
    """
    found: Answers = {}
    for number, line in enumerate(read_limited(path, LIMIT).splitlines(), 1):
        try:
            answer = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise InputError(
                f"{path}, line {number} is no JSON; give a line for each text."
            ) from error
        problem = _problem(answer, found)
        if problem is not None:
            raise InputError(f"{path}, line {number}: {problem}.")
        found[answer["index"]] = answer
    return found  # fmt: skip


def _problem(answer: object, before: Mapping[int, Any]) -> str | None:
    if not isinstance(answer, dict) or type(answer.get("index")) is not int:
        return 'it is no object with a whole number "index"'
    if answer["index"] in before:
        return f"index {answer['index']} stands twice"
    for name in VECTORS:
        if name in answer and vector_of(answer, name) is None:
            return f"{name} are not float32 in hex"
    for name in OFFERS:
        if name in answer and not _are_offers(answer[name]):
            return f"{name} are no list of pieces, each with its score"
    score = answer.get("score")
    if score is not None and not (isinstance(score, int | float) and math.isfinite(score)):
        return "score is no number"
    return None


def _are_offers(values: object) -> bool:
    return isinstance(values, list) and all(
        isinstance(item, list)
        and len(item) == 2  # a piece and its score
        and isinstance(item[0], str)
        and isinstance(item[1], int | float)
        and math.isfinite(item[1])
        for item in values
    )


def vector_of(answer: Mapping[str, Any], name: str) -> np.ndarray[Any, np.dtype[np.float32]] | None:
    """Float32 [C] of an answer's hex; None where it has none, or it is none."""
    text = answer.get(name)
    try:
        return np.frombuffer(bytes.fromhex(text), "<f4") if isinstance(text, str) else None
    except ValueError:
        return None
