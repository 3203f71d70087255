"""The C runtime's benchmark: its program answers as Python does, and its tables say what was measured."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from artifacts import Store
from neurolite_bench.c_runtime.direct import Direct, build_driver, library_bytes
from neurolite_bench.c_runtime.memory import of_c, start_of_c, used_by, wanted_ratio
from neurolite_bench.c_runtime.table import memory_table, sizes_table, times_table
from neurolite_bench.c_runtime.times import sample
from neurolite_core.ground.errors import InputError
from neurolite_runtimes import open_artifact
from neurolite_runtimes import run as run_texts

pytestmark = pytest.mark.skipif(
    shutil.which("cmake") is None or shutil.which("cc") is None, reason="needs cmake and cc"
)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_driver(tmp_path_factory.mktemp("driver"), ("scalar",))


def test_the_program_answers_as_python_does(program: Path, exported: Store) -> None:
    path = exported("c", "one", "int8").path
    session = open_artifact(path)
    with Direct(program, path) as direct:
        assert direct.path == "scalar"
        assert 0 < direct.opened_us <= direct.answered_us
        for words in (8, 12, 32):
            found = direct.ask(sample(words), 3)
            expected = run_texts(session, [sample(words)]).values["logits"][0].argmax()
            assert found.label == expected
            assert 0 < found.least <= found.median


def test_what_a_model_adds_to_a_process(program: Path, exported: Store) -> None:
    path = exported("c", "one", "int8").path
    used = of_c(program, path, 1)
    # What is mapped counts in the one and not in the other.
    assert used.pss - used.dirty > path.stat().st_size / 4
    assert set(start_of_c(program, path, 1)) == {"opened_us", "answered_us", "least_us"}


def test_a_file_that_is_no_model(program: Path, tmp_path: Path) -> None:
    (tmp_path / "x.nlm").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match="is the file a"):
        Direct(program, tmp_path / "x.nlm")


def test_a_compiler_that_fails(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="knows"):
        library_bytes(tmp_path, ("mmx",))


def test_tables() -> None:
    assert wanted_ratio("BERT-base", "tiny") == 110
    times = {
        "C library, from C": {"least": 2.0, "median": 4.0},
        "other": {"least": 5.0, "median": 8.0},
    }
    used = used_by(
        {
            "memory": [{"added_dirty": 3_000_000, "added_pss": 4_000_000}],
            "starts": [{"runtime_ms": 1.0, "load_ms": 2.0, "first_answer_ms": 3.0}],
        }
    )
    row = {
        "file": 1_000_000,
        "c": {"dirty": 100_000, "pss": 1_100_000},
        "start": {"answered_us": 500.0},
        "onnx": used,
        "ratios": {"BERT-base": {"found": 109.0, "wanted": 110.0}},
    }
    result = {
        "times": {"8": times},
        "peers": {"BERT-base": {}},
        "presets": {"tiny": row},
        "library_bytes": {"avx2": 55_456},
    }
    assert "| other | 5.0 / 8.0, 2.5 / 2.0 times |" in times_table(result)
    assert "| tiny | 1.00 | 0.10 / 3.00 | 1.10 | 0.50 / 6 | ❌ 109 (110) times |" in memory_table(
        result
    )
    assert "| avx2 | 55,456 |" in sizes_table(result)
