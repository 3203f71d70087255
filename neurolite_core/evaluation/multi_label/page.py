"""What the pages of a report of several labels a text show beside its own values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from neurolite_core.evaluation.abstention import FEWEST_OF_A_LABEL
from neurolite_core.evaluation.report_page import experts_of, facts_of, listed_names
from neurolite_core.evaluation.spans.part_page import derived_of_part


def derived_of_sets(report: Mapping[str, Any]) -> dict[str, Any]:
    """Facts of the training, sentences about the thresholds, and sets of labels as lines of text.

    Returns:
        "facts" and "experts" as of ``report_page.derived_of``; "choice": sentences about how thresholds were chosen;
        "wrong": for each of the mistakes text, missed, wrong and right labels with their scores; "unlike": for each of
        the differences text, truth, this and the other answer; and what ``derived_of_part`` gives.
    """
    against = report["against"]
    return {
        "facts": facts_of(report),
        "experts": experts_of(report),
        "choice": list(choice_of(report["training"].get("thresholds"))),
        "wrong": [
            {"text": row["text"]}
            | {name: _scored(row[name]) for name in ("missed", "wrong", "right")}
            for row in report["mistakes"]
        ],
        "unlike": [
            {"text": row["text"]}
            | {name: _joined(row[name]) for name in ("truth", "answer", "other_answer")}
            for row in (against["differences"] if against else ())
        ],
        **derived_of_part(report),
    }


def choice_of(chosen: Mapping[str, Any] | None) -> Iterator[str]:
    """What a training says of its thresholds, nothing where it says nothing."""
    if not chosen:
        return
    if chosen["cross_fitted"]:
        validation = "on the validation rows and " if chosen.get("validation", 1) else ""
        yield (
            f"The thresholds were chosen {validation}on {chosen['cross_fitted']:,} training rows as models that did not "
            "learn them answered these."
        )
    if chosen["together"]:
        yield (
            f"Too few rows ({FEWEST_OF_A_LABEL} it takes) for a threshold of their own: "
            f"{listed_names(chosen['together'])}. "
            + (
                f"They have one together, chosen by {chosen['together_texts']:,} rows."
                if chosen["together_texts"]
                else "They are given from a probability of 0.5 on."
            )
        )


def _scored(labels: Sequence[Mapping[str, Any]]) -> str:
    return _joined(
        [
            row["label"] if row["score"] is None else f"{row['label']} {row['score']:.2f}"
            for row in labels
        ]
    )


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names) or "-"
