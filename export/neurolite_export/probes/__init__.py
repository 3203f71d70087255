"""Texts on which every export is checked: a built-in multilingual set, or the user's own file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from neurolite_core.answer.character_spans import TypedSpan
from neurolite_core.data import open_source
from neurolite_core.data.headers import UnclearColumnsError
from neurolite_core.data.readers import PACKED, PLAIN
from neurolite_core.data.spans import holds_spans, read_span_data
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import BadRows, raw_lines
from neurolite_core.text.words import to_bytes

MAX_PROBES: Final = 200_000
_SIZE_LIMIT: Final = 2**28
_LABELS_SHOWN: Final = 10
_LONG_TEXT_SENTENCES: Final = (4, 12, 40)
_LONG_TEXTS: Final = 8


@dataclass(frozen=True, slots=True)
class Probes:
    """Texts to check an export on.

    Attributes:
        source: where they come from, for the report.
        texts: N texts, raw bytes.
        labels: the labels of each of the N texts, one or, of several labels a text, any number; or None.
        conversations: of which conversation each of the N texts is the next turn; empty where they stand alone.
        unlabelled: positions of texts that nobody labelled though others are; what ``labels`` has of them is empty.
        spans: of each of the N texts its spans, or None where they are not known; empty where those of no text are.
    """

    source: str
    texts: tuple[bytes, ...]
    labels: tuple[tuple[str, ...], ...] | None = None
    conversations: tuple[int, ...] = ()
    unlabelled: frozenset[int] = frozenset()
    spans: tuple[tuple[TypedSpan, ...] | None, ...] = ()

    def every_other(self) -> Probes:
        """Half of the texts, without labels; of conversations every other one, whole."""
        if not self.conversations:
            return Probes(self.source, self.texts[::2])
        chosen = set(tuple(dict.fromkeys(self.conversations))[::2])
        places = [place for place, own in enumerate(self.conversations) if own in chosen]
        numbers = tuple(self.conversations[place] for place in places)
        return Probes(self.source, tuple(self.texts[place] for place in places), None, numbers)


# Bytes that no keyboard types but that files, sockets and attackers send.
HOSTILE_TEXTS: Final[tuple[bytes, ...]] = (
    b"",
    b" ",
    b"\t\r\n \xc2\xa0\xe3\x80\x80",
    b"\0",
    b"nul\0inside\0a text",
    b"\xff\xfe\xfd",
    b"caf\xe9 in Latin-1",
    b"cut in a character \xe4\xb8",
    b"\xed\xa0\x80 lone surrogate \xed\xbf\xbf",
    b"overlong \xc0\xaf \xe0\x80\xaf \xf0\x80\x80\xaf",
    b"\x80\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf beyond Unicode \xf8\x88\x80\x80\x80",
    b"\xef\xbb\xbfbyte order mark",
    "zero\u200bwidth \u202eright to left\u202c soft\u00adhyphen".encode(),
    b"x" * 5_000,
    b"y " * 600,
    "字".encode() * 1_500,
)


@cache
def built_in_probes() -> Probes:
    """The project's own set: sentences in some 90 languages, long texts made of them, hostile bytes."""
    content = resources.files(__package__).joinpath("multilingual.txt").read_text("utf-8")
    sentences = content.splitlines()
    long_texts = [
        " ".join(sentences[(start * 23 + i) % len(sentences)] for i in range(count))
        for count in _LONG_TEXT_SENTENCES
        for start in range(_LONG_TEXTS)
    ]
    texts = [text.encode() for text in (*sentences, *long_texts)]
    return Probes("built-in multilingual set", (*texts, *HOSTILE_TEXTS))


