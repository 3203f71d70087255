"""Which columns hold text and labels: as named, else by their names, else by what is in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from neurolite_core.data.guessing import Column, Table, profile_of
from neurolite_core.data.headers import has_header
from neurolite_core.data.label_cells import (
    LabelForm,
    LabelOrNone,
    OneLabel,
    Separated,
    Switched,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns in use.

    Attributes:
        text: of the texts.
        labels: of the labels: none where rows are unlabelled, one, or one for each label.
        header: line 1 is names.
        form: how cells of ``labels`` are read.
        conversation: of what names each row's conversation; None where rows stand alone.
    """

    text: Column
    labels: tuple[Column, ...]
    header: bool
    form: LabelForm = field(default_factory=OneLabel, compare=False)
    conversation: Column | None = None

    @property
    def label(self) -> Column | None:
        """The column of the labels, where there is one."""
        return self.labels[0] if len(self.labels) == 1 else None

    def describe(self) -> str:
        """For people: which columns, and how they were found."""
        text = f"text from {shown(self.text.name)} ({self.text.how})"
        if not self.labels:
            return f"{text}, no labels"
        what = "label" if len(self.labels) == 1 else f"{len(self.labels):,} labels"
        names = listed(column.name for column in self.labels)
        turns = "" if self.conversation is None else f", turns of {shown(self.conversation.name)}"
        return f"{text}, {what} from {names} ({self.labels[0].how}){self.form.describe()}{turns}"


@dataclass(frozen=True, slots=True)
class Sample:
    """The first rows of a file, from which columns are guessed.

    Attributes:
        name: of the file.
        keys: names that the format itself gives (JSON, datasets); None where line 1 may have them.
        rows: a list of cells each, in the order of ``keys``.
        unreadable: further columns, which hold what is neither a string nor a whole number, and what that is.
    """

    name: str
    keys: tuple[str, ...] | None
    rows: Sequence[Sequence[Any]]
    unreadable: Mapping[str, str] = field(default_factory=dict)


def choose_columns(
    sample: Sample,
    *,
    text_column: str | None = None,
    label_columns: Sequence[str] = (),
    labelled: bool | None = None,
    separator: str | None = None,
    conversation_column: str | None = None,
) -> Columns:
    """Finds text and labels.

    Args:
        sample: first rows.
        text_column: a name, or for files without a header a position from "1".
        label_columns: the same; several are columns of 0 and 1, one for each label.
        labelled: True asks for a label column; None takes one that is named or has a known name, as a
            column of few values alone may be anything; False leaves labels unread.
        separator: what stands between the labels of a text that may have several; None for one label a text.
        conversation_column: a name or position; cells of labels may then be empty.

    Raises:
        InputError: no such column, or more than one could be meant; the message lists them.
    """
    header = False
    if sample.keys is None:
        wanted = [name for name in (text_column, *label_columns, conversation_column) if name]
        header = has_header(sample.name, sample.rows, wanted)
        names = [str(cell).strip() for cell in sample.rows[0]] if header else []
        keys: list[int | str] = list(range(len(sample.rows[0])))
        names = names or [f"column {key + 1}" for key in range(len(keys))]
        rows = sample.rows[1:] if header else sample.rows
    else:
        keys, names, rows = list(sample.keys), list(sample.keys), sample.rows
    profiles = [
        profile_of(key, name, [row[place] for row in rows])
        for place, (key, name) in enumerate(zip(keys, names, strict=True))
    ]
    table = Table(
        sample.name,
        header or sample.keys is not None,
        profiles,
        sample.unreadable,
        several=separator is not None,
    )
    labels: tuple[Column, ...] = ()
    if labelled is not False:
        labels = tuple(table.named("--label-column", name) for name in label_columns)
        if len(labels) > 1 and separator is None:
            raise InputError(
                f"{sample.name}: --label-column names {len(labels)} columns, and a text has one label here. Of columns "
                "of 0 and 1, one for each label: neurolite-train --multi-label"
            )
    if text_column is not None:
        text = table.named("--text-column", text_column)
    else:
        text = table.guess_text(labels)
    if not labels and labelled is not False:
        labels = table.guess_labels(text, needed=labelled is True)
    if any(label.key == text.key for label in labels):
        raise InputError(
            f"{sample.name}: text and label are both {shown(text.name)}; name two columns."
        )
    if conversation_column is None:
        return Columns(text, labels, header, _form(table, labels, separator))
    turns = table.named("--conversation", conversation_column)
    if turns.key in (text.key, *(label.key for label in labels)):
        raise InputError(
            f"{sample.name}: --conversation is {shown(turns.name)}, which holds the texts or labels; name another column."
        )
    return Columns(text, labels, header, LabelOrNone(), turns)


def _form(table: Table, labels: tuple[Column, ...], separator: str | None) -> LabelForm:
    if separator is None:
        return OneLabel()
    if len(labels) > 1 or (labels and table.is_switch(labels[0])):
        return Switched()
    return Separated(separator)
