"""Instruction sets of the C library, this machine's and emulated ones, with models at the limits of their numbers."""

from __future__ import annotations

import dataclasses
import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from artifacts import Store
from backbones import OTHER_FORMS
from native.tools import NATIVE, need, run
from neurolite_bench.c_models import EXTREME, MILD, Choices, drawn_numbers
from neurolite_core.artifact.formats.nlm import Part, read_parts, write_parts
from neurolite_core.artifact.formats.nlm_module_table import all_numbers, read_modules
from neurolite_core.artifact.formats.nlm_shape import NlmShape, PartRow, number_parts
from neurolite_core.artifact.outputs import EXPERT, OFFSETS, RULES, TAGS
from neurolite_core.network.state_spec import State
from neurolite_core.text.words import truncate
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model
from texts import follower_texts, generated_texts

SCALAR, NEON, SDOT = 0, 6, 7  # enum nl_path
METADATA, SHAPE = (1, 0), (2, 0)  # kind and block of parts
TEXTS = [b"", b"one", b"book a table for two", b"a b c d e f g " * 30, b"\0 \xff\xfe"]
TEXTS += generated_texts(16, seed=51) + follower_texts(8, seed=52)


@dataclass(frozen=True)
class Machine:
    """Where the program of the tests runs.

    Attributes:
        triple: of the cross compiler; none: this machine.
        emulator: its command, without the program.
        paths: instruction sets that it has, or None: whatever it says.
    """

    triple: str = ""
    emulator: Sequence[str] = ()
    paths: Sequence[int] | None = None


ARM64, ARM32 = "aarch64-linux-gnu", "arm-linux-gnueabihf"
MACHINES = {
    "here": Machine(),
    "cortex-a53": Machine(ARM64, ("qemu-aarch64-static", "-cpu", "cortex-a53"), (SCALAR, NEON)),
    "cortex-a76": Machine(
        ARM64, ("qemu-aarch64-static", "-cpu", "cortex-a76"), (SCALAR, NEON, SDOT)
    ),
    "cortex-a15": Machine(ARM32, ("qemu-arm-static", "-cpu", "cortex-a15"), (SCALAR, NEON)),
}


@pytest.fixture
def printer(built_model_library: Callable[[str], Path], tmp_path: Path) -> Callable[[str], Path]:
    """print_logits.c for a triple; with the shared library where there is one, which asks libc for sdot."""

    def build(triple: str) -> Path:
        library, program = built_model_library(triple), tmp_path / "print_logits"
        compiler, source = (
            f"{triple}-gcc" if triple else "cc",
            Path(__file__).parent / "print_logits.c",
        )
        flags = ["-O2", f"-I{NATIVE / 'include'}", f"-Wl,-rpath,{library.parent}"]
        run([compiler, *flags, str(source), str(library), "-o", str(program)], tmp_path)
        return program

    return build


def extreme(content: bytes, seed: int) -> bytes:
    """Another model of the same labels: other widths, and numbers from all of their ranges."""
    rng = np.random.default_rng(seed)
    parts = read_parts(content, "model.nlm")
    shape = NlmShape.from_bytes(parts[SHAPE], "")
    widths = ("projection", "hidden", "token_hidden", "channel_hidden")
    changed = dataclasses.replace(
        shape,
        **{name: int(rng.choice([32, 64, 96, 160])) for name in widths},
        num_hashes=(shape.num_hashes, 64, 17)[seed % 3],
        max_words=int(rng.choice([7, 16, 50])),
        pooling=seed % 2,
        embedding_shift=int(rng.integers(-6, 7)),
        embedding_mult=int(rng.integers(2**12, 2**15)),
        final_eps=int(rng.choice([1, 2**16])),
    )
    changed = dataclasses.replace(changed, hidden=changed.hidden + 16 * (seed % 2))
    metadata = json.loads(bytes(parts[METADATA]))
    metadata |= {"num_hashes": changed.num_hashes, "max_words": changed.max_words}
    metadata["embedding_size"] = changed.text_size
    made = {METADATA: json.dumps(metadata).encode(), SHAPE: changed.to_bytes()}
    for row in number_parts(changed):
        key = (row.kind, row.block)
        made[key] = _numbers(row, bytes(parts[key]), rng)
    return write_parts([Part(*key, made.get(key, bytes(part))) for key, part in parts.items()])


