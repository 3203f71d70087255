"""How much of the time goes into hashing: the hash alone beside the whole, in turn, in one process.

The hash alone is built as the exporters build it, so it needs their packages; without them the share
is left open. ``python -m neurolite_bench.measuring.hash_share PATH TEXT`` prints it as JSON.
"""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

from neurolite_bench.interleaved import ratio, time_in_turn
from neurolite_bench.measuring.hash_alone import HASHES, NATIVE_KERNEL
from neurolite_bench.measuring.run import Collected, Tell
from neurolite_bench.measuring.texts import LENGTHS, TextSource, text_of
from neurolite_bench.measuring.workers import python_command
from neurolite_core.ground.command_line import exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.threads import user_threads
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_runtimes import Session, open_artifact, run
from neurolite_runtimes.guarded import Guarded
from neurolite_runtimes.onnx_session import NATIVE, OnnxSession

_ROUNDS: Final = 15
_RUNS: Final = 20
_SECONDS: Final = 600


@dataclass(frozen=True, slots=True)
class HashShare:
    """Time of the hash over time of everything.

    Attributes:
        share: median of the rounds.
        by: how it was measured.
    """

    share: float
    by: str


def measure_hash_shares(collected: Sequence[Collected], source: TextSource, tell: Tell) -> None:
    """Puts the share at 256 words, or the preset's limit, into every artifact that was timed.

    Where the hash cannot be built alone, ``hash_share_by`` says what is missing.
    """
    timed = [item for item in collected if item.planned.role == "artifact" and item.samples]
    for number, item in enumerate(timed):
        tell(f"hash alone: {item.planned.name}", number / len(timed))
        words = min(item.planned.max_words, max(LENGTHS))
        done = subprocess.run(  # noqa: S603  # this Python, our own module
            [
                *(*python_command(), "-m", __name__, str(item.planned.path)),
                text_of(source, words),
                *([] if item.planned.sealed else ["--unsealed"]),
            ],
            env={**user_threads(), **item.planned.environment},
            capture_output=True,
            check=False,
            timeout=_SECONDS,
            start_new_session=True,
        )
        if done.returncode == 0:
            found = json.loads(done.stdout.splitlines()[-1])
            item.hash_share, item.hash_share_by = found["share"], found["by"]
        else:
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines() or ["it failed"]
            item.hash_share_by = f"not measured: {lines[-1].removeprefix('Error: ')}"


def hash_share(path: Path, text: str, *, unsealed: bool = False) -> HashShare:
    """The share of an artifact for one text; ``unsealed`` as ``open_artifact`` has it.

    Raises:
        MissingDependencyError: the target's exporter is not installed.
        InputError: the target has no hash alone.
    """
    session = open_artifact(path, unsealed=unsealed)
    require("torch", extra="export")
    kernel = kernel_of(session)
    if kernel not in HASHES:
        raise InputError(
            f"the hash cannot be run alone in {kernel}; it can in {', '.join(HASHES)}."
        )
    alone = HASHES[kernel](_config(session), text.encode())
    calls = {"whole": lambda: run(session, [text]), "hash": alone}
    timings = time_in_turn(calls, rounds=_ROUNDS, runs=dict.fromkeys(calls, _RUNS))
    share = ratio(timings["hash"], timings["whole"]).median
    return HashShare(share, f"hash alone beside the whole, {_ROUNDS} rounds in turn")


def kernel_of(session: Session) -> str:
    """The name in ``HASHES`` of what hashes in a session: its target, or a kernel of it."""
    inner = session.session if isinstance(session, Guarded) else session
    native = isinstance(inner, OnnxSession) and inner.kernel == NATIVE
    return NATIVE_KERNEL if native else session.metadata.target


def _config(session: Session) -> NeuroLiteConfig:
    """What matters to the hash, from the file itself."""
    metadata = session.metadata
    return dataclasses.replace(
        NeuroLiteConfig.tiny(),
        num_hashes=metadata.num_hashes,
        table_size=metadata.table_size,
        max_words=metadata.max_words,
        max_bytes=metadata.max_bytes,
    )


def main(
    path: Path, text: str, unsealed: Annotated[bool, typer.Option("--unsealed")] = False
) -> None:
    """Prints an artifact's share as JSON."""
    with exit_codes():
        typer.echo(json.dumps(asdict(hash_share(path, text, unsealed=unsealed))))


if __name__ == "__main__":
    typer.run(main)
