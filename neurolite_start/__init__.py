"""The first lines of every command: a signal that comes while Python imports the rest ends it in order.

A command takes hundreds of milliseconds to import, in which Ctrl-C would show where Python happened to be. The console
scripts import this package alone, which then imports their module; the other packages import it before all else, for
``python -m``. From here on a signal ends the process at once, with a line and its exit code, as nothing is open yet,
until ``neurolite_core.ground.signals`` takes over; and again behind that. What Python does before (its own start,
``site``) is not ours: there Ctrl-C shows a traceback.

Imported by any other program this does nothing. It imports only what Python has loaded already, as that takes no time.
"""

import _signal  # type: ignore[import-not-found]  # `signal` takes milliseconds, for its enumerations
import os
import sys

OWNER_VARIABLE = "NEUROLITE_OWNER"  # process number, see neurolite_core.ground.lifelines
IS_OWNED = OWNER_VARIABLE in os.environ  # of two processes that are interrupted the owner says it
INTERRUPTED = "Interrupted."
TERMINATED = "Terminated."
PACKAGES = ("neurolite_bench", "neurolite_core", "neurolite_export", "neurolite_runtimes")

_NUMBERS = tuple(
    getattr(_signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(_signal, name)
)
_UNTOUCHED = (_signal.SIG_DFL, _signal.default_int_handler)


class _Ending:
    """The handler. What it uses is its own, as it may be called while the interpreter takes modules apart."""

    def __init__(self) -> None:
        self._lines = {number: f"{TERMINATED}\n".encode() for number in _NUMBERS}
        self._lines[_signal.SIGINT] = f"{INTERRUPTED}\n".encode()
        # The number of a stream that was closed may be another file's.
        self._is_silent = IS_OWNED or sys.stderr is None
        self._write, self._leave = os.write, os._exit

    def __call__(self, number: int, _frame: object) -> None:
        try:
            if not self._is_silent:
                self._write(2, self._lines[number])
        finally:
            self._leave(128 + number)


end_at_once = _Ending()


def guard() -> None:
    """Sets the handler; not where a signal is ignored, as by nohup, and not where somebody has set another."""
    for number in _NUMBERS:
        if _signal.getsignal(number) in _UNTOUCHED:
            _signal.signal(number, end_at_once)


class Command:
    """What a console script calls.

    Attributes:
        module: that has its ``app``; imported when it is called.
    """

    def __init__(self, module: str) -> None:
        self.module = module

    def __call__(self) -> object:
        """Runs it; ends with ``SystemExit``."""
        guard()
        return __import__(self.module, fromlist=["app"]).app()


COMMANDS = {
    "neurolite-bench": Command("neurolite_bench.cli"),
    "neurolite-demo": Command("neurolite_runtimes.demo_cli"),
    "neurolite-eval": Command("neurolite_runtimes.eval_cli"),
    "neurolite-export": Command("neurolite_export.cli"),
    "neurolite-generate": Command("neurolite_runtimes.generate_cli"),
    "neurolite-learn": Command("neurolite_runtimes.learn_cli"),
    "neurolite-ops": Command("neurolite_runtimes.native_cli"),
    "neurolite-run": Command("neurolite_runtimes.cli"),
    "neurolite-search": Command("neurolite_bench.searching.cli"),
    "neurolite-train": Command("neurolite_core.training.cli"),
}


def __getattr__(name: str) -> Command:
    """``neurolite_start:run`` for ``neurolite-run``, and so on."""
    try:
        return COMMANDS[f"neurolite-{name}"]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None


def is_command(typed: list[str], given: list[str]) -> bool:
    """Whether Python was started for a command of ours.

    Args:
        typed: ``sys.orig_argv``, the whole command line.
        given: ``sys.argv``, of which the first is ``-m`` while the packages around a module are imported.
    """
    place = len(typed) - len(given)
    if not given or not 0 < place < len(typed):
        return False
    program = typed[place]
    if given[0] == "-m":
        module = program.partition("m")[2] if program.startswith("-") else program  # -mNAME
        return module.partition(".")[0] in PACKAGES
    name = os.path.basename(program)  # noqa: PTH119  # pathlib takes milliseconds
    return name.removesuffix(".exe") in COMMANDS


if is_command(sys.orig_argv, sys.argv):
    guard()
