"""What an exported file says of itself: one schema, one JSON text, carried inside every target.

ONNX keeps it in ``metadata_props``, later targets in their own user fields, always under
``METADATA_KEY``. Readers refuse a schema or hash version that they do not know, so an old app
never reads a new file wrongly.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from itertools import pairwise
from typing import Any, Final, Self

from neurolite_core.answer.labels import check_labels
from neurolite_core.answer.outputs import OFFSETS, TAGS
from neurolite_core.answer.scores import check_threshold
from neurolite_core.answer.similarity import Similarity, is_similarity
from neurolite_core.answer.tasks import (
    ANSWERINGS,
    EMBEDDING,
    GENERATION,
    SPANS,
    check_task_threshold,
)
from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.exit_facts import ExitFacts, exit_facts_of, is_exit_facts
from neurolite_core.artifact.outputs import DEPTH, RULES, WORDS
from neurolite_core.artifact.rule_facts import RuleFact, is_rule_facts
from neurolite_core.artifact.span_facts import SpanFacts, is_span_facts, span_facts_of
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.ground.values import shown
from neurolite_core.hashing.words import HASH_VERSION
from neurolite_core.network.state_spec import MOST_NAMES, StateSpec, check_specs
from neurolite_core.text.vocabulary import Vocabulary
from neurolite_core.text.words import MAX_BYTES

METADATA_KEY: Final = "neurolite"
SCHEMA_VERSION: Final = 2
PRECISIONS: Final = ("float32", "float16", "int8")
INPUT_TYPES: Final = ("uint8", "int32", "string")
TASKS: Final = (*ANSWERINGS, EMBEDDING, SPANS)
ID_DIGITS: Final = 32
_MODEL_ID: Final = re.compile(f"[0-9a-f]{{{ID_DIGITS}}}")
_MOST_CUTS: Final = 64
# What is older than this release has other features, which only training makes anew.
_AGAIN: Final = (
    "Make it anew: neurolite-train DATA.csv --out FOLDER, then neurolite-export --checkpoint FOLDER"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArtifactMetadata:
    """The facts a runtime needs, and those a person asks for.

    Attributes:
        schema_version: of this record.
        hash_version: of docs/hash-spec.md.
        task: one of ``TASKS``.
        labels: C names in the order of the logits; empty for embeddings, a vocabulary's entries for generation.
        threshold: an app does not act on a text whose scope score is below it; 0 answers every text. None where the
            model was not given one: it had too few rows, none at all, or has no labels. It then cannot abstain.
            In the task "multi_label" it is never None, and says something else: a text is given the labels whose
            sigmoid(logit) is at least this.
        max_words: words that the graph reads; it reports how many there were.
        max_bytes: bytes that a runtime feeds at most; longer texts are cut at a word border.
        num_hashes, table_size: of the projection.
        embedding_size: H, length of the ``embedding`` output.
        parameters: trained numbers in the reference model.
        target: file format, such as ``onnx``.
        precision: one of ``PRECISIONS``; what it covers is in the parity report.
        name: of the preset or checkpoint.
        weights: where the weights came from, in words.
        model_id: which encoder it is: a digest of the reference's weights without the head, the same in every target
            and precision (``model_id_of``), hex; None in files of before there was one. Vectors of one id compare.
        similarities: what cosines of vectors mean, for each length to which they may be cut, the shortest first;
            empty where nobody measured it.
        rules: in the order of the output ``rules``, int32 [N, R], 1 for each that fired; empty without rules.
        spans: the types of spans that the words' output ``tags`` is about, and their thresholds; None without spans.
        exits: when layers before the last answer; None, and no key of the JSON, where they never do.
        input_name: the byte input, [N, T], zero-padded UTF-8.
        input_type: its type, one of ``INPUT_TYPES``; a ``string`` input is [N].
        buckets: fixed shapes that the file offers, smallest first, N = 1; empty where N and T are free.
        outputs: names of the outputs, in order.
        state: what the graph keeps from one call to the next: each is an input of its name, and an output of its
            ``next_name``; empty where every text stands alone.
        tools: package versions that made the file.
    """

    schema_version: int = SCHEMA_VERSION
    hash_version: int = HASH_VERSION
    task: str
    labels: tuple[str, ...]
    threshold: float | None
    max_words: int
    max_bytes: int
    num_hashes: int
    table_size: int
    embedding_size: int
    parameters: int
    target: str
    precision: str
    name: str
    weights: str
    model_id: str | None = None
    similarities: tuple[Similarity, ...] = ()
    rules: tuple[RuleFact, ...] = ()
    spans: SpanFacts | None = None
    exits: ExitFacts | None = None
    input_name: str
    input_type: str
    buckets: tuple[Bucket, ...]
    outputs: tuple[str, ...]
    state: tuple[StateSpec, ...] = ()
    tools: Mapping[str, str]

    def to_json(self) -> str:
        """One line of JSON, keys sorted: equal metadata gives equal bytes."""
        values = asdict(self)
        if self.exits is None:
            del values["exits"]
        return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str, source: str) -> Self:
        """Reads and checks metadata from a file that may come from anywhere.

        Args:
            text: the JSON.
            source: the file's name, for messages.

        Raises:
            ArtifactError: damaged, of a newer schema or hash version, or inconsistent.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ArtifactError(
                f"{source}: its NeuroLite metadata is not valid JSON. Export the model again."
            ) from error
        if not isinstance(values, dict):
            raise ArtifactError(f"{source}: its NeuroLite metadata is not a JSON object.")
        _check_version(values, "schema_version", SCHEMA_VERSION, source)
        _check_version(values, "hash_version", HASH_VERSION, source)
        names = [item.name for item in fields(cls)]
        for name in names:
            if name not in values and name in _ABSENT:
                values[name] = _ABSENT[name]
            if name not in values:
                raise ArtifactError(
                    f"{source}: its metadata lacks {name!r}. Export the model again."
                )
            if not _CHECKS[name](values[name]):
                raise ArtifactError(
                    f"{source}: its metadata has {name} = {shown(values[name])}, which cannot be. "
                    "Export the model again."
                )
        known = {name: values[name] for name in names}
        known["labels"] = tuple(known["labels"])
        known["outputs"] = tuple(known["outputs"])
        known["buckets"] = tuple(Bucket(**item) for item in known["buckets"])
        known["similarities"] = tuple(Similarity(**item) for item in known["similarities"])
        try:
            known["state"] = check_specs([_spec_of(item) for item in known["state"]])
        except InputError as error:
            raise ArtifactError(f"{source}: {error} Export the model again.") from error
        known["rules"] = tuple(
            RuleFact(**item | {"labels": tuple(item["labels"])}) for item in known["rules"]
        )
        known["spans"] = span_facts_of(known["spans"])
        known["exits"] = exit_facts_of(known["exits"])
        _check_together(known, source)
        try:
            _check_labels(known["task"], known["labels"])
            check_task_threshold(known["task"], known["threshold"])
            known["threshold"] = check_threshold(known["threshold"], known["labels"])
        except InputError as error:
            raise ArtifactError(f"{source}: {error}") from error
        return cls(**known)


