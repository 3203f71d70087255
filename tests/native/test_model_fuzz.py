"""The fuzzer of the C library of models: it finds nothing, and what it is to find it finds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from native.tools import NATIVE, need
from neurolite_bench.c_build import compiled
from neurolite_bench.c_fuzz import Fuzzing, fuzz_table, fuzzed, measure
from neurolite_bench.c_models import KINDS, made_models, shape_of
from neurolite_bench.results import RESULTS
from neurolite_core.artifact.formats.nlm import Part, read_parts, write_parts
from neurolite_core.ground.errors import GateError
from neurolite_runtimes.native_build import source_folder


def test_a_short_run_finds_nothing() -> None:
    need("cmake")
    compiler = need("gcc")
    runs = [Fuzzing("texts", True, 2_000), Fuzzing("blobs", True, 2_000)]
    found = list(measure(runs, compiler=compiler, seed=5, processes=2, seconds=60))
    assert [row["rounds"] for row in found] == [2_000, 2_000]
    texts, blobs = found
    assert sum(texts["compared_with_plain_c"].values()) == 2_000
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


def test_a_fault_is_found_and_named(tmp_path: Path) -> None:
    """A program whose plain C rounds otherwise: the first text that shows it ends the run."""
    need("cmake")
    compiler = need("gcc")
    source = (source_folder() / "fuzz" / "model_fuzz.c").read_text("utf-8")
    changed = source.replace(
        "memcmp(one->logits, other->logits", "!memcmp(one->logits, other->logits"
    )
    assert changed != source
    program = tmp_path / "model_fuzz.c"
    program.write_text(changed, "utf-8")
    flags = [f"-I{NATIVE / 'fuzz'}"]
    built = compiled(program, tmp_path / "built", compiler=compiler, flags=flags)
    model = tmp_path / "model.nlm"
    model.write_bytes(made_models(5)["label, mild"])
    with pytest.raises(GateError, match=r"round \d+, .*model\.nlm: an instruction set differs"):
        fuzzed(Fuzzing("texts", False, 100), built, [model], seed=5, processes=1, seconds=0)


def test_numbers_of_a_wide_path_that_is_not_there_are_refused(tmp_path: Path) -> None:
    """2^31 orders of n-grams overflowed the scratch's reckoning."""
    need("cmake")
    compiler = need("gcc")
    content = made_models(5)["label, mild"]
    parts = [Part(*key, bytes(view)) for key, view in read_parts(content, "model.nlm").items()]
    shape = bytearray(parts[1].content)
    shape[4 * 21 : 4 * 22] = (2**31).to_bytes(4, "little")
    model = tmp_path / "model.nlm"
    model.write_bytes(write_parts([parts[0], Part(2, 0, bytes(shape)), *parts[2:]]))
    built = compiled(
        source_folder() / "fuzz" / "model_fuzz.c", tmp_path / "built", compiler=compiler
    )
    with pytest.raises(GateError, match="it cannot be opened"):
        fuzzed(Fuzzing("texts", False, 1), built, [model], seed=5, processes=1, seconds=0)


def test_the_committed_result_has_a_table() -> None:
    result = json.loads((RESULTS / "c_fuzz.json").read_text("utf-8"))
    table = fuzz_table(result)
    assert table.count("\n") == 1 + len(result["runs"])
    kinds = {(row["kind"], row["sanitized"]) for row in result["runs"]}
    assert kinds == {("texts", True), ("blobs", True), ("texts", False)}
