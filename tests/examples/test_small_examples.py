"""Examples that are quick, or train for seconds: what they print is so."""

from __future__ import annotations

import random
import re

import pytest

import memory_and_routing_example
import simple_example


def test_simple_example(capsys: pytest.CaptureFixture[str]) -> None:
    simple_example.main()
    shown = capsys.readouterr().out
    common = [int(number) for number in re.findall(r"have +(\d+) of 16", shown)]
    assert common[0] > 3
    assert common[1] > 8
    assert common[2] == 0
    assert re.search(r"table of words +6,881,280 parameters", shown)
    assert re.search(r"head, 3 labels +771 parameters", shown)
    assert "logits (2, 3), embedding (2, 256), expert (2,)" in shown
    for text, answer in (
        ("wake me up at sevn in the morning", "alarm"),
        ("how do you say good night in italian", "translate"),
        ("plaese book a table for two at Luigi's", "restaurant_reservation"),
        ("why do cats purr", "no answer"),
    ):
        assert re.search(f"{re.escape(text)} +{answer}", shown)


def test_memory_and_routing_example(capsys: pytest.CaptureFixture[str]) -> None:
    memory_and_routing_example.main()
    shown = capsys.readouterr().out
    told = re.search(r"(\d+)% right with what was told remembered\n +(\d+)% right without", shown)
    assert told
    assert int(told[1]) >= 95
    assert int(told[2]) <= 30  # one of eight towns or of four jobs
    english, french = shown.split("Français :")
    for part, place, work in (
        (english, "Where does she live?", "What does she do?"),
        (french, "Où habite-t-elle ?", "Que fait-elle dans la vie ?"),
    ):
        assert re.search(re.escape(place) + r"\n +-> Paris, ", part)
        assert re.search(re.escape(work) + r"\n +-> engineer, ", part)
    read = re.findall(r"expert [0-3]; read from:\n +(\d+)%  (.*)\n", shown)
    assert len(read) == 4
    assert all(text.startswith("Alice ") and int(share) > 30 for share, text in read)
    rows = re.findall(r"^   (?:en|fr), (?:question|told) +(.*)$", shown, re.MULTILINE)
    for row in rows:
        assert 98 <= sum(int(share) for share in re.findall(r"(\d+)%", row)) <= 102
    assert len(rows) == 4
    assert len(set(rows)) > 1


def test_the_test_pairs_are_in_no_training() -> None:
    rng = random.Random(3)
    seen: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    names = [*memory_and_routing_example.WOMEN, *memory_and_routing_example.MEN]
    for held_out in (True, False):
        for _ in range(3_000):
            made = memory_and_routing_example.invent(rng, held_out=held_out)
            words = {word.strip(".,") for turn in made.turns for word in turn.split()}
            (name,) = words & {*names}
            (town,) = words & {*memory_and_routing_example.TOWNS}
            seen[held_out].add((name, town))
    assert not seen[True] & seen[False]
    assert ("Alice", "Paris") in seen[True]
    assert len(seen[True]) == 16 * 2
    assert len(seen[False]) == 16 * 6
