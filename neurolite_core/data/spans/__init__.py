"""Texts with spans, from three ways to write them down: read, checked, and brought onto words; no torch."""

from __future__ import annotations

from neurolite_core.answer.character_spans import TypedSpan as TypedSpan
from neurolite_core.answer.character_spans import character_spans as character_spans
from neurolite_core.data.spans.reading import holds_spans as holds_spans
from neurolite_core.data.spans.reading import read_span_data as read_span_data
from neurolite_core.data.spans.rows import SpanData as SpanData
from neurolite_core.data.spans.rows import SpanRow as SpanRow
from neurolite_core.data.spans.snapping import word_spans as word_spans