def _check_labels(task: str, labels: tuple[str, ...]) -> None:
    if task in ANSWERINGS:
        check_labels(labels)
    if task == GENERATION:
        Vocabulary(labels)


def _check_together(known: Mapping[str, Any], source: str) -> None:
    """What no single field can be wrong in."""
    outputs = known["outputs"]
    classifies = known["task"] in ANSWERINGS
    needed = "logits" if classifies else TAGS if known["task"] == SPANS else "embedding"
    problem = None
    if needed not in outputs:
        problem = f"lacks the output {needed!r}"
    elif len(set(outputs)) < len(outputs):
        problem = "names an output twice"
    elif not classifies and (known["labels"] or "logits" in outputs):
        problem = f"has labels or logits, which a model of the task {known['task']!r} has not"
    elif known["buckets"] and known["buckets"][-1].num_bytes < known["max_bytes"]:
        problem = f"takes {known['max_bytes']:,} bytes, but its largest bucket fewer"
    elif any(item.dimension > known["embedding_size"] for item in known["similarities"]):
        problem = "cuts vectors to more numbers than they have"
    elif known["max_bytes"] > MAX_BYTES:
        problem = f"takes {known['max_bytes']:,} bytes; at most {MAX_BYTES:,} are allowed"
    problem = problem or _problem_of_parts(known)
    if problem:
        raise ArtifactError(f"{source}: its metadata {problem}. Export the model again.")


