"""The example's firmware in QEMU: it answers what is typed on its UART with the bits of the numpy reference."""

from __future__ import annotations

import random
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from artifacts import Store, source_of
from native.tools import NATIVE, need
from neurolite_core.artifact.formats.nlm import read_metadata
from neurolite_core.network.config import PRESETS
from neurolite_core.text.words import truncate
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.target import ExportJob
from neurolite_export.targets.c.sources import source_files
from neurolite_export.targets.c.target import CTarget
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import NlmModel, read_model
from neurolite_runtimes.source_layouts import write_layout
from texts import ROOT, follower_texts, generated_texts

EXAMPLE = ROOT / "examples" / "microcontroller"
RAM, PATIENCE = 65_536, 60.0
STACK = 4_096  # bytes that the linker's script leaves at least


@dataclass(frozen=True)
class Board:
    """What it takes to build for a board and to run it."""

    name: str
    compiler: str
    emulator: str
    machine: tuple[str, ...]
    per_tick: float  # instructions, with -icount shift=0, where an instruction takes a nanosecond


ARM = ("arm-none-eabi-gcc", "qemu-system-arm")
BOARDS = {
    board.name: board
    for board in (
        Board("cortex-m4", *ARM, ("mps2-an386",), 1000 / 25),
        Board("cortex-m33", *ARM, ("mps2-an505",), 1000 / 20),
        Board("cortex-m3", *ARM, ("mps2-an385",), 1000 / 25),
        Board("cortex-m0plus", *ARM, ("mps2-an385",), 1000 / 25),
        Board("stm32f4", *ARM, ("netduinoplus2",), 1000 / 168),
        Board(
            "riscv", "riscv64-unknown-elf-gcc", "qemu-system-riscv32", ("virt", "-bios", "none"), 1
        ),
    )
}


@dataclass(frozen=True)
class Firmware:
    """A built firmware and the model in it."""

    board: Board
    elf: Path
    model: NlmModel


@dataclass(frozen=True)
class Answer:
    """A line in numbers."""

    words: int
    best: int
    abstains: bool
    instructions: float
    stack: int
    logits: np.ndarray[tuple[int], np.dtype[np.float32]]


