"""Tags and places of words to the spans of a text, in its characters and its bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from neurolite_core.answer.outputs import OFFSETS, TAGS
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.errors import InputError
from neurolite_core.text.character_offsets import character_offsets
from neurolite_runtimes.session import Outputs


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text that is of a type.

    Attributes:
        type: its name.
        start: its first character, from 0: ``text[start:end]`` of a text that is a string; of bytes, characters are
            those of ``text.decode("utf-8", "replace")``, of which a span has each that any of its bytes is of.
        end: the character behind its last.
        start_byte: its first byte of the text's UTF-8, from 0, or of the bytes that were given.
        end_byte: the byte behind its last.
        text: its characters.
        score: the smallest probability of its words' tags, 0 to 1.
    """

    type: str
    start: int
    end: int
    start_byte: int
    end_byte: int
    text: str
    score: float


def spans_of(
    outputs: Outputs, texts: Sequence[str | bytes], metadata: ArtifactMetadata
) -> list[list[Span]]:
    """The spans of each text, in their order; of a text that was cut, those of what was read.

    Args:
        outputs: of a file that finds spans.
        texts: the N texts, as they were given to ``run``.
        metadata: of the file, whose thresholds hold.

    Raises:
        InputError: the file finds no spans, or there are not as many texts as answers.
    """
    if metadata.spans is None:
        raise InputError(f"{metadata.name} finds no spans; train one from texts with spans.")
    if len(texts) != len(outputs.words):
        raise InputError(f"There are {len(texts):,} texts for {len(outputs.words):,} answers.")
    found = found_spans(outputs.values[TAGS], outputs.words, metadata.spans.thresholds)
    types = metadata.spans.types
    spans: list[list[Span]] = []
    for text, places, own in zip(texts, outputs.values[OFFSETS], found, strict=True):
        bytes_ = [
            (int(places[each.span.first, 0]), int(places[each.span.behind - 1, 1])) for each in own
        ]
        characters = character_offsets(text, bytes_)
        readable = text if isinstance(text, str) else text.decode("utf-8", "replace")
        spans.append(
            [
                Span(types[each.span.type], *pair, *raw, readable[slice(*pair)], each.score)
                for each, pair, raw in zip(own, characters, bytes_, strict=True)
            ]
        )
    return spans
