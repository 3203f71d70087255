"""What our commands share: exit codes, error lines, the version option, paths and streams."""

from __future__ import annotations

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from typing import Any, Final

import typer
from typer.models import CommandFunctionType

from neurolite_core.ground.errors import GateError, NeuroLiteError
from neurolite_core.ground.lifelines import end_if_owned
from neurolite_core.ground.options import without_empty_paths
from neurolite_core.ground.signals import Terminated, ended_by, ended_by_signals, leave
from neurolite_core.ground.streams import with_streams
from neurolite_core.ground.terminal import shown_lines
from neurolite_core.ground.values import short_lines
from neurolite_start import INTERRUPTED, IS_OWNED, TERMINATED

EXIT_REFUSED: Final = 1
EXIT_USAGE: Final = 2
EXIT_INTERRUPTED: Final = 130
_NO_FOLDER: Final = "No usable temporary directory"  # as the module tempfile says it
EXIT_SIGNAL: Final = 128  # and the signal's number: 143 for SIGTERM, 129 for a closed terminal


class App(typer.Typer):
    """A command, or a group of them, whose streams may fail and whose paths are not empty."""

    def __call__(self, *args: Any, **kwargs: Any) -> object:  # noqa: ANN401  # as typer has it
        """Runs it as a program: ends with ``SystemExit``."""
        end_if_owned()
        try:
            return with_streams(lambda: super(App, self).__call__(*args, **kwargs))
        except SystemExit as end:
            if ended_by() is not None and isinstance(end.code, int):
                leave(end.code)
            raise
        finally:
            # A process that ends gives its memory back anyway; to look through PyTorch's objects once more takes it
            # seconds on a busy machine.
            gc.freeze()

    def command(
        self,
        *args: Any,  # noqa: ANN401  # as typer has it
        **kwargs: Any,  # noqa: ANN401
    ) -> Callable[[CommandFunctionType], CommandFunctionType]:
        """Registers a function, as typer does; its paths then take no empty text."""
        register = super().command(*args, **kwargs)

        def decorate(function: CommandFunctionType) -> CommandFunctionType:
            without_empty_paths(function)
            return register(function)

        return decorate


def say(text: str) -> None:
    """A line on standard error; values in it may come from anywhere."""
    typer.echo(shown_lines(short_lines(text)), err=True)


@contextlib.contextmanager
def exit_codes() -> Iterator[None]:
    """Turns our errors, signals and those of the system into one line on stderr and an exit code, no traceback."""
    try:
        with ended_by_signals(), _what_became_of_signals():
            yield
    except GateError as error:
        say(f"Refused: {error}")
        raise typer.Exit(EXIT_REFUSED) from error
    except NeuroLiteError as error:
        say(f"Error: {error}")
        raise typer.Exit(EXIT_USAGE) from error
    except KeyboardInterrupt as error:
        _say_end(INTERRUPTED)
        raise typer.Exit(EXIT_INTERRUPTED) from error
    except Terminated as error:
        _say_end(TERMINATED)
        raise typer.Exit(EXIT_SIGNAL + error.number) from error
    except BrokenPipeError as error:
        # The reader (head, say) has seen enough; keep the interpreter from complaining at exit.
        with contextlib.suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from error
    except MemoryError as error:
        say("Error: this machine has not enough memory for it.")
        raise typer.Exit(EXIT_USAGE) from error
    except OSError as error:  # a disk, a file system, a descriptor: nothing a traceback explains
        say(f"Error: {_of_system(error)}")
        raise typer.Exit(EXIT_USAGE) from error


def _say_end(line: str) -> None:
    if not IS_OWNED:
        say(line)


def _of_system(error: OSError) -> str:
    """What to say of it. Libraries look for a temporary folder while they are imported, so not only ours say this."""
    reason = error.strerror or str(error)
    if error.filename is None and _NO_FOLDER in reason:
        return f"No temporary folder can be written ({reason}). Name one: TMPDIR=FOLDER"
    return f"{error.filename}: {reason}." if error.filename else f"{reason}."


@contextlib.contextmanager
def _what_became_of_signals() -> Iterator[None]:
    """A library may make any error of what a signal raised in it, such as one of an import that failed."""
    try:
        yield
    except typer.Exit:
        raise
    except Exception as error:
        number = ended_by()
        if number is None:
            raise
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated(number) from error


def print_version(asked: bool) -> None:
    """Callback of ``--version``."""
    if asked:
        typer.echo(version("neurolite"))
        raise typer.Exit(0)