def read_probes(
    path: Path,
    known_labels: Sequence[str],
    *,
    separator: str | None = None,
    types: Sequence[str] = (),
) -> Probes:
    """The user's own texts.

    Args:
        path: ``.txt`` (a text a line, any bytes), or what training reads, with columns found as there; files with
            spans too.
        known_labels: the model's; without any, labels in the file are left unread.
        separator: what stands between labels, for a model of several labels a text; None for one of one.
        types: of the model's spans; without any, spans in the file are left unread.

    Raises:
        InputError: unreadable, malformed (the message names the lines), empty, too large, or labels or types of spans
            that the model does not have.
    """
    # JSON lines can be read without their spans, columns cannot.
    needed = bool(types) or not _ends(path, ".jsonl", ".ndjson")
    if needed and not _ends(path, PLAIN) and holds_spans(path):
        return _with_spans(path, known_labels, separator, types)
    texts: list[bytes] = []
    labels: list[tuple[str, ...]] = []
    size = 0
    for text, own in _read(path, known_labels, separator):
        texts.append(text)
        labels += [] if own is None else [own]
        size += len(text)
        _check_size(path, len(texts), size)
    if not texts:
        raise InputError(f"{path} holds no text.")
    return Probes(path.name, tuple(texts), tuple(labels) or None)


def _check_size(path: Path, texts: int, size: int) -> None:
    if texts > MAX_PROBES or size > _SIZE_LIMIT:
        raise InputError(
            f"{path} has more than {MAX_PROBES:,} texts or {_SIZE_LIMIT:,} bytes; give a sample."
        )


def _ends(path: Path, *endings: str) -> bool:
    return path.name.lower().removesuffix(PACKED).endswith(endings)


def _with_spans(
    path: Path, known_labels: Sequence[str], separator: str | None, types: Sequence[str]
) -> Probes:
    """A file of texts with spans; some of its texts may have no label."""
    data = read_span_data(
        path,
        labelled=None if known_labels else False,
        label_separator=separator,
        types=types or None,
    )
    texts = tuple(to_bytes(row.text) for row in data.rows)
    _check_size(path, len(texts), sum(map(len, texts)))
    known, bad = {label.strip(): label for label in known_labels}, BadRows(str(path))
    for row in data.rows:
        _check_labels(row.line, row.labels, known, data.how, bad)
    bad.finish()
    unlabelled = frozenset(at for at, row in enumerate(data.rows) if row.labels is None)
    labels = tuple(tuple(known[label] for label in row.labels or ()) for row in data.rows)
    spans = tuple(row.spans for row in data.rows) if types else ()
    if len(unlabelled) == len(texts):
        return Probes(path.name, texts, spans=spans)
    return Probes(path.name, texts, labels, unlabelled=unlabelled, spans=spans)


def _check_labels(
    line: int, own: Sequence[str] | None, known: Mapping[str, str], how: str, bad: BadRows
) -> bool:
    """Whether all labels of a row are the model's; a row with others is bad."""
    unknown = [label for label in own or () if label not in known]
    if unknown:
        some = ", ".join(list(known.values())[:_LABELS_SHOWN])
        bad.add(
            line, f"label {shown(unknown[0])} is not one of the model's: {some}; read were {how}"
        )
    return not unknown


def _read(
    path: Path, known_labels: Sequence[str], separator: str | None
) -> Iterator[tuple[bytes, tuple[str, ...] | None]]:
    if _ends(path, PLAIN):
        for line in raw_lines(path):
            yield line.removesuffix(b"\n").removesuffix(b"\r"), None
        return
    try:
        labelled = None if known_labels else False
        source = open_source(path, labelled=labelled, label_separator=separator)
    except UnclearColumnsError as error:
        raise error.without_options() from error
    bad = BadRows(str(path))
    known = {label.strip(): label for label in known_labels}  # as the reader gives them
    for row in source.rows(bad):
        whole = _check_labels(row.line, row.labels, known, source.columns.describe(), bad)
        own = row.labels
        yield (
            to_bytes(row.text),
            None if own is None or not whole else tuple(known[label] for label in own),
        )
    bad.finish()
