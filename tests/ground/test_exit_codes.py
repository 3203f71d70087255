"""What a script learns of an error: its exit code, and one line on stderr."""

from __future__ import annotations

import pytest
import typer

from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import (
    ArtifactError,
    GateError,
    InputError,
    MissingDependencyError,
)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (GateError("too far"), 1, "Refused: too far\n"),
        (InputError("wrong"), 2, "Error: wrong\n"),
        (ArtifactError("damaged"), 2, "Error: damaged\n"),
        (MissingDependencyError("pip install it"), 2, "Error: pip install it\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_code(
    error: BaseException, code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as caught, exit_codes():
        raise error
    assert caught.value.exit_code == code
    assert capsys.readouterr().err == line
