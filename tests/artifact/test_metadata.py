"""The metadata schema: both ways, and closed to what it does not know."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurolite_core.answer.similarity import Similarity
from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import ArtifactError

METADATA = ArtifactMetadata(
    task="classification",
    labels=("yes", "nö"),
    threshold=0.55,
    max_words=256,
    max_bytes=4096,
    num_hashes=16,
    table_size=8192,
    embedding_size=96,
    parameters=1000,
    target="onnx",
    precision="int8",
    name="tiny",
    weights="random, seed 0: not trained",
    input_name="bytes",
    input_type="uint8",
    buckets=(Bucket(64, 16), Bucket(4096, 256)),
    outputs=("logits", "embedding"),
    tools={"neurolite": "0.1.0"},
    model_id="0123456789abcdef" * 2,
    similarities=(
        Similarity(48, 0.5, 12.5, -6.25, 20.0, 0.4),
        Similarity(96, 0.5, 12.0, -6.0, 20.0, 0.0),
    ),
)


MEASURED = asdict(METADATA.similarities[0])


def test_files_of_before_they_were_there_lack_the_encoders_id_and_similarities() -> None:
    values = json.loads(METADATA.to_json())
    del values["model_id"], values["similarities"]
    found = ArtifactMetadata.from_json(json.dumps(values), "f")
    assert found == replace(METADATA, model_id=None, similarities=())


def test_json_both_ways() -> None:
    assert ArtifactMetadata.from_json(METADATA.to_json(), "f") == METADATA
    assert METADATA.to_json() == ArtifactMetadata.from_json(METADATA.to_json(), "f").to_json()


def test_a_threshold_that_was_never_chosen_is_null() -> None:
    metadata = replace(METADATA, threshold=None)
    assert json.loads(metadata.to_json())["threshold"] is None
    assert ArtifactMetadata.from_json(metadata.to_json(), "f") == metadata


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema_version": 3}, "pip install -U"),
        ({"schema_version": 1}, "neurolite-train DATA.csv --out FOLDER, then neurolite-export"),
        ({"hash_version": 1}, "neurolite-train DATA.csv --out FOLDER, then neurolite-export"),
        ({"hash_version": 9}, "pip install -U"),
        ({"hash_version": None}, "must be a number"),
        ({"task": "translation"}, "task = 'translation'"),
        ({"task": "generation"}, "labels begin with"),
        ({"labels": ["a", "a"]}, "twice"),
        ({"labels": "ab"}, "labels"),
        ({"threshold": 1.0}, "threshold"),
        ({"threshold": -0.1}, "threshold"),
        ({"threshold": True}, "threshold"),
        ({"threshold": float("nan")}, "threshold"),
        (
            {"task": "embedding", "labels": [], "outputs": ["embedding"]},
            "a model without labels has none",
        ),
        ({"max_words": 0}, "max_words"),
        ({"max_bytes": True}, "max_bytes"),
        ({"precision": "int4"}, "precision"),
        ({"outputs": [1]}, "outputs"),
        ({"outputs": ["embedding"]}, "lacks the output 'logits'"),
        (
            {
                "task": "embedding",
                "labels": [],
                "threshold": None,
                "outputs": ["embedding", "tags", "offsets"],
                "spans": {"types": ["a"], "thresholds": [0]},
            },
            "has spans, which a model of embeddings does not find",
        ),
        ({"outputs": ["logits", "logits"]}, "an output twice"),
        ({"task": "embedding", "threshold": 0, "labels": []}, "labels or logits"),
        ({"task": "embedding", "threshold": 0, "outputs": ["embedding"]}, "labels or logits"),
        ({"max_bytes": 4097}, "its largest bucket fewer"),
        ({"max_bytes": 2**20, "buckets": []}, "at most 65,536"),
        ({"labels": ["a", "\ud800"]}, "half a character"),
        ({"name": ["x" * 10_000_000]}, r"^.{,300}$"),
        ({"input_type": "float32"}, "input_type"),
        ({"buckets": None}, "buckets"),
        ({"buckets": [[64, 16]]}, "buckets"),
        ({"buckets": [{"num_bytes": 64, "num_words": 0}]}, "buckets"),
        ({"buckets": [{"num_bytes": 64, "num_words": 8}] * 2}, "buckets"),
        ({"tools": {"torch": 2}}, "tools"),
        ({"model_id": "x"}, "model_id"),
        ({"model_id": "0123456789ABCDEF" * 2}, "model_id"),
        ({"similarities": None}, "similarities"),
        ({"similarities": [{"dimension": 96}]}, "similarities"),
        ({"similarities": [MEASURED | {"threshold": 1}]}, "similarities"),
        ({"similarities": [MEASURED | {"scale": 0}]}, "similarities"),
        ({"similarities": [MEASURED | {"agreement": float("nan")}]}, "similarities"),
        ({"similarities": [MEASURED, MEASURED]}, "similarities"),
        ({"similarities": [MEASURED | {"dimension": 97}]}, "more numbers than they have"),
    ],
)
def test_wrong_metadata_is_refused(change: dict[str, object], message: str) -> None:
    values = json.loads(METADATA.to_json()) | change
    with pytest.raises(ArtifactError, match=message):
        ArtifactMetadata.from_json(json.dumps(values), "model.onnx")


def test_missing_fields_are_named() -> None:
    values = json.loads(METADATA.to_json())
    del values["max_words"]
    with pytest.raises(ArtifactError, match="lacks 'max_words'"):
        ArtifactMetadata.from_json(json.dumps(values), "model.onnx")


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
_FIELDS = list(json.loads(METADATA.to_json()))


@given(field=st.sampled_from(_FIELDS), value=_JSON)
def test_any_value_is_accepted_or_refused_by_our_error(field: str, value: object) -> None:
    values = json.loads(METADATA.to_json()) | {field: value}
    try:
        found = ArtifactMetadata.from_json(json.dumps(values), "f")
    except ArtifactError:
        return
    assert json.loads(found.to_json())[field] == value


@given(st.text(max_size=64))
def test_any_text_is_refused_by_our_error(text: str) -> None:
    with pytest.raises(ArtifactError):
        ArtifactMetadata.from_json(text, "f")
