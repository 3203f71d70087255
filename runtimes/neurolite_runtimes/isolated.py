"""A command again, in a process of its own: what a runtime does to it, it does to nothing else."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.lifelines import owned


def run_isolated(module: str, option: str, source: Path) -> int:
    """Runs this process's command line once more, without the option that asked for it.

    Args:
        module: of the command.
        option: what asked for a process of its own.
        source: the file that is opened there, for messages.

    Returns:
        The exit code.

    Raises:
        ArtifactError: the process was ended by a signal, as by a file that its runtime could not bear.
    """
    typed = sys.argv[1:]
    texts = typed.index("--") if "--" in typed else len(typed)  # what is behind it is no option
    arguments = [item for item in typed[:texts] if item != option] + typed[texts:]
    # Standard streams are the same: what was answered before the end has been answered.
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(command, env=owned(), check=False)  # noqa: S603  # our own
    if done.returncode >= 0:
        return done.returncode
    name = signal.Signals(-done.returncode).name
    raise ArtifactError(
        f"{source} ended the process that opened it ({name}). It is damaged, or was made to do that."
    )
