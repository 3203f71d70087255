"""Which kind of training the options ask for: each reads other data and has other ends."""

from __future__ import annotations

from typing import Final

from neurolite_core.answer.tasks import EMBEDDING, GENERATION, SPANS
from neurolite_core.data.spans import holds_spans
from neurolite_core.data.spans.reading import AUTO, FORMS
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.configurable import Effective

TEXTS: Final = "texts"
CONVERSATIONS: Final = "conversations"
WITHOUT_SPANS: Final = "none"
SPANS_GIVEN: Final = (AUTO, *FORMS, WITHOUT_SPANS)
"""What ``--spans`` takes."""


def kind_of(effective: Effective) -> str:
    """``embedding``, ``generation``, ``conversations``, ``spans`` (beside labels or alone), or ``texts`` with labels.

    Raises:
        InputError: ``--spans`` is none of its values, or JSON lines cannot be read.
    """
    values = effective.values
    spans = values["spans"]
    require_choice("--spans", spans, SPANS_GIVEN)
    if values["task"] in (EMBEDDING, GENERATION, SPANS):
        return str(values["task"])
    if values["conversation"] is not None:
        return CONVERSATIONS
    if spans == AUTO:
        return SPANS if any(map(holds_spans, values["data"])) else TEXTS
    return TEXTS if spans == WITHOUT_SPANS else SPANS
