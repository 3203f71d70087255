"""The child process: reads one file after the other, each as JSON on a line in, and what came of it on a line out.

``python -m neurolite_bench.attack.worker READER``. Its memory is bounded; a file that takes more ends in an error.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from neurolite_bench.attack.readers import READERS
from neurolite_core.ground.errors import NeuroLiteError
from neurolite_core.ground.lifelines import end_with_parent

_MOST_MEMORY: Final = 6 * 2**30  # bytes
_SHOWN: Final = 1000


def serve(read: Callable[[Path, bool], str], requests: BinaryIO, replies: BinaryIO) -> None:
    """Answers requests until there are no more."""
    for line in requests:
        request = json.loads(line)
        try:
            reply = {"digest": read(Path(request["path"]), request["unsealed"])}
        except NeuroLiteError as error:
            reply = {"refused": str(error)[:_SHOWN]}
        except BaseException:  # what a command would show as a traceback
            reply = {"traceback": traceback.format_exc()[-_SHOWN:]}
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def _bound() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))


def main() -> None:
    """Serves on standard input and output, of which libraries that print get nothing."""
    end_with_parent()
    _bound()
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    serve(READERS[sys.argv[1]], sys.stdin.buffer, replies)


if __name__ == "__main__":
    main()