def _problem_of_parts(known: Mapping[str, Any]) -> str | None:
    """What is wrong in a state or in rules beside the rest."""
    outputs, rules = known["outputs"], known["rules"]
    states = {name for spec in known["state"] for name in (spec.name, spec.next_name)}
    if states & {known["input_name"], *outputs, WORDS}:
        return "names a state like an input or output of another kind"
    if bool(rules) != (RULES in outputs):
        return "has rules without an output of them, or an output without rules"
    if known["spans"] is not None and known["task"] == EMBEDDING:
        return "has spans, which a model of embeddings does not find"
    if any((known["spans"] is not None) != (name in outputs) for name in (TAGS, OFFSETS)):
        return "has spans without the outputs of their words, or such an output without spans"
    if (known["exits"] is not None) != (DEPTH in outputs):
        return "has exits without an output of the depth, or such an output without exits"
    if not {label for rule in rules for label in rule.labels} <= {*known["labels"]}:
        return "has rules on labels that it has not"
    return None


def _check_version(values: dict[str, Any], name: str, known: int, source: str) -> None:
    found = values.get(name)
    if not isinstance(found, int) or not _is_count(found):
        raise ArtifactError(f"{source}: its metadata has {name} = {found!r}; it must be a number.")
    if found != known:
        raise ArtifactError(
            f"{source} has {name} {found}; this release reads {known}. "
            + ("Upgrade: pip install -U neurolite" if found > known else _AGAIN)
        )


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value < 2**31


def _is_fraction_or_none(value: object) -> bool:
    if value is None:
        return True
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_buckets(value: object) -> bool:
    """Growing, and the last one takes every text; an empty list is no buckets."""
    if not isinstance(value, list):
        return False
    names = {item.name for item in fields(Bucket)}
    if not all(isinstance(item, dict) and item.keys() == names for item in value):
        return False
    rows = [(item["num_bytes"], item["num_words"]) for item in value]
    if not all(_is_count(number) for row in rows for number in row):
        return False
    return all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(rows))


def is_model_id(value: object) -> bool:
    """Whether a value from anywhere has the form of an encoder's id."""
    return isinstance(value, str) and _MODEL_ID.fullmatch(value) is not None


def _is_model_id_or_none(value: object) -> bool:
    return value is None or is_model_id(value)


def _is_similarities(value: object) -> bool:
    """Of growing lengths."""
    if not isinstance(value, list) or len(value) > _MOST_CUTS:
        return False
    return all(is_similarity(item) for item in value) and all(
        a["dimension"] < b["dimension"] for a, b in pairwise(value)
    )


def _is_states(value: object) -> bool:
    if not isinstance(value, list) or len(value) > MOST_NAMES:
        return False
    names = {item.name for item in fields(StateSpec)}
    return all(
        isinstance(item, dict) and item.keys() == names and isinstance(item["shape"], list)
        for item in value
    )


def _spec_of(item: Mapping[str, Any]) -> StateSpec:
    return StateSpec(**{**item, "shape": tuple(item["shape"])})


def _is_versions(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


# What files of schema 2 may lack, as it came later and changes no answer.
_ABSENT: Final[Mapping[str, object]] = {
    "model_id": None,
    "similarities": [],
    "state": [],
    "rules": [],
    "spans": None,
    "exits": None,
}
_CHECKS: Final[Mapping[str, Callable[[object], bool]]] = {
    "schema_version": _is_count,
    "hash_version": _is_count,
    "task": TASKS.__contains__,
    "labels": _is_texts,
    "threshold": _is_fraction_or_none,
    "max_words": _is_count,
    "max_bytes": _is_count,
    "num_hashes": _is_count,
    "table_size": _is_count,
    "embedding_size": _is_count,
    "parameters": _is_count,
    "target": _is_text,
    "precision": PRECISIONS.__contains__,
    "name": _is_text,
    "weights": _is_text,
    "model_id": _is_model_id_or_none,
    "similarities": _is_similarities,
    "rules": is_rule_facts,
    "spans": is_span_facts,
    "exits": is_exit_facts,
    "input_name": _is_text,
    "input_type": INPUT_TYPES.__contains__,
    "buckets": _is_buckets,
    "outputs": _is_texts,
    "state": _is_states,
    "tools": _is_versions,
}
