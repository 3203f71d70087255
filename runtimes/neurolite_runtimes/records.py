"""What ``neurolite-run`` says of a text, beside the text itself: the answer of each task, and an embedding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.answer.scores import scope_scores
from neurolite_core.answer.tasks import (
    CLASSIFICATION,
    GENERATION,
    MULTI_LABEL,
    SEVERAL_THRESHOLD,
    SPANS,
)
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.outputs import DEPTH, EXPERT
from neurolite_core.artifact.rule_facts import overruled
from neurolite_core.text.words import truncate
from neurolite_runtimes.answers import (
    Answer,
    abstains,
    given_answers,
    refused_by_rules,
    top_answers,
)
from neurolite_runtimes.session import Float32Array, Outputs, Session
from neurolite_runtimes.spans import Span, spans_of

_SCORE_DIGITS: Final = 6
_VECTOR_DIGITS: Final = 7

Records = list[dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is wanted of each text.

    Attributes:
        top: so many best labels; None for the answer alone.
        embed: the vector in place of labels.
        threshold: that is in force.
        explain: which rules fired.
        before: of a conversation, the turns before the first text; None where each text stands alone.
    """

    top: int | None
    embed: bool
    threshold: float | None
    explain: bool
    before: int | None = None


def one_label(outputs: Outputs, metadata: ArtifactMetadata, asked: Asked) -> Records:
    """The best label of each text, whether the model abstains, and with two or more the ``top`` best."""
    logits, labels, threshold = outputs.values["logits"], metadata.labels, asked.threshold
    count = asked.top or 1
    in_scope, refused = scope_scores(logits), abstains(logits, threshold)
    unknown = [None] * len(logits) if refused is None else refused.tolist()
    found = []
    for row, score, abstained in zip(
        top_answers(logits, labels, count), in_scope, unknown, strict=True
    ):
        entries = _entries(row)
        answer = entries[0] | {
            "in_scope": round(float(score), _SCORE_DIGITS),
            "abstained": abstained,
        }
        found.append(answer | ({"top": entries} if count > 1 else {}))
    if outputs.rules is not None:
        for answer, refused_too in zip(found, refused_by_rules(logits), strict=True):
            answer["abstained"] = True if refused_too else answer["abstained"]
    return found


def several_labels(outputs: Outputs, metadata: ArtifactMetadata, asked: Asked) -> Records:
    """The labels that each text is given, and where asked for the ``top`` best, given or not."""
    logits, labels, top = outputs.values["logits"], metadata.labels, asked.top
    limit = SEVERAL_THRESHOLD if asked.threshold is None else asked.threshold
    found: Records = [{"labels": _entries(row)} for row in given_answers(logits, labels, limit)]
    if top is not None:
        for record, row in zip(
            found, top_answers(logits, labels, top, task=MULTI_LABEL), strict=True
        ):
            record["top"] = _entries(row)
    return found


def embeddings(vectors: Float32Array) -> Records:
    """The vector of each text."""
    return [{"embedding": [round(float(x), _VECTOR_DIGITS) for x in row]} for row in vectors]


def nothing(outputs: Outputs, metadata: ArtifactMetadata, asked: Asked) -> Records:  # noqa: ARG001
    """Of a model of spans alone, which says nothing of a text as a whole."""
    return [{} for _ in outputs.words]


# Task -> what its model says of each text as a whole.
RECORDS: Final[Mapping[str, Callable[[Outputs, ArtifactMetadata, Asked], Records]]] = (
    MappingProxyType(
        {
            CLASSIFICATION: one_label,
            MULTI_LABEL: several_labels,
            SPANS: nothing,
            GENERATION: one_label,
        }
    )
)


def records_of(
    session: Session, texts: Sequence[bytes], outputs: Outputs, asked: Asked
) -> Iterator[dict[str, Any]]:
    """One object for each text, in their order.

    Args:
        session: that answered.
        texts: N, as they were given.
        outputs: of them.
        asked: what is wanted.
    """
    metadata = session.metadata
    if asked.embed:
        answers = embeddings(outputs.values["embedding"])
    else:
        answers = RECORDS[metadata.task](outputs, metadata, asked)
        if metadata.spans is not None:
            for answer, own in zip(answers, spans_of(outputs, texts, metadata), strict=True):
                answer["spans"] = [_span(span) for span in own]
    for position, (data, answer) in enumerate(zip(texts, answers, strict=True)):
        read, _ = truncate(data, metadata.max_bytes)
        yield {
            "text": read.decode("utf-8", "replace"),
            **answer,
            "words": int(outputs.words[position]),
            "truncated": bool(outputs.truncated[position]),
            **({} if asked.before is None else {"turn": asked.before + position + 1}),
            **(
                {EXPERT: outputs.values[EXPERT][position].tolist()}
                if EXPERT in outputs.values
                else {}
            ),
            **({DEPTH: int(outputs.values[DEPTH][position])} if DEPTH in outputs.values else {}),
            **({"rules": explained(metadata, outputs, position)} if asked.explain else {}),
            **({} if session.sealed else {"sealed": False}),
        }


def explained(metadata: ArtifactMetadata, outputs: Outputs, position: int) -> Records:
    """The rules that fired of one text, the strongest first: name, effect, reason, and whether it was overruled."""
    assert outputs.rules is not None  # noqa: S101  # the file has rules
    fired = [bool(one) for one in outputs.rules[position]]
    lost = overruled(metadata.rules, fired, several=metadata.task == MULTI_LABEL)
    found = [(rule, lost[at]) for at, rule in enumerate(metadata.rules) if fired[at]]
    return [
        {"name": rule.name, "does": rule.does(), "reason": rule.reason, "overruled": over}
        for rule, over in sorted(found, key=lambda pair: -pair[0].strength)
    ]


def _span(span: Span) -> dict[str, Any]:
    return asdict(span) | {"score": round(span.score, _SCORE_DIGITS)}


def _entries(row: Sequence[Answer]) -> Records:
    return [{"label": item.label, "score": round(item.score, _SCORE_DIGITS)} for item in row]
