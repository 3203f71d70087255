"""Opens a file of texts with spans; the ways to write them are rows of ``FORMS``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.answer.spans import check_types
from neurolite_core.data.hub import is_dataset
from neurolite_core.data.label_cells import OneLabel, Separated
from neurolite_core.data.readers import PACKED, open_source
from neurolite_core.data.rows import Source
from neurolite_core.data.spans.conll import read_conll
from neurolite_core.data.spans.inline import read_inline
from neurolite_core.data.spans.json_lines import SPANS, read_json_spans
from neurolite_core.data.spans.rows import SpanData, SpanRow
from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import file_digest
from neurolite_core.ground.values import shown
from neurolite_core.text.lines import BadRows
from neurolite_core.text.records import read_json_lines

AUTO: Final = "auto"
LIMIT: Final = 2**31  # bytes of all rows, roughly, as they are held in memory
_ROW_SIZE: Final = 256
_SPAN_SIZE: Final = 128
_SAMPLE_ROWS: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What ``read_span_data`` was asked for; its arguments."""

    text_column: str | None
    label_column: str | Sequence[str] | None
    labelled: bool | None
    delimiter: str | None
    label_separator: str | None
    on_bad: str
    types: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class SpanForm:
    """A way to write spans down.

    Attributes:
        read: opens a file: how it is read, for people, and its rows.
        endings: by which files of this form are known where none was named; none for one that has to be named.
    """

    read: Callable[[Path, BadRows, Asked], tuple[str, Iterator[SpanRow]]]
    endings: tuple[str, ...]


def read_span_data(
    where: str | Path,
    *,
    form: str = AUTO,
    text_column: str | None = None,
    label_column: str | Sequence[str] | None = None,
    labelled: bool | None = None,
    delimiter: str | None = None,
    label_separator: str | None = None,
    types: Sequence[str] | None = None,
    on_bad: str = "raise",
) -> SpanData:
    """Reads texts with spans, plain or gzip, and checks every span.

    Args:
        where: the file.
        form: "conll", "json" or "inline"; "auto" tells by the file's ending, never inline, as plain texts may hold
            brackets too.
        text_column: as of ``open_source``; conll has no columns to name.
        label_column: likewise; the labels of conll stand in lines ``# label = x``.
        labelled: as of ``open_source``, for all three.
        delimiter: as of ``open_source``.
        label_separator: likewise, for all three: of texts with several labels, of which lines of conll may have one
            each as well.
        types: that there may be, such as a model's; None for any.
        on_bad: "raise" or "skip" rows that cannot be used.

    Raises:
        InputError: no such form or file, a dataset, rows that cannot be used (up to 20 in one message, each with its
            line), none that can, unclear columns, or labels that were asked for and are not there.
    """
    name = str(where)
    if not name or is_dataset(name):
        raise InputError(f"Texts with spans are read from files, and {shown(name)} is none.")
    path = Path(where)
    require_choice("form", form, (AUTO, *FORMS))
    chosen = _form_of(path) if form == AUTO else form
    known = None if types is None else check_types(types)
    asked = Asked(text_column, label_column, labelled, delimiter, label_separator, on_bad, known)
    bad = BadRows(name, on_bad)
    how, found = FORMS[chosen].read(path, bad, asked)
    rows = tuple(_within_limit(name, found))
    bad.finish()
    if not rows:
        problem = f" Line {bad.first[0].line}: {bad.first[0].problem}." if bad.first else ""
        raise InputError(f"{name} holds no text that can be read.{problem}")
    kinds = sorted({span.type for row in rows for span in row.spans})
    return SpanData(
        name=name,
        form=chosen,
        how=how,
        rows=rows,
        types=check_types(kinds) if kinds else (),
        labels=tuple(sorted({label for row in rows for label in row.labels or ()})),
        digest=file_digest(path),
        skipped=bad.count,
        skipped_first=tuple(bad.first),
    )


def _within_limit(name: str, rows: Iterator[SpanRow]) -> Iterator[SpanRow]:
    size = 0
    for row in rows:
        size += _ROW_SIZE + len(row.text) + _SPAN_SIZE * len(row.spans)
        if size > LIMIT:
            raise InputError(
                f"{name}: the texts up to line {row.line} take more than {LIMIT // 2**20:,} MiB; part the file."
            )
        yield row


def holds_spans(where: str | Path) -> bool:
    """Whether "auto" takes a file for one with spans: by its ending, of JSON lines by the first 100 of them.

    Raises:
        InputError: JSON lines that cannot be read.
    """
    if is_dataset(str(where)):
        return False
    path = Path(where)
    ending = _ending(path)
    if ending in _JSON.endings:
        records = read_json_lines(path, BadRows(str(path), "skip"))
        return any(
            isinstance(values.get(SPANS), list) for _, values in islice(records, _SAMPLE_ROWS)
        )
    return any(ending in form.endings for form in FORMS.values())


def _ending(path: Path) -> str:
    return Path(path.name.lower().removesuffix(PACKED)).suffix


def _form_of(path: Path) -> str:
    ending = _ending(path)
    for name, form in FORMS.items():
        if ending in form.endings:
            return name
    endings = ", ".join(each for form in FORMS.values() for each in form.endings)
    raise InputError(
        f"{path} does not end in {endings} (with or without {PACKED}), by which files with spans are known; "
        f"name its form: {', '.join(FORMS)}."
    )


def _conll(path: Path, bad: BadRows, asked: Asked) -> tuple[str, Iterator[SpanRow]]:
    named = asked.label_column or asked.text_column or asked.delimiter
    if named:
        raise InputError(
            f"{path} has columns of words and tags, of which none is named; leave out {shown(named)}. "
            "Labels stand in lines # label = x."
        )
    several = asked.label_separator is not None
    form = Separated(asked.label_separator) if asked.label_separator is not None else OneLabel()
    rows = read_conll(path, bad, form=form, several=several, known=asked.types)
    how = "words and tags in columns, labels in lines # label = x"
    if asked.labelled is False:
        return how, (replace(row, labels=None) for row in rows)
    return how, _labelled(rows, bad) if asked.labelled else rows


def _labelled(rows: Iterator[SpanRow], bad: BadRows) -> Iterator[SpanRow]:
    for row in rows:
        if row.labels is None:
            bad.add(row.line, "the text has no label; put a line # label = x before it")
        else:
            yield row


def _json(path: Path, bad: BadRows, asked: Asked) -> tuple[str, Iterator[SpanRow]]:
    source = _open(path, asked)
    return source.columns.describe(), read_json_spans(source, bad, known=asked.types)


def _inline(path: Path, bad: BadRows, asked: Asked) -> tuple[str, Iterator[SpanRow]]:
    source = _open(path, asked)
    return source.columns.describe(), read_inline(source, bad, known=asked.types)


def _open(path: Path, asked: Asked) -> Source:
    return open_source(
        path,
        text_column=asked.text_column,
        label_column=asked.label_column,
        labelled=asked.labelled,
        delimiter=asked.delimiter,
        label_separator=asked.label_separator,
        on_bad=asked.on_bad,
    )


_JSON: Final = SpanForm(_json, (".jsonl", ".ndjson"))
FORMS: Final[Mapping[str, SpanForm]] = MappingProxyType(
    {
        "conll": SpanForm(_conll, (".conll", ".iob", ".bio")),
        "json": _JSON,
        "inline": SpanForm(_inline, ()),
    }
)
