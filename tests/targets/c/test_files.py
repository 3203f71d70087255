"""What is in a .nlm, and that nothing else is taken for one."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from artifacts import SOURCES, Store
from commands import call_command
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.artifact.formats import nlm
from neurolite_core.artifact.formats.nlm import Part, read_parts, write_parts
from neurolite_core.artifact.formats.nlm_shape import has_labels, label_part, labels_of
from neurolite_core.artifact.formats.table import format_of
from neurolite_core.artifact.seal import Seal
from neurolite_core.ground.errors import ArtifactError, UnsupportedError
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_export import planning
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.target import ExportJob
from neurolite_export.targets import TARGETS
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.native_library import FOLDER_VARIABLE
from neurolite_runtimes.nlm_reference.model import read_model

TARGET = TARGETS["c"].load()
SOURCE = "model.nlm"


@pytest.fixture(scope="module")
def path(exported: Store) -> Path:
    return exported("c", "one", "int8").path


@pytest.fixture(scope="module")
def content(path: Path) -> bytes:
    return path.read_bytes()


def resealed(content: bytes, changes: Callable[[bytearray], None]) -> bytes:
    changed = bytearray(content)
    changes(changed)
    return nlm.seal(bytes(changed))


def place_of(content: bytes, key: tuple[int, int]) -> int:
    """Where a part begins, read from the file's table."""
    (count,) = struct.unpack_from("<I", content, 12)
    entries = [struct.unpack_from("<IIQ", content, 64 + 32 * number) for number in range(count)]
    return next(int(place) for kind, block, place in entries if (kind, block) == key)


# --- The container ---------------------------------------------------------------------------------


@given(st.lists(st.binary(max_size=200), min_size=1, max_size=9))
def test_parts_are_read_as_they_were_written(contents: list[bytes]) -> None:
    parts = [Part(kind, kind % 3, each) for kind, each in enumerate(contents)]
    whole = write_parts(parts)
    found = read_parts(whole, SOURCE)
    assert [(kind, block, bytes(view)) for (kind, block), view in found.items()] == [
        (part.kind, part.block, part.content) for part in parts
    ]
    assert nlm.seal_of(whole) is Seal.WHOLE
    assert format_of(whole) == "c"
    assert len(whole) % 64 == 0


@given(st.data())
def test_any_other_byte_of_the_table_is_refused_or_no_other_part(data: st.DataObject) -> None:
    whole = write_parts([Part(1, 0, b"a" * 70), Part(2, 0, b"b")])
    place = data.draw(st.integers(0, 127).filter(lambda at: not 32 <= at < 64))
    value = data.draw(st.integers(0, 255).filter(lambda value: value != whole[place]))
    changed = whole[:place] + bytes([value]) + whole[place + 1 :]
    assert nlm.seal_of(changed) is Seal.BROKEN
    try:
        found = read_parts(changed, SOURCE)
    except ArtifactError:
        return
    # Kinds and blocks may be others, and zeros behind a part may belong to it; places may not lead elsewhere.
    assert sorted(bytes(view).rstrip(b"\0") for view in found.values()) == [b"a" * 70, b"b"]


@pytest.mark.parametrize("size", [0, 1, 8, 31, 32, 63, 64, 127])
def test_what_was_cut_off_is_refused(content: bytes, size: int) -> None:
    with pytest.raises(ArtifactError, match=r"model\.nlm is a damaged \.nlm file"):
        read_parts(content[:size], SOURCE)


def test_a_newer_version_says_so(content: bytes) -> None:
    newer = content[:8] + struct.pack("<I", 2) + content[12:]
    with pytest.raises(ArtifactError, match="version 2 of the format; this release knows 1"):
        read_parts(newer, SOURCE)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=20))
def test_labels_are_read_as_they_were_written(names: list[str]) -> None:
    part = memoryview(label_part(tuple(names)))
    assert labels_of(part) == tuple(names)
    assert has_labels(part, names)
    for others in (names[:-1], [*names, "more"], [names[0] + "x", *names[1:]]):
        assert has_labels(part, others) == (labels_of(part) == tuple(others))


# --- Models ----------------------------------------------------------------------------------------


def test_equal_jobs_give_equal_bytes(content: bytes) -> None:
    source = SOURCES["one"]()
    job = ExportJob(source.network, metadata_of(source, TARGET, "int8"), built_in_probes())
    assert TARGET.build(job) == content


def test_everything_is_whole_numbers_but_scales(content: bytes) -> None:
    contents = TARGET.inspect(content)
    assert contents.format_version == "nlm 1"
    assert contents.products == {"int8": 6}
    assert (
        contents.weight_values["float32"] == 16
    )  # a scale for each label, of which there are lanes
    assert contents.weight_values["int8"] > 512 * 32
    assert [port.name for port in contents.outputs] == ["logits", "embedding", "words"]


def test_packed_tables_stay_packed(exported: Store) -> None:
    built = exported("c", "packed-lanes", "int8").built
    assert built.contents.weight_values["int4"] == 512 * 64
    assert built.contents.weight_values["uint8"] == 512


