"""What a cell says of a row's labels: one label, several, or whether the row has the column's own label."""

from __future__ import annotations

from typing import Final, Protocol

from neurolite_core.answer.labels import MAX_LABEL_LENGTH
from neurolite_core.answer.tasks import ANSWERINGS
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown

DEFAULT_SEPARATOR: Final = "|"
SWITCHES: Final = {"0": False, "1": True, "false": False, "true": True}
_LONGEST_SEPARATOR: Final = 8
_NOTHING: Final = ((), None)

Read = tuple[tuple[str, ...], str | None]
"""Labels, and what is wrong with the cell, or None."""


class LabelForm(Protocol):
    """How the cells of a column of labels are read."""

    def read(self, value: object, column: str) -> Read:
        """Labels of a cell, of the column of that name."""

    def describe(self) -> str:
        """For people, behind the name of the column."""


class OneLabel:
    """A string, whole number or truth value, which is the label."""

    def read(self, value: object, column: str) -> Read:  # noqa: ARG002
        """The label."""
        label, problem = _label(value)
        return ((), problem) if problem else ((label,), None)

    def describe(self) -> str:
        """Nothing: it is what everybody expects."""
        return ""


class LabelOrNone(OneLabel):
    """As ``OneLabel``, and an empty cell is no label: a turn that is read, but that nobody asks about."""

    def read(self, value: object, column: str) -> Read:
        """The label, or nothing."""
        if value is None or (isinstance(value, str) and not value.strip()):
            return _NOTHING
        return super().read(value, column)


class Separated:
    """Labels with a separator between them, or a list of labels (JSON, parquet); an empty cell is no label."""

    def __init__(self, separator: str) -> None:
        self.separator = require_separator(separator)

    def read(self, value: object, column: str) -> Read:  # noqa: ARG002
        """The labels, each once, in their order."""
        items: list[object]
        if value is None:
            return _NOTHING
        if isinstance(value, list | tuple):
            items = list(value)
        elif isinstance(value, str):
            if value.strip().startswith("[") and value.strip().endswith("]"):
                return (), (
                    f"is {shown(value)}, a list written as text; write its labels with {shown(self.separator)} "
                    "between them, or give JSON lines with real lists"
                )
            items = [part for part in value.split(self.separator) if part.strip()]
        else:
            items = [value]
        found: dict[str, None] = {}
        for item in items:
            label, problem = _label(item)
            if problem:
                return (), problem
            found[label] = None
        return tuple(found), None

    def describe(self) -> str:
        """The separator."""
        return f", separated by {shown(self.separator)}"


class Switched:
    """0 or 1, false or true: whether the row has the label that the column is called by; empty is 0."""

    def read(self, value: object, column: str) -> Read:
        """The column's name, or nothing."""
        if value is None:
            return _NOTHING
        plain = str(value).strip().lower()
        if not isinstance(value, str | int) or (plain and plain not in SWITCHES):
            return (), f"is {shown(value)}; give 0 or 1, as each of these columns is a label"
        if not plain or not SWITCHES[plain]:
            return _NOTHING
        label, problem = _label(column)
        return ((), problem) if problem else ((label,), None)

    def describe(self) -> str:
        """That each column is a label."""
        return ", a column of 0 and 1 for each label"


def separator_of(task: str, given: str | None, model: str) -> str | None:
    """What stands between labels in the rows of a model; None where it gives a text one label.

    Args:
        task: of the model.
        given: by --label-separator, None where it was left out.
        model: its name, for the message.

    Raises:
        InputError: it was given for a model of one label a text, or cannot be one.
    """
    if task in ANSWERINGS and ANSWERINGS[task].several:
        return require_separator(DEFAULT_SEPARATOR if given is None else given)
    if given is not None:
        raise InputError(
            f"--label-separator is {shown(given)}, and {model} gives no text several labels; leave it out. Models that "
            "do are trained by: neurolite-train --multi-label"
        )
    return None


def require_separator(separator: str) -> str:
    """What stands between the labels of a cell.

    Raises:
        InputError: empty or too long, letters or digits in it, or a line break.
    """
    wrong = any(letter.isalnum() or letter in "\r\n\0" for letter in separator)
    if not 0 < len(separator) <= _LONGEST_SEPARATOR or wrong:
        raise InputError(
            f"--label-separator is {shown(separator)}; give 1 to {_LONGEST_SEPARATOR} characters that are no "
            "letters, digits or line breaks, such as '|' or ', '."
        )
    return separator


def _label(value: object) -> tuple[str, str | None]:
    """The label without spaces around it; JSON's whole numbers and truth values as JSON writes them."""
    if isinstance(value, list | tuple | set | dict):
        return "", (
            f"is {shown(value)}; a text has one label here, so give a string or a whole number. Of texts with "
            "several labels: neurolite-train --multi-label"
        )
    if value is not None and not isinstance(value, str | int):
        return "", f"is {shown(value)}; give a string or a whole number"
    label = "" if value is None else str(value).strip()
    label = label.lower() if isinstance(value, bool) else label
    if not label:
        return "", "is missing; label the row or remove it"
    if len(label) > MAX_LABEL_LENGTH:
        return "", f"is {shown(label)}; give at most {MAX_LABEL_LENGTH} characters"
    if "\0" in label or any("\ud800" <= letter <= "\udfff" for letter in label):
        return "", f"is {shown(label)}; NUL and half characters cannot be used"
    return label, None
