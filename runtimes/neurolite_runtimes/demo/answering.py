"""What a page may ask its server of: the outputs of a model that no page can run, as JSON."""

from __future__ import annotations

import json
from typing import Any, Final

import numpy as np

from neurolite_core.ground.errors import InputError
from neurolite_runtimes.demo.artifacts import Artifact
from neurolite_runtimes.session import Outputs, run

MOST_BYTES: Final = 1 << 20  # of a question
_DTYPES: Final = {"float32": np.float32, "int32": np.int32}


def answered(artifact: Artifact, question: bytes) -> dict[str, Any]:
    """The outputs of one text.

    Args:
        artifact: that answers.
        question: JSON: ``bytes``, the text in hexadecimal digits, and ``state``, what is remembered or null.

    Returns:
        ``values`` of each output and ``state``, each flat; ``words`` and ``truncated``.

    Raises:
        InputError: the question is none.
    """
    text, state = _asked(artifact, question)
    return _told(run(artifact.session, [text], state=state))


def _asked(artifact: Artifact, question: bytes) -> tuple[bytes, dict[str, Any] | None]:
    try:
        asked = json.loads(question)
        text, given = bytes.fromhex(asked["bytes"]), asked["state"]
        if given is None or not artifact.metadata.state:
            return text, None
        return text, {
            spec.name: np.array(given[spec.name], _DTYPES[spec.dtype]).reshape(1, *spec.shape)
            for spec in artifact.metadata.state
        }
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise InputError(
            'A question is {"bytes": "6869", "state": null}, or has a state of this model.'
        ) from error


def _told(outputs: Outputs) -> dict[str, Any]:
    values = {name: row[0].ravel().tolist() for name, row in outputs.values.items()}
    if outputs.rules is not None:
        values["rules"] = outputs.rules[0].tolist()
    return {
        "values": values,
        "state": {name: row[0].ravel().tolist() for name, row in outputs.state.items()},
        "words": int(outputs.words[0]),
        "truncated": bool(outputs.truncated[0]),
    }
