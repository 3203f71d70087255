"""The native op's measuring command: its numbers hang together, and it refuses what it must."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from neurolite_bench.native_op import WORDS, interleaved, main, ratios, sample_text, summary
from neurolite_core.hashing import hash_words
from neurolite_runtimes.native_library import FOLDER_VARIABLE, NativeLibrary


def test_the_text_is_what_the_issue_names() -> None:
    text = sample_text()
    assert hash_words([text], num_hashes=1, table_size=64).counts.tolist() == [WORDS]
    assert 1_300 <= len(text) <= 1_700


def test_repeats_are_interleaved() -> None:
    order: list[str] = []
    timings = interleaved({"a": lambda: order.append("a"), "b": lambda: order.append("b")}, 30)
    assert order[-60:] == ["a", "b"] * 30
    for samples in timings.values():
        timing = summary(samples)
        assert timing.p10_us <= timing.median_us <= timing.p90_us
        assert timing.repeats == 30


def test_a_short_run(native_in_use: NativeLibrary, tmp_path: Path) -> None:
    out = tmp_path / "result.json"
    assert main(["--repeats", "20", "--out", str(out), "--no-sizes"]) == 0
    result = json.loads(out.read_text())
    assert result["instruction_set"] == native_in_use.instruction_set
    assert result["profile_us"]["BloomHash"] > 0
    assert set(result["throughput_mb_per_s"]["english"]) == set(native_in_use.paths.values())
    # Far below what is measured, so that a busy machine does not fail.
    assert result["ratios"]["hash, body to C ABI"] > 3
    assert result["ratios"]["tiny int8, body to native"] > 1
    assert np.isfinite(result["ratios"]["op's share of tiny int8, percent"])


def test_ratios_on_constants() -> None:
    names = ("hash by C ABI", "onnxruntime call alone", "hash by native op")
    more = ("hash by function body", "tiny int8, function body", "tiny int8, native op")
    values = dict(zip([*names, *more], [5.0, 10.0, 20.0, 210.0, 800.0, 400.0], strict=True))
    found = ratios({name: np.full(3, value) for name, value in values.items()})
    assert list(found.values()) == [42.0, 10.5, 20.0, 2.5, 2.0]


@pytest.mark.parametrize(
    ("arguments", "message"), [(["--repeats", "1"], "--repeats is 1"), ([], "neurolite-ops build")]
)
def test_refusals(
    arguments: list[str],
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    assert main([*arguments, "--out", str(tmp_path / "out.json")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out.json").exists()
