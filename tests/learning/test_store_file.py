"""The file of a store: torn, damaged, killed, held by another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from learning.toy import METADATA, OTHER, Toy
from neurolite_core.ground.errors import InputError, StoreError
from neurolite_runtimes.learning import Learner, repair
from neurolite_runtimes.learning.header import FIXED
from neurolite_runtimes.learning.records import MAX_PAYLOAD, Record, Removal
from neurolite_runtimes.learning.store_file import read_store, write_store
from texts import ROOT

TEXTS = ["chess one", "chess two", "rain one", "rain two", "chess three"]


def taught(path: Path, count: int = 5) -> list[int]:
    """A store with examples, and how long the file was behind each."""
    ends = []
    with Learner.open(Toy(), path) as learner:
        for text in TEXTS[:count]:
            learner.add(text.split()[0], text)
            ends.append(path.stat().st_size)
    return ends


def texts_in(path: Path) -> list[str]:
    with Learner.open(Toy(), path, write=False) as learner:
        return [str(item.text) for item in learner.examples()]


def test_a_torn_tail_is_left_out_at_every_byte(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    *_, before, end = taught(path)
    content = path.read_bytes()
    for size in range(before, end):
        path.write_bytes(content[:size])
        assert texts_in(path) == TEXTS[:4]
    torn = content[: end - 1]
    path.write_bytes(torn)
    with Learner.open(Toy(), path) as learner:
        assert learner.torn == end - 1 - before
        learner.add("rain", "rain three")
    assert texts_in(path) == [*TEXTS[:4], "rain three"]
    path.write_bytes(content + bytes(4096))  # as a file system leaves it after the power failed
    assert texts_in(path) == TEXTS
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert texts_in(path) == TEXTS[:4]


def test_damage_before_the_end_is_refused_and_repaired(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    ends = taught(path)
    content = path.read_bytes()
    for place in [*range(ends[1], ends[1] + 13), ends[1] + 30, ends[2] - 1]:
        damaged = content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :]
        path.write_bytes(damaged)
        with pytest.raises(
            StoreError, match=r"is damaged at byte .* neurolite-learn repair --store "
        ):
            read_store(path)
        count, damage = repair(path)
        assert (count, texts_in(path)) == (2, TEXTS[:2])
        assert damage is not None
        assert (tmp_path / "s.nls.damaged").read_bytes() == damaged
        path.write_bytes(damaged)
        with pytest.raises(InputError, match="is there already"):
            repair(path)
        (tmp_path / "s.nls.damaged").unlink()
    path.write_bytes(content)
    assert repair(path) == (5, None)
    assert path.read_bytes() == content


def test_a_damaged_header_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    taught(path, 1)
    content = path.read_bytes()
    length = FIXED.unpack_from(content)[2]
    for place in range(FIXED.size + length + 4):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x21]) + content[place + 1 :])
        with pytest.raises(StoreError, match=r"^.{1,300}$"):
            read_store(path)
    for size in range(0, FIXED.size + length + 4, 7):
        path.write_bytes(content[:size])
        with pytest.raises(StoreError):
            read_store(path)
    path.write_bytes(FIXED.pack(b"NLSTORE\n", 2, 2) + b"{}")
    with pytest.raises(StoreError, match="version 2; this release reads 1"):
        read_store(path)


@pytest.mark.parametrize(
    "text",
    [
        b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"dtype":"float16"}', b"nul",
    ],
)  # fmt: skip
def test_a_hostile_header_is_refused(tmp_path: Path, text: bytes) -> None:
    from zlib import crc32

    head = FIXED.pack(b"NLSTORE\n", 1, len(text)) + text
    path = tmp_path / "s.nls"
    path.write_bytes(head + crc32(head).to_bytes(4, "little"))
    with pytest.raises(StoreError, match=r"^.{1,300}$"):
        read_store(path)


def test_a_record_of_any_length_takes_no_memory(tmp_path: Path) -> None:
    from zlib import crc32

    path = tmp_path / "s.nls"
    taught(path, 1)
    for length in (MAX_PAYLOAD + 1, 2**32 - 1):
        head = length.to_bytes(4, "little") + (2).to_bytes(4, "little")
        bad = path.read_bytes() + head + crc32(head).to_bytes(4, "little") + bytes(64)
        (tmp_path / "bad.nls").write_bytes(bad)
        with pytest.raises(StoreError, match="more bytes than any can have"):
            read_store(tmp_path / "bad.nls")


def test_another_encoder_is_refused_with_both_names(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    taught(path, 2)
    with pytest.raises(StoreError) as caught:
        Learner.open(Toy(OTHER), path)
    assert str(METADATA.model_id) in str(caught.value)
    assert str(OTHER.model_id) in str(caught.value)
    assert "neurolite-learn rebuild --encoder FILE --store" in str(caught.value)


def test_an_addition_writes_the_same_bytes_into_any_store(tmp_path: Path) -> None:
    sizes = []
    with Learner.open(Toy(), tmp_path / "s.nls") as learner:
        learner.add_all(("bulk", f"bulk {number:05}") for number in range(1_000))
        for number in range(1_000, 1_003):
            before = (tmp_path / "s.nls").stat().st_size
            learner.add("bulk", f"bulk {number:05}")
            sizes.append((tmp_path / "s.nls").stat().st_size - before)
    assert len(set(sizes)) == 1
    assert sizes[0] == 12 + 20 + 2 * 16 + len("bulk 00000") + 4


ADDING = """
import sys
from learning.toy import Toy
from neurolite_runtimes.learning import Learner
with Learner.open(Toy(), sys.argv[1]) as learner:
    print("open", flush=True)
    for number in range(100_000):
        learner.add("bulk", f"bulk {number}")
        print(number, flush=True)