class Uart:
    """The two ends of a board's serial line."""

    def __init__(self, process: subprocess.Popen[bytes], per_tick: float) -> None:
        self._process, self._per_tick = process, per_tick

    def type(self, line: bytes) -> bytes:
        """Types a line, and reads one."""
        assert self._process.stdin is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()
        return self.read()

    def read(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def ask(self, text: bytes) -> Answer:
        found = self.type(b"#" + text.hex().encode()).split()
        assert len(found) == 6, found
        words, best, abstains, ticks, stack = map(int, found[:5])
        logits = np.frombuffer(bytes.fromhex(found[5].decode()), ">f4").astype(np.float32)
        return Answer(words, best, bool(abstains), ticks * self._per_tick, stack, logits)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("library")
    write_layout("plain", NATIVE, folder)
    return folder


def build(board: Board, content: bytes, library: Path, folder: Path) -> Firmware:
    for tool in ("make", board.compiler, board.emulator):
        need(tool)
    for name, text in source_files("model", content).items():
        (folder / name).write_bytes(text)
    options = [
        f"BOARD={board.name}",
        f"MODEL={folder / 'model'}",
        f"OUT={folder}",
        f"LIBRARY={library}",
    ]
    done = subprocess.run(
        ["make", "-C", EXAMPLE, *options], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stderr, done.stderr
    return Firmware(board, folder / board.name / "firmware.elf", read_model(content, "model.nlm"))


@contextmanager
def running(firmware: Firmware) -> Iterator[Uart]:
    board = firmware.board
    emulated = ["-icount", "shift=0", "-nographic", "-monitor", "none", "-serial", "stdio"]
    command = [board.emulator, "-M", *board.machine, *emulated, "-kernel", str(firmware.elf)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        guard = threading.Timer(PATIENCE, process.kill)  # what then is read is too short
        guard.start()
        try:
            uart = Uart(process, board.per_tick)
            assert uart.read() == b"ready\n"
            yield uart
        finally:
            guard.cancel()
            process.kill()


def texts(most_bytes: int) -> list[bytes]:
    """Usual, long, and hostile: any bytes, among them those that end a line or a string."""
    draw = random.Random(5)
    drawn = [draw.randbytes(draw.randrange(60)) for _ in range(30)]
    plain = [b"", b"\n", b"#", b"book a table for two", b"wake me up at sevn in the morning"]
    plain += [
        b"a b c d e f g h " * 10,
        b"x" * (most_bytes + 100),
        b"\0 \xff\xfe\r\n",
        bytes(range(256)),
    ]
    return [*plain, *drawn, *generated_texts(40, seed=31), *follower_texts(30, seed=32)]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cortex-m4", "micro"),
        ("cortex-m33", "micro"),
        ("cortex-m3", "wide"),
        ("cortex-m0plus", "packed-lanes"),
        ("stm32f4", "one"),
        ("riscv", "two"),
    ],
)
def test_what_is_typed_gets_the_bits_of_the_reference(
    name: str, source: str, exported: Store, library: Path, tmp_path: Path
) -> None:
    content = exported("c", source, "int8").path.read_bytes()
    firmware = build(BOARDS[name], content, library, tmp_path)
    shape, reference = firmware.model.shape, NlmEvaluator(firmware.model)
    stack = 0
    with running(firmware) as uart:
        asked = texts(shape.max_bytes)
        assert len(asked) > 100
        for text in asked:
            found, expected = uart.ask(text), reference.run(truncate(text, shape.max_bytes)[0])
            assert found.words == expected["words"][0], text
            np.testing.assert_array_equal(found.logits, expected["logits"][0], str(text))
            assert found.best == found.logits.argmax()
            stack = max(stack, found.stack)
        shown = uart.type(b"book a table for two").decode()
        best = firmware.model.metadata.labels[int(uart.ask(b"book a table for two").best)]
        assert re.match(rf"{best} \d+ %, ", shown)
        assert ", 5 words, " in shown
    assert 500 < stack < STACK


def test_micro_fits_and_is_as_fast_as_it_says(library: Path, tmp_path: Path) -> None:
    """512 kB of flash and 64 kB of RAM are the linker's script's; here is what 150 labels leave of them."""
    source, target = source_of(PRESETS["micro"](), "micro", 0, num_labels=150), CTarget()
    metadata = metadata_of(source, target, "int8")
    content = target.build(ExportJob(source.network, metadata, built_in_probes()))
    firmware = build(BOARDS["cortex-m4"], content, library, tmp_path)
    need("arm-none-eabi-size")
    table = subprocess.run(
        ["arm-none-eabi-size", firmware.elf], capture_output=True, text=True, check=True
    )
    text, data, bss = map(int, table.stdout.splitlines()[1].split()[:3])
    print(f"flash {text + data:,}, RAM {data + bss:,}")  # noqa: T201
    assert text + data < 512 * 1024 - 20_000
    assert data + bss < 40_000
    with running(firmware) as uart:
        answer = uart.ask(b"wake me up at seven in the morning")
        print(answer.words, round(answer.instructions), answer.stack)  # noqa: T201
        assert answer.words == 8
        assert answer.instructions < 1.8e6


def test_a_damaged_model_is_refused_at_the_start(
    exported: Store, library: Path, tmp_path: Path
) -> None:
    content = bytearray(exported("c", "one", "int8").path.read_bytes())
    assert read_metadata(bytes(content), "model.nlm")
    content[-1] ^= 1
    names = source_files("model", bytes(content))
    assert f"{content[-1]},".encode() in names["model.c"]
    firmware = build(BOARDS["cortex-m4"], bytes(content), library, tmp_path)
    with pytest.raises(AssertionError), running(firmware):
        pass
    shutil.rmtree(tmp_path)
