"""What our commands share: exit codes, error lines, the version option."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

import typer

from neurolite_core.ground.errors import GateError, InputError, MissingDependencyError
from neurolite_core.ground.values import short_lines

EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130


@contextlib.contextmanager
def exit_codes() -> Iterator[None]:
    """Turns our errors into one line on stderr and an exit code, without a traceback."""
    try:
        yield
    except GateError as error:
        typer.echo(f"Refused: {short_lines(str(error))}", err=True)
        raise typer.Exit(EXIT_REFUSED) from error
    except (InputError, MissingDependencyError) as error:
        typer.echo(f"Error: {short_lines(str(error))}", err=True)
        raise typer.Exit(EXIT_USAGE) from error
    except KeyboardInterrupt as error:
        typer.echo("Interrupted.", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from error
    except BrokenPipeError as error:
        # The reader (head, say) has seen enough; keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from error


def print_version(asked: bool) -> None:
    """Callback of ``--version``."""
    if asked:
        typer.echo(version("neurolite"))
        raise typer.Exit(0)
