"""The native op's measuring command: its numbers hang together, and it refuses what it must."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from neurolite_bench.interleaved import Timing
from neurolite_bench.native_op import WORDS, app, figures, sample_text
from neurolite_core.hashing.words import hash_words
from neurolite_runtimes.native_library import FOLDER_VARIABLE, NativeLibrary


def test_the_text_is_what_the_issue_names() -> None:
    text = sample_text()
    assert hash_words([text], num_hashes=1, table_size=64).counts.tolist() == [WORDS]
    assert 1_300 <= len(text) <= 1_700


def test_a_short_run(native_in_use: NativeLibrary, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    code, output = call("--rounds", "1", "--out", str(out), "--no-sizes")
    assert code == 0, output
    result = json.loads(out.read_text())
    assert result["instruction_set"] == native_in_use.instruction_set
    assert result["profile_us"]["BloomHash"] > 0
    assert set(result["throughput_mb_per_s"]["english"]) == set(native_in_use.paths.values())
    # Far below what is measured, so that a busy machine does not fail.
    assert result["figures"]["hash: body to C ABI"]["median"] > 2
    assert result["figures"]["tiny int8: body to native op"]["median"] > 0.9


def test_figures_on_constants() -> None:
    names = ["hash by C ABI", "hash by native op", "hash by function body"]
    names += ["tiny int8, function body", "tiny int8, native op"]
    values = [0.005, 0.02, 0.2, 0.8, 0.4]
    found = figures({n: Timing((v, v)) for n, v in zip(names, values, strict=True)})
    *ratios, share = found.values()
    assert [item["median"] for item in ratios] == pytest.approx([40, 10, 2])
    assert share == 1.25


@pytest.mark.parametrize(
    ("arguments", "message"), [(["--rounds", "0"], "--rounds is 0"), ([], "neurolite-ops build")]
)
def test_refusals(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    code, output = call(*arguments, "--out", str(tmp_path / "out.json"))
    assert code == 2
    assert message in output
    assert not (tmp_path / "out.json").exists()


def call(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, arguments)
    return result.exit_code, result.output