@pytest.mark.parametrize("what", ["weights", "mult", "shift", "eps", "scale", "shape", "labels"])
def test_numbers_that_no_file_may_have_are_refused(content: bytes, what: str) -> None:
    places = {
        "weights": ((6, 0), b"\x7f"),
        "mult": ((8, 0), b"\xff\xff"),
        "shift": ((9, 0), b"\x20\0\0\0"),
        "eps": ((12, 0), b"\0\0\0\0"),
        "scale": ((40, 0), struct.pack("<f", float("nan"))),
        "shape": ((2, 0), struct.pack("<i", 17)),
        "labels": ((3, 0), b"\xff\xff\xff\xff"),
    }
    key, value = places[what]
    at = place_of(content, key)

    def change(changed: bytearray) -> None:
        changed[at : at + len(value)] = value

    broken = resealed(content, change)
    assert nlm.seal_of(broken) is Seal.WHOLE
    with pytest.raises(ArtifactError, match=r"model\.nlm is a damaged \.nlm file"):
        read_model(broken, SOURCE)


@torch.no_grad()
def test_a_session_answers_as_the_reference_model(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))  # where no library was built
    anonymous = tmp_path / "no-name"
    anonymous.write_bytes(path.read_bytes())
    session = open_artifact(anonymous)
    texts: list[str | bytes] = [
        "book a table",
        "",
        "w " * 400,
        "été\0日本",
        b"\xff",
        "a b c d " * 4,
    ]
    found = run(session, texts)
    expected = SOURCES["one"]().network(input_texts=texts)
    for name in ("logits", "embedding"):
        far = np.abs(found.values[name] - expected[name].numpy()).max()
        print(name, far)  # noqa: T201 (how far apart, also when it passes)
        assert far < 0.3
    assert found.words.tolist() == [3, 0, 32, 3, 1, 16]
    assert found.truncated.tolist() == [False, False, True, False, False, False]
    assert session.is_reference
    assert session.runtime == "numpy, by docs/c-arithmetic.md"


def test_a_file_runs_from_the_command_line_and_a_damaged_one_does_not(
    path: Path, tmp_path: Path
) -> None:
    done = call_command("neurolite-run", path, "Book a table", cwd=tmp_path)
    assert json.loads(done.stdout)["words"] == 3, done.stderr.decode()
    broken = bytearray(path.read_bytes())
    broken[-100] ^= 1
    (tmp_path / "broken.nlm").write_bytes(broken)
    done = call_command("neurolite-run", "broken.nlm", "Book a table", cwd=tmp_path)
    assert done.returncode == 2
    assert b"broken.nlm is damaged" in b" ".join(done.stderr.split())


def test_what_it_cannot_compute_is_refused_by_name() -> None:
    source = SOURCES["one"]()
    source.network.pool = torch.nn.Identity()
    job = ExportJob(source.network, metadata_of(source, TARGET, "int8"), built_in_probes())
    with pytest.raises(
        UnsupportedError, match=r"The target c cannot compute Identity \(pool\) yet"
    ):
        TARGET.build(job)


def test_a_memory_that_joins_too_much_is_refused_by_name() -> None:
    source = SOURCES["one"]()
    wide = replace(source.network.config, memory=MemoryOptions(working=2, working_heads=64))
    wide = replace(wide, hidden_size=128)
    network = type(source.network)(wide)
    job = ExportJob(network, metadata_of(source, TARGET, "int8"), built_in_probes())
    with pytest.raises(UnsupportedError, match=r"joins 8,704 numbers .* the target c takes 8,192"):
        TARGET.build(job)


def test_all_targets_leave_it_out_where_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save_checkpoint(SOURCES["rules"]().network, tmp_path / "ruled")
    asked = ["neurolite-export", "--checkpoint", "ruled", "--precision", "all", "--target"]
    done = call_command(*asked, "c", cwd=tmp_path)
    assert done.returncode == 2
    assert b"projection_size is 8; the target c takes multiples of 16" in b" ".join(
        done.stderr.split()
    )
    # Of all, two are enough here: the others take a minute.
    few = {name: TARGETS[name] for name in ("onnx", "c")}
    monkeypatch.setattr(planning, "TARGETS", few)
    done = call_command(*asked, "all", cwd=tmp_path)
    told = b" ".join(done.stderr.split())
    assert b"Left out: projection_size is 8; the target c takes multiples of 16" in told
    assert (tmp_path / "neurolite-ruled-float32.onnx").is_file()
    assert done.returncode in (0, 1)  # random weights in int8 may be refused, not the command
    assert not list(tmp_path.glob("*.nlm"))


@pytest.mark.parametrize("blocks", [0, 17])
def test_numbers_of_blocks_that_no_file_has_are_refused_by_name(blocks: int) -> None:
    source = SOURCES["one"]()
    deep = source.network.config.replace(num_mixer_layers=blocks)
    network = type(source.network)(deep)
    job = ExportJob(network, metadata_of(source, TARGET, "int8"), built_in_probes())
    with pytest.raises(UnsupportedError, match=f"num_layers is {blocks}; the target c takes 1 to"):
        TARGET.build(job)


def test_sizes_that_are_no_whole_vectors_are_refused_by_name() -> None:
    source = SOURCES["one"]()
    odd = source.network.config.replace(hidden_size=40)
    network = type(source.network)(odd)
    job = ExportJob(network, metadata_of(source, TARGET, "int8"), built_in_probes())
    with pytest.raises(UnsupportedError, match="hidden_size is 40; the target c takes multiples"):
        TARGET.build(job)