def _numbers(row: PartRow, part: bytes, rng: np.random.Generator) -> bytes:
    """The part's numbers; scales and the wide path stay as they are."""
    name, size = row.name.rpartition("_")[2], int(np.prod(row.dims))
    limits = np.iinfo(row.dtype) if np.dtype(row.dtype).kind in "iu" else None
    choices: dict[str, list[int]] = {
        "weights": [-63, -1, 0, 1, 63] if rng.random() < 0.5 else list(range(-63, 64)),
        "mult": [0, 1, 2**14, 2**15 - 1],
        "shift": [31] if rng.random() < 0.1 else list(range(10)),
        "init": [-(2**30), 2**30, *range(-8, 9)],
        "gain": [1 - 2**15, -1_000, 0, 1, 5_000, 2**15 - 1],
        "offset": [1 - 2**15, -1_000, 0, 1, 5_000, 2**15 - 1],
        "eps": [1, 2**10, 2**30],
    }
    if limits is not None and name in ("table", "factors"):
        choices[name] = [int(limits.min), 1, int(limits.max)]
    if name not in choices:
        return part
    found = rng.choice(choices[name], size)
    return found.astype(np.dtype(row.dtype).newbyteorder("<")).tobytes()


@cache
def expected_of(content: bytes) -> bytes:
    """What one path of the program prints, by the reference."""
    opened = read_model(content, "model.nlm")
    reference, found = NlmEvaluator(opened), b""
    state: State = {}
    for text in TEXTS:
        kept, lost = truncate(text, opened.shape.max_bytes)
        answer = reference.run(kept, state)
        words = int(answer["words"][0])
        found += np.array([words, lost or words > opened.shape.max_words], "<i4").tobytes()
        logits = [answer["logits"][0].tobytes()] if "logits" in opened.metadata.outputs else []
        found += b"".join([*logits, answer["embedding"][0].tobytes()])
        read = min(words, opened.shape.max_words)
        more = [answer[name][0] for name in (RULES, TAGS, OFFSETS, EXPERT) if name in answer]
        found += b"".join(
            each[:read].tobytes() if each.ndim > 1 else each.tobytes() for each in more
        )
        state = {spec.name: answer[spec.next_name][0] for spec in opened.metadata.state}
        found += b"".join(values.tobytes() for values in state.values())
    return found


