"""The report of a model that finds spans and has no labels; docs/report-schema.md describes its JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from neurolite_core.answer.tasks import SPANS
from neurolite_core.evaluation.report import SCHEMA_VERSION
from neurolite_core.evaluation.spans.part import SpansPart


@dataclass(frozen=True, slots=True, kw_only=True)
class SpansReport:
    """How well a model finds spans on one split, and what it gets wrong.

    Attributes:
        schema_version: of this record.
        task: "spans".
        split: name of the texts, such as ``test``.
        texts: N.
        spans: everything that was measured.
        training: how the model came about, as the training wrote it.
        measured: what was measured, with what, and on what data, where an exported file was.
    """

    schema_version: int = SCHEMA_VERSION
    task: str = SPANS
    split: str
    texts: int
    spans: SpansPart
    training: Mapping[str, Any]
    measured: Mapping[str, Any]


def build_spans_report(
    part: SpansPart,
    texts: int,
    *,
    training: Mapping[str, Any] | None = None,
    measured: Mapping[str, Any] | None = None,
    split: str = "test",
) -> SpansReport:
    """The report of what ``build_spans_part`` measured.

    Args:
        part: what was measured.
        texts: N, on how many.
        training: how the model came about.
        measured: what was measured, with what and on what.
        split: what these texts are.
    """
    return SpansReport(
        split=split,
        texts=texts,
        spans=part,
        training=dict(training or {}),
        measured=dict(measured or {}),
    )
