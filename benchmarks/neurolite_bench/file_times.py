"""ONNX files timed side by side: by the native op and by function bodies, at 12 and at 256 words."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from neurolite_bench.interleaved import Timing, time_in_turn
from neurolite_bench.native_op import sample_text
from neurolite_bench.sessions import session_of
from neurolite_core.text.words import pack_texts
from neurolite_runtimes.native_library import NativeLibrary

SHORT_WORDS: Final = 12
RUNS: Final = 20


def timed_files(
    files: Mapping[str, bytes], rounds: int, library: NativeLibrary
) -> Iterator[tuple[str, dict[str, Timing]]]:
    """Texts and ways of computing, such as "12 words, native op", each with the timings of all files by name.

    Args:
        files: content by name.
        rounds: how often all are timed in turn.
        library: with the native ops.
    """
    whole = sample_text()
    texts = {
        "12 words": b" ".join(whole.split()[:SHORT_WORDS]),
        "256 words": whole,
    }
    for way, native in (("native op", library), ("function body", None)):
        sessions = {name: session_of(content, native) for name, content in files.items()}
        for kind, text in texts.items():
            feed = {"bytes": pack_texts([text])}
            calls: Mapping[str, Callable[[], object]] = {
                name: partial(session.run, None, feed) for name, session in sessions.items()
            }
            runs = dict.fromkeys(calls, RUNS)
            yield f"{kind}, {way}", time_in_turn(calls, rounds=rounds, runs=runs, warm_up=RUNS)
