"""Examples that export files and run them: what they print is so."""

from __future__ import annotations

import re

import pytest

import benchmark_comparison
import classification_example


def test_classification_example(capsys: pytest.CaptureFixture[str]) -> None:
    classification_example.main()
    shown = capsys.readouterr().out
    assert re.search(r"Exported neurolite-requests-int8.onnx, 1\.\d\d MB", shown)
    gates = dict(re.findall(r"^   (\w[\w ]+?) {2,}(passed|not proven) ", shown, re.MULTILINE))
    assert gates["indices"] == gates["int8 products"] == "passed"
    clean = re.search(r"answers ([\d.]+)% of the test rows", shown)
    typos = re.search(r"and ([\d.]+)% with a typing error", shown)
    assert clean
    assert typos
    assert float(clean[1]) > 90
    assert float(typos[1]) > 85


def test_its_test_rows_are_others() -> None:
    train, test = ({text for text, _ in classification_example.rows_of(place)} for place in (0, 1))
    assert not train & test
    assert len(test) == 155


def test_benchmark_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    benchmark_comparison.main()
    shown = capsys.readouterr().out
    assert "426 rows of 105 intents to learn from, 331 others to test on" in shown
    rows = {
        name.strip(): (float(right), float(typos), float(size), int(time))
        for name, right, typos, size, time in re.findall(
            r"^(.{27}) *([\d.]+)% +([\d.]+)% +([\d.]+) +(\d+) ±", shown, re.MULTILINE
        )
    }
    assert [*rows] == ["NeuroLite, float32", "NeuroLite, int8", "linear, tf-idf of letters"]
    float32, int8, linear = rows.values()
    assert abs(float32[0] - int8[0]) < 2
    assert int8[0] > linear[0] > 50
    assert all(row[1] < row[0] for row in rows.values())
    assert float32[2] > 3.5 * int8[2]


def test_its_test_rows_are_not_learned() -> None:
    train, test = benchmark_comparison.split_rows()
    assert not {text for text, _ in train} & {text for text, _ in test}
    assert {label for _, label in train} == {label for _, label in test}
