"""The first import of multiprocessing's server of processes: from then on it, and what it forks, ends with its owner.

Of itself the server looks after its owner only when it has imported all that it was told to, and requests that wait
for it hold the pipes open by which it and the tracker of resources would see the end. PyTorch takes seconds to import.
Imported anywhere else, this module does nothing.
"""

from __future__ import annotations

import os
import signal
from typing import Final

from neurolite_core.ground.lifelines import end_if_owned, end_with_parent

_server: Final[list[int]] = []  # its number, until a fork of it has taken that out


def _end_with_server() -> None:
    while _server:  # not so in what a fork starts in its turn
        end_with_parent(_server.pop())


if end_if_owned():
    _server.append(os.getpid())
    os.register_at_fork(after_in_child=_end_with_server)
    # Ctrl-C goes to every process of a terminal. The server ignores it once it serves; who is interrupted is the owner.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
