"""The measuring tools on known inputs."""

from __future__ import annotations

import random

import numpy as np
import pytest

from bench.reports import subject
from neurolite_bench.hash_quality import measure, ngram_figures, one_word, trigram_similarity, typo
from neurolite_bench.interleaved import Timing, ratio, spread, time_in_turn
from neurolite_bench.measuring.benchmark import doubted
from neurolite_bench.readme import filled
from neurolite_core.ground.errors import InputError


def test_ratios_are_taken_round_by_round() -> None:
    found = ratio(Timing((10.0, 20.0, 90.0)), Timing((1.0, 4.0, 10.0)))
    assert (found.median, found.lowest, found.highest) == (9.0, 5.0, 10.0)
    assert Timing((3.0, 1.0, 2.0)).median_ms == 2.0
    assert spread([0.9, 1.0, 1.1]) == pytest.approx(0.1)


def test_calls_run_in_turn_and_in_alternating_order() -> None:
    log: list[str] = []
    calls = {"a": lambda: log.append("a"), "b": lambda: log.append("b")}
    timings = time_in_turn(calls, rounds=2, runs={"a": 2, "b": 1}, warm_up=1)
    assert log == ["a", "b", "a", "a", "b", "b", "a", "a"]
    assert all(len(timing.rounds_ms) == 2 for timing in timings.values())


def test_quality_figures_on_words_made_to_collide() -> None:
    rng = random.Random(0)
    words = sorted({"".join(rng.choices("abcdefghij", k=8)) for _ in range(500)})
    # The same accents in another order are the same number.
    found = measure([*words, "hanan\u01d6", "hanan\u1e7b"])
    assert found["pairs_sharing_all"] == 1
    assert found["unrelated_pairs_sharing_all"] == 0
    assert found["examples"] == [("hanan\u1e7b", "hanan\u01d6")]
    shared, strangers = found["shared_with_typo_mean"], found["shared_with_random_word_mean"]
    assert isinstance(shared, float)
    assert isinstance(strangers, float)
    assert shared > 0.2 > 0.05 > strangers


def test_figures_of_ngrams() -> None:
    found = ngram_figures(["ab", "ab", "cab"])
    assert [found[order]["ngrams"] for order in "2345"] == [5, 4, 3, 1]
    assert found["3"]["values_262144"] == 4
    assert found["3"]["at_random_65536"] == pytest.approx(4, abs=1e-3)


def test_helpers_of_the_quality_benchmark() -> None:
    assert one_word(["one", "two words", "日本", "don't"]) == ["one", "don't"]
    assert trigram_similarity("same", "same") == 1.0
    assert trigram_similarity("abc", "xyz") == 0.0
    assert trigram_similarity("ab", "abb") == pytest.approx(1 / 4)
    rng = random.Random(1)
    assert all(abs(len(typo("language", rng)) - 8) <= 1 for _ in range(100))


def test_tables_stand_between_their_marks() -> None:
    text = "before\n<!-- x -->\nold\n<!-- /x -->\nafter\n"
    assert filled(text, "x", "| new |") == "before\n<!-- x -->\n| new |\n<!-- /x -->\nafter\n"
    assert filled(filled(text, "x", "| new |"), "x", "old") == text
    with pytest.raises(InputError, match="must stand once"):
        filled(text, "y", "| new |")


def test_times_of_core_ai_on_linux_are_doubted_and_no_others() -> None:
    rng = np.random.default_rng(0)
    subjects = [subject(rng, f"tiny {kind} int8", kind=kind) for kind in ("onnx", "coreai", "c")]
    (said,) = doubted(subjects)
    assert said.startswith("tiny coreai int8 was run by ")
    assert "a phone's times are others" in said