"""


def start(path: Path) -> subprocess.Popen[str]:
    folders = (ROOT, ROOT / "runtimes", ROOT / "tests")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, folders))}
    return subprocess.Popen(
        [sys.executable, "-c", ADDING, path], env=environment, stdout=subprocess.PIPE, text=True
    )


def test_killed_at_any_time_it_loses_at_most_the_last_addition(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for round_ in range(3):
        path = tmp_path / f"{round_}.nls"
        process = start(path)
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        time.sleep(float(rng.uniform(0.01, 0.2)))
        process.send_signal(signal.SIGKILL)
        said = process.communicate()[0].splitlines()
        found = texts_in(path)
        assert found == [f"bulk {number}" for number in range(len(found))]
        # What was said is there; one more may be, whose line was never written.
        assert len(said) <= len(found) <= len(said) + 1
        with Learner.open(Toy(), path) as learner:  # and the lock of the dead is none
            learner.add("bulk", "bulk again")


def test_a_second_process_waits_or_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    with Learner.open(Toy(), path) as learner:
        learner.add("rain", "rain one")
        with pytest.raises(InputError, match=rf"Process {os.getpid()} learns into s\.nls in"):
            Learner.open(Toy(), path, patience=0.1)
        assert texts_in(path) == ["rain one"]  # who only reads does not wait
    process = start(path)
    assert process.stdout is not None
    process.stdout.readline()
    try:
        with pytest.raises(InputError, match=f"Process {process.pid} "):
            Learner.open(Toy(), path, patience=0)
    finally:
        process.kill()
        process.communicate()
    with Learner.open(Toy(), path, patience=5) as learner:
        learner.add("rain", "rain two")
    assert not (tmp_path / ".s.nls.lock").exists()


def test_a_full_disk_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.nls"
    taught(path, 3)
    content = path.read_bytes()
    with Learner.open(Toy(), path) as learner:
        write = os.write

        def full(handle: int, data: bytes) -> int:
            write(handle, bytes(data)[:10])
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr("neurolite_runtimes.learning.store_file.os.write", full)
            with pytest.raises(InputError, match="No space left"):
                learner.add("rain", "rain nine")
        assert path.read_bytes() == content
        assert len(learner.memory) == 3
        learner.add("rain", "rain nine")
    assert texts_in(path)[-1] == "rain nine"


def test_what_is_mostly_gone_is_compacted_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    with Learner.open(Toy(), path) as learner:
        ids = learner.add_all(("bulk", f"bulk {number:0200}") for number in range(600))
        learner._write([Removal(number) for number in ids[:-1]])
    large = path.stat().st_size
    with Learner.open(Toy(), path) as learner:
        assert [item.id for item in learner.examples()] == ids[-1:]
        assert path.stat().st_size < large / 50
        assert learner.add("bulk", "bulk new") == ids[-1] + 1  # an id is never given twice


def test_compaction_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    taught(path)
    content = path.read_bytes()
    memory = read_store(path).memory
    header, records = memory.compacted()

    def failing() -> Iterator[Record]:
        yield next(iter(records))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_store(path, header, failing())
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_odd_paths_are_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for name, said in (
        ("folder", "Is a directory"),
        ("none/s.nls", "is no folder; create it first"),
    ):
        with pytest.raises(InputError, match=said):
            Learner.open(Toy(), tmp_path / name)
    with pytest.raises(InputError, match="is empty"):
        Learner.open(Toy(), "")
    (tmp_path / "text.nls").write_text("hello")
    with pytest.raises(StoreError, match="is no store of learned examples"):
        Learner.open(Toy(), tmp_path / "text.nls")
    with pytest.raises(StoreError, match="Cannot read"):
        Learner.open(Toy(), tmp_path / "absent.nls", create=False)
