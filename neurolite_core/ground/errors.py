"""The exception tree of NeuroLite.

::

    NeuroLiteError                 base: catch this to catch everything of ours
    +-- InputError (ValueError)    a value, option or file that the caller gave cannot be used
    |   +-- ArtifactError          an exported model file is missing, damaged, foreign or too new
    |   +-- UnsupportedError       a target has no way to compute a part of the model
    |   +-- CheckpointError        a checkpoint folder is missing, damaged, foreign or too new
    |   +-- StateError             a saved conversation is damaged, too new or of another model
    |   +-- StoreError             a store of learned examples is damaged, hostile, too new or of another encoder
    +-- MissingDependencyError     an optional package is not installed; the message is the command
    +-- GateError                  an export was refused: the numbers are in the message

Command lines print the message without a traceback and exit 2 for ``InputError`` and
``MissingDependencyError``, 1 for ``GateError``.
"""

from __future__ import annotations


class NeuroLiteError(Exception):
    """Base of every error that NeuroLite raises on purpose."""


class InputError(NeuroLiteError, ValueError):
    """A value, option or file cannot be used; the message says what is allowed and the fix."""


class ArtifactError(InputError):
    """An exported model file cannot be opened."""


class UnsupportedError(InputError):
    """A target cannot compute a part of the model."""


class CheckpointError(InputError):
    """A checkpoint folder cannot be read or written."""


class StoreError(InputError):
    """A store of learned examples cannot be used."""


class StateError(InputError):
    """A saved state of a conversation cannot be used."""


class MissingDependencyError(NeuroLiteError, ImportError):
    """An optional dependency is not installed; the message ends with the command that installs it."""


class GateError(NeuroLiteError):
    """An export failed a quality gate and its file was not written."""
