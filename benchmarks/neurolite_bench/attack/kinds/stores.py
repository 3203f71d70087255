"""Stores of learned examples (docs/learning.md): damaged, and with checksums that hold."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final
from zlib import crc32

from neurolite_bench.attack.changes import damaged
from neurolite_bench.attack.children import Child
from neurolite_bench.attack.kind import Job, Kind
from neurolite_bench.attack.outcomes import Found, Outcome
from neurolite_runtimes.learning.header import FIXED, MAGIC, VERSION
from neurolite_runtimes.learning.records import PREFIX, SUM

_OF_HEADER: Final = 0.1  # of the attempts


def ends_of(content: bytes) -> list[int]:
    """Where the header and each record of a whole store end."""
    _, _, length = FIXED.unpack_from(content)
    ends = [FIXED.size + length + SUM.size]
    while ends[-1] < len(content):
        size = PREFIX.unpack_from(content, ends[-1])[0]
        ends.append(ends[-1] + PREFIX.size + size + SUM.size)
    return ends


def with_checksums(content: bytes, rng: random.Random) -> tuple[bytes, str]:
    """A store whose header or one of whose payloads was damaged, with checksums made anew, and what was done."""
    ends = ends_of(content)
    if rng.random() < _OF_HEADER:
        body, change = damaged(content[FIXED.size : ends[0] - SUM.size], rng)
        head = FIXED.pack(MAGIC, VERSION, len(body)) + body
        return head + SUM.pack(crc32(head)) + content[ends[0] :], f"{change} in the header"
    record = rng.randrange(len(ends) - 1)
    start, end = ends[record : record + 2]
    kind = PREFIX.unpack_from(content, start)[1]
    payload, change = damaged(content[start + PREFIX.size : end - SUM.size], rng)
    head = PREFIX.pack(len(payload), kind, 0)[: -SUM.size]
    made = head + SUM.pack(crc32(head)) + payload + SUM.pack(crc32(payload))
    return content[:start] + made + content[end:], f"{change} in a record of kind {kind}"


def _run(job: Job, *, resealed: bool) -> Iterator[Found]:
    whole = job.material.store.read_bytes()
    ends = set(ends_of(whole))
    path = job.scratch / "store.nls"
    path.write_bytes(whole)
    with Child("store", path) as child:
        for number in job.numbers():
            change = with_checksums if resealed else damaged
            content, done = change(whole, job.rng(number))
            # What ends behind a whole record is a store as it was before: nobody can tell.
            if len(content) in ends and whole != content and whole.startswith(content):
                continue
            path.write_bytes(content)
            yield child.open(path, f"{number}: {done}")


DAMAGED: Final = Kind(
    "bits, cuts, insertions and the like in a learner's `.nls`",
    lambda job: _run(job, resealed=False),
)
RESEALED: Final = Kind(
    "the same in its header and records, with checksums made anew",
    lambda job: _run(job, resealed=True),
    frozenset({Outcome.DIFFERENT}),
)
