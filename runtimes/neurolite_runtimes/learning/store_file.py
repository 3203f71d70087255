"""The file of a store: read whole and bounded, appended to durably, replaced atomically, by one process at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from zlib import crc32

from neurolite_core.ground.errors import InputError, StoreError
from neurolite_core.ground.files import read_limited, replaced_atomically
from neurolite_core.ground.locks import locked
from neurolite_core.ground.unwritable import cannot_write
from neurolite_runtimes.learning.header import Header
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.records import (
    HALF,
    MAX_PAYLOAD,
    PREFIX,
    SUM,
    MalformedError,
    Record,
    decode,
    encode,
)

FILE_LIMIT: Final = 2**30
_EACH: Final = 36  # bytes of an example beside its vector and text
_WASTE: Final = 2**16  # bytes that may always be there in vain


@dataclass(frozen=True, slots=True)
class Content:
    """What a store's file holds.

    Attributes:
        memory: the state behind its last whole record.
        end: bytes up to there.
        torn: bytes behind that, of an addition that was never finished.
        damage: why it was not read further, for ``repair``; None where it is whole.
    """

    memory: Memory
    end: int
    torn: int
    damage: str | None = None


def read_store(path: Path, *, repair: bool = False) -> Content:
    """Reads a store of any origin.

    A record that the file's end cuts, or whose checksum is wrong and that is the last, was being written when its
    writer ended; it is left out. So are zeros at the end, which file systems leave. Anything else is damage.

    Args:
        path: of the file.
        repair: take what stands before the damage.

    Raises:
        StoreError: missing, no store, too large, of a newer version, or damaged.
    """
    content = memoryview(read_limited(path, FILE_LIMIT, StoreError))
    header, place = Header.from_bytes(content, path)
    memory = Memory(header)
    count = 0
    damage = None
    while place < len(content):
        try:
            found = _record_at(content, place, header.dimension)
            if found is None:
                break
            record, end = found
            memory.apply(record)
        except MalformedError as error:
            damage = f"{path} is damaged at byte {place:,}, behind {count:,} whole records: {error}"
            break
        place, count = end, count + 1
    if damage is not None and not repair:
        raise StoreError(
            f"{damage}. Restore a copy of it, or keep what is before: neurolite-learn repair --store {path}"
        )
    return Content(memory, place, len(content) - place, damage)


def _record_at(content: memoryview, place: int, dimension: int) -> tuple[Record, int] | None:
    """A record and where it ends; None where nothing but an unfinished addition is left."""
    start = place + PREFIX.size
    if start > len(content):
        return None
    length, kind, check = PREFIX.unpack_from(content, place)
    if crc32(content[place : start - SUM.size]) != check:
        if not bytes(content[place:]).strip(b"\0"):
            return None
        raise MalformedError("the beginning of a record has a wrong checksum")
    end = start + length + SUM.size
    if length > MAX_PAYLOAD:
        raise MalformedError("a record of more bytes than any can have")
    if end > len(content):
        return None
    payload = bytes(content[start : start + length])
    if SUM.unpack_from(content, start + length)[0] != crc32(payload):
        if end == len(content):
            return None
        raise MalformedError("a record has a wrong checksum")
    return decode(kind, payload, dimension), end


class StoreFile:
    """A store that this process writes, and no other meanwhile; see ``writing``.

    Args:
        path: of the file.
        end: bytes of it that are whole; what is behind is cut off with the first addition.
    """

    def __init__(self, path: Path, end: int) -> None:
        self._path = path
        self.end = end
        self._handle = _opened(path)

    def append(self, records: Iterable[Record]) -> None:
        """Adds records; when this returns they are on the disk.

        Raises:
            InputError: they cannot be written; the file is as before.
        """
        data = memoryview(b"".join(map(encode, records)))
        if self.end + len(data) > FILE_LIMIT:
            raise InputError(
                f"{self._path} would have more than {FILE_LIMIT:,} bytes. Forget what is not needed any more."
            )
        try:
            # Behind the whole records: a torn one is overwritten, and cut off in case it was longer.
            os.ftruncate(self._handle, self.end)
            os.lseek(self._handle, self.end, os.SEEK_SET)
            left = data
            while left:
                left = left[os.write(self._handle, left) :]
            os.fsync(self._handle)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._handle, self.end)
            raise InputError(cannot_write(self._path, error)) from error
        self.end += len(data)

    def replace(self, header: Header, records: Iterable[Record]) -> None:
        """Writes all anew: a reader has the old file or the new one, also after a crash."""
        os.close(self._handle)  # Windows replaces no file that is open
        try:
            self.end = write_store(self._path, header, records)
        finally:
            self._handle = _opened(self._path)

    def close(self) -> None:
        """Gives the file back."""
        os.close(self._handle)

    @classmethod
    @contextlib.contextmanager
    def writing(
        cls, path: Path, new: Header | None, patience: float
    ) -> Iterator[tuple[Self, Content]]:
        """Holds a store for writing, with what is in it.

        Args:
            path: of the file; a link is followed.
            new: creates the store with this header where there is none; None refuses.
            patience: seconds to wait for another process that holds it.

        Raises:
            StoreError: as of ``read_store``.
            InputError: another process holds it, or it cannot be written.
        """
        path = path.resolve()
        if not path.parent.is_dir():
            raise InputError(f"{path.parent} is no folder; create it first: mkdir -p {path.parent}")
        doing = f"learns into {path.name} in"
        with locked(path.parent, path.name, doing, patience=patience):
            if new is not None and not os.path.lexists(path):
                write_store(path, new, ())
            found = read_store(path)
            file = cls(path, found.end)
            try:
                yield file, found
            finally:
                file.close()


def write_store(path: Path, header: Header, records: Iterable[Record]) -> int:
    """Writes a whole store atomically; its bytes.

    Raises:
        InputError: the folder cannot be written.
    """
    head = header.to_bytes()
    size = len(head)
    with replaced_atomically(path) as stream:
        stream.write(head)
        for record in records:
            data = encode(record)
            size += len(data)
            stream.write(data)
    _fix_folder(path.parent)
    return size


def _fix_folder(folder: Path) -> None:
    """What is appended to a file is lost if the power fails before its name is on the disk."""
    if os.name == "nt":
        return
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
    except OSError as error:
        raise InputError(cannot_write(path, error)) from error


def is_wasteful(memory: Memory, size: int) -> bool:
    """Whether more than half of a file of ``size`` bytes is of what is gone."""
    texts = sum(len(memory.text_at(row)) for row in memory.rows().tolist())
    each = HALF.itemsize * memory.header.dimension + _EACH
    weights = 0 if memory.weights is None else memory.weights.weights.nbytes
    return size > 2 * (len(memory) * each + texts + weights) + _WASTE
