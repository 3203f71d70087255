"""The fuzzer of the C library of models: it finds nothing, and what it is to find it finds."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from native.tools import NATIVE, need
from neurolite_bench.c_build import SANITIZERS, compiled
from neurolite_bench.c_fuzz import Fuzzing, fuzz_table, fuzzed
from neurolite_bench.c_models import KINDS, made_models, shape_of
from neurolite_bench.results import RESULTS
from neurolite_core.artifact.formats.nlm import Part, read_parts, write_parts
from neurolite_core.ground.errors import GateError

SEED = 5
SOURCE = NATIVE / "fuzz" / "model_fuzz.c"
Build = Callable[[Path], Path]


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    """Compiles a program with sanitizers; the library is compiled once."""
    need("cmake")
    compiler, folder = need("gcc"), tmp_path_factory.mktemp("fuzz")
    flags = [*SANITIZERS, f"-I{NATIVE / 'fuzz'}"]
    return lambda source: compiled(source, folder, compiler=compiler, flags=flags)


@pytest.fixture
def models(tmp_path: Path) -> list[Path]:
    paths = []
    for number, content in enumerate(made_models(SEED).values()):
        paths.append(tmp_path / f"{number:02}.nlm")
        paths[-1].write_bytes(content)
    return paths


def test_a_short_run_finds_nothing(build: Build, models: list[Path]) -> None:
    texts, blobs = (
        fuzzed(Fuzzing(kind, True, 2_000), build(SOURCE), models, seed=SEED, processes=2, seconds=0)
        for kind in ("texts", "blobs")
    )
    assert texts["rounds"] == sum(texts["compared_with_plain_c"].values()) == 2_000
    # Where nearly all is refused, or nearly nothing, damage is not what it should be.
    assert 300 < blobs["verified"] < blobs["opened"] < 1_200
    assert blobs["damaged"] + blobs["unsupported"] > 300
    assert blobs["not a model"] + blobs["damaged"] + blobs["unsupported"] + blobs["opened"] == 2_000


def test_models_are_the_same_every_time_and_of_all_kinds() -> None:
    models = made_models(3)
    assert len(models) == 2 * len(KINDS)
    assert models == made_models(3)
    assert all(content != made_models(4)[name] for name, content in models.items())
    for kind in KINDS:
        assert shape_of(kind).is_possible(), kind


def test_what_differs_is_found_and_named(build: Build, tmp_path: Path, models: list[Path]) -> None:
    """The program with its comparison turned around: the first equal answer ends the run."""
    source = SOURCE.read_text("utf-8")
    changed = source.replace("other->sizes[i]) != 0)", "other->sizes[i]) == 0)")
    assert changed != source
    program = tmp_path / "turned_around.c"
    program.write_text(changed, "utf-8")
    fuzzing = Fuzzing("texts", True, 100)
    with pytest.raises(GateError, match=r"round 0, .*\.nlm: an instruction set differs"):
        fuzzed(fuzzing, build(program), models, seed=SEED, processes=1, seconds=0)


def test_orders_of_a_wide_path_that_is_not_there_are_refused(
    build: Build, models: list[Path]
) -> None:
    """2^31 of them overflowed where scratch is reckoned."""
    content = models[0].read_bytes()
    parts = [Part(*key, bytes(view)) for key, view in read_parts(content, "model.nlm").items()]
    shape = bytearray(parts[1].content)
    shape[4 * 21 : 4 * 22] = (2**31).to_bytes(4, "little")
    models[0].write_bytes(write_parts([parts[0], Part(2, 0, bytes(shape)), *parts[2:]]))
    fuzzing = Fuzzing("texts", True, 1)
    with pytest.raises(GateError, match="it cannot be opened"):
        fuzzed(fuzzing, build(SOURCE), models[:1], seed=SEED, processes=1, seconds=0)


def test_the_committed_result_has_a_table() -> None:
    result = json.loads((RESULTS / "c_fuzz.json").read_text("utf-8"))
    table = fuzz_table(result)
    assert table.count("\n") == 1 + len(result["runs"])
    kinds = {(row["kind"], row["sanitized"]) for row in result["runs"]}
    assert kinds == {("texts", True), ("blobs", True), ("texts", False)}