def printed(machine: Machine, program: Path, model: Path) -> bytes:
    """The program's output for all texts."""
    sent = b"".join(len(text).to_bytes(4, "little") + text for text in TEXTS)
    emulator = list(machine.emulator)
    if emulator:
        emulator = [need(emulator[0]), *emulator[1:], "-L", f"/usr/{machine.triple}"]
    done = subprocess.run(
        [*emulator, str(program), str(model)], input=sent, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", MACHINES)
def test_every_instruction_set_gives_the_reference(
    name: str, printer: Callable[[str], Path], exported: Store, tmp_path: Path
) -> None:
    machine, model = MACHINES[name], tmp_path / "model.nlm"
    program = printer(machine.triple)
    differing = set()
    for number, source in enumerate(("one", "packed-lanes", "bag", "wide-two")):
        whole = exported("c", source, "int8").path.read_bytes()
        for content in [whole, *(extreme(whole, 3 * number + seed) for seed in range(3))]:
            model.write_bytes(content)
            found, expected = printed(machine, program, model), expected_of(content)
            size = 4 + len(expected)
            blocks = [found[i : i + size] for i in range(0, len(found), size)]
            paths = [int.from_bytes(block[:4], "little") for block in blocks]
            assert machine.paths is None or paths == list(machine.paths)
            for path, block in zip(paths, blocks, strict=True):
                assert block[4:] == expected, (source, path)
            differing.add(expected)
    assert len(differing) == 16


@pytest.mark.parametrize("name", MACHINES)
def test_modules_give_the_reference_on_every_instruction_set(
    name: str, printer: Callable[[str], Path], exported: Store, tmp_path: Path
) -> None:
    """Rules, spans, memory and experts, of which much is float32; texts are the turns of one conversation."""
    machine, model = MACHINES[name], tmp_path / "model.nlm"
    program = printer(machine.triple)
    for source in ("joint", "joint-lanes", "rules-asking", "remembering-bag", "experts-bag"):
        content = exported.ungated("c", source, "int8").read_bytes()
        model.write_bytes(content)
        found, expected = printed(machine, program, model), expected_of(content)
        size = 4 + len(expected)
        blocks = [found[i : i + size] for i in range(0, len(found), size)]
        assert len(blocks) > 1
        for block in blocks:
            assert block[4:] == expected, (source, int.from_bytes(block[:4], "little"))


BACKBONES = ["liquid", "reservoir", "hypermixer", *sorted(OTHER_FORMS)]
GENERATING = ["generating", "streaming", "streaming-liquid"]
WITHOUT_HEAD = {"head_scale", "generation_entries_scale", "generation_entries_bias"}


def with_drawn_numbers(content: bytes, choices: Choices, seed: int) -> bytes:
    """The same model with other numbers, but for its labels' scales."""
    rng = np.random.default_rng(seed)
    parts = read_parts(content, "model.nlm")
    shape = NlmShape.from_bytes(parts[SHAPE], "")
    made = {
        (row.kind, row.block): drawn_numbers(row, shape, choices, rng).tobytes()
        for row in all_numbers(shape, read_modules(parts, shape, ""))
        if row.name not in WITHOUT_HEAD
    }
    return write_parts([Part(*key, made.get(key, bytes(part))) for key, part in parts.items()])


def with_vectors(content: bytes) -> bytes:
    """The same file, whose answers have the text's vector: of generators, too, whose own have not."""
    parts = read_parts(content, "model.nlm")
    metadata = json.loads(bytes(parts[METADATA]))
    metadata["outputs"] = ["logits", "embedding"]
    made = {METADATA: json.dumps(metadata).encode()}
    return write_parts([Part(*key, made.get(key, bytes(part))) for key, part in parts.items()])


@pytest.mark.parametrize("name", ["here", "cortex-a76"])
def test_backbones_give_the_reference_on_every_instruction_set(
    name: str, printer: Callable[[str], Path], exported: Store, tmp_path: Path
) -> None:
    """Trained-like numbers, mild ones and such from the ends of their ranges."""
    machine, model = MACHINES[name], tmp_path / "model.nlm"
    program = printer(machine.triple)
    differing = set()
    sources = [*(f"backbone-{backbone}" for backbone in BACKBONES), *GENERATING]
    for number, source in enumerate(sources):
        whole = with_vectors(exported.ungated("c", source, "int8").read_bytes())
        drawn = [with_drawn_numbers(whole, choices, number) for choices in (MILD, EXTREME)]
        for content in (whole, *drawn):
            model.write_bytes(content)
            found, expected = printed(machine, program, model), expected_of(content)
            size = 4 + len(expected)
            blocks = [found[i : i + size] for i in range(0, len(found), size)]
            assert len(blocks) > 1
            for block in blocks:
                assert block[4:] == expected, (source, int.from_bytes(block[:4], "little"))
            differing.add(expected)
    assert len(differing) == 3 * len(sources)


@pytest.mark.parametrize(("triple", "needed"), [("", []), (ARM64, ["getauxval"])])
def test_the_library_needs_no_other(
    triple: str, needed: list[str], built_model_library: Callable[[str], Path], tmp_path: Path
) -> None:
    need("readelf")
    library = str(built_model_library(triple))
    assert "NEEDED" not in run(["readelf", "-W", "-d", library], tmp_path)
    rows = run(["readelf", "-W", "--dyn-syms", library], tmp_path).splitlines()
    symbols = [row.split() for row in rows if " UND " in row]
    assert [row[7] for row in symbols if len(row) == 8] == needed
    assert {row[4] for row in symbols if len(row) == 8} <= {"WEAK"}  # may be absent
