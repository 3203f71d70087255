"""The texts that every platform answers, and what is said of one that answers otherwise."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from artifacts import Store
from commands import call_module
from neurolite_bench.apps.answers import OFFERS, answers_of, offers_of, read_answers
from neurolite_bench.apps.beginnings import MANY, TYPED, beginnings
from neurolite_bench.apps.comparing import SAME_SCORE, Distance, distance
from neurolite_bench.apps.table import apps_table
from neurolite_bench.apps.texts import COUNT, SCRIPTS, app_texts, rows_of
from neurolite_core.ground.errors import InputError
from neurolite_core.text.words import to_bytes
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.generating import writer_of

ANSWERS = {
    0: {"index": 0, "label": "a", "score": 0.9, "abstained": False, "words": 2, "truncated": False},
    1: {"index": 1, "label": "b", "score": 0.6, "abstained": True, "words": 0, "truncated": True},
}


def hexed(*numbers: float) -> str:
    return np.array(numbers, "<f4").tobytes().hex()


def changed(**values: Any) -> Distance:  # noqa: ANN401  # JSON
    return distance(ANSWERS, {**ANSWERS, 1: {**ANSWERS[1], **values}})


def test_a_thousand_different_texts_in_twenty_scripts() -> None:
    texts = app_texts()
    assert len({item.text for item in texts}) == COUNT == len(texts)
    assert len(SCRIPTS) == 20
    for script in SCRIPTS:
        assert sum(item.script == script for item in texts) >= 40
    assert app_texts() == texts
    assert app_texts(1) != texts
    assert max(len(to_bytes(item.text)) for item in texts) > 8_192
    for row, item in zip(rows_of(texts), texts, strict=True):
        assert bytes.fromhex(row["utf16"]).decode("utf-16-be", "surrogatepass") == item.text
        assert bytes.fromhex(row["bytes"]).decode("utf-8", "surrogatepass") == item.text


def test_equal_answers_are_no_distance() -> None:
    away = distance(ANSWERS, ANSWERS)
    assert (away.texts, away.missing, away.labels, away.first) == (2, 0, 0, ())
    assert away.refused(exact=False) is None
    assert away.refused(exact=True) == "0 of 2 texts have the same bits"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"label": "c"}, "1 of 2 labels differ"),
        ({"abstained": None}, "1 of 2 abstentions differ"),
        ({"words": 1}, "1 of 2 counts of words differ"),
        ({"truncated": False}, "1 of 2 counts of words differ"),
        ({"rules": ["x"]}, "1 of 2 texts fire other rules"),
        ({"score": 0.602}, "the largest difference is 0.00"),
        ({"error": "no memory"}, "1 of 2 texts have no answer"),
    ],
)
def test_what_differs_is_named(values: dict[str, Any], message: str) -> None:
    away = changed(**values)
    assert str(away.refused(exact=False)).startswith(message)
    assert away.first == (1,)


def test_scores_are_rounded_and_may_differ_a_little() -> None:
    assert changed(score=0.6009).refused(exact=False) is None


def test_bits_and_probabilities_are_those_of_the_logits() -> None:
    own = {0: {**ANSWERS[0], "logits": hexed(1, 2)}, 1: {**ANSWERS[1], "logits": hexed(0, -1)}}
    near = {**own, 1: {**own[1], "logits": hexed(0.0001, -1).upper()}}
    assert distance(own, own).refused(exact=True) is None
    away = distance(own, near)
    assert away.bits == 1
    assert away.largest == pytest.approx(0.0001 * 0.7311 * 0.2689, rel=1e-3)
    assert away.refused(exact=False) is None
    assert away.refused(exact=True) == "1 of 2 texts have the same bits"
    other = {**own, 1: {**own[1], "logits": hexed(0)}}
    assert str(distance(own, other).refused(exact=False)).startswith("the largest difference is in")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "line 1 is no JSON"),
        ("[]", 'no object with a whole number "index"'),
        ('{"index": 0}\n{"index": 0}', "line 2: index 0 stands twice"),
        ('{"index": 0, "logits": "0g"}', "logits are not float32 in hex"),
        ('{"index": 0, "score": "x"}', "score is no number"),
        ('{"index": 0, "offer": [["a", 0.5], ["b"]]}', "offer are no list of pieces"),
        ('{"index": 0, "suggest": [["a", NaN]]}', "suggest are no list of pieces"),
    ],
)
def test_lines_that_cannot_be(content: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "found.jsonl").write_text(content, "utf-8")
    with pytest.raises(InputError, match=message):
        read_answers(tmp_path / "found.jsonl")


def test_pythons_answers_are_those_of_the_file(exported: Store) -> None:
    session = open_artifact(exported("onnx", "rules-lanes", "int8").path)
    texts = [item.text for item in app_texts()[:40]]
    logits = run(session, texts).values["logits"]
    for answer, row in zip(answers_of(session, texts), logits, strict=True):
        assert np.frombuffer(bytes.fromhex(answer["logits"]), "<f4") == pytest.approx(row, abs=1e-4)
        assert answer["label"] == session.metadata.labels[int(row.argmax())]
        assert {"score", "in_scope", "abstained", "words", "truncated", "rules"} <= answer.keys()


def test_turns_are_remembered_within_their_conversation(exported: Store) -> None:
    session = open_artifact(exported.ungated("c", "remembering", "int8"))
    texts = [item.text for item in app_texts()[:6]]
    alone = [answer["logits"] for answer in answers_of(session, texts)]
    following = [answer["logits"] for answer in answers_of(session, texts, turns=3)]
    assert [one == other for one, other in zip(alone, following, strict=True)] == [
        True, False, False, True, False, False,
    ]  # fmt: skip


def test_beginnings_are_in_all_scripts_half_typed_empty_and_long() -> None:
    made = beginnings()
    texts = [item.text for item in made]
    assert beginnings() == made != beginnings(1)
    assert 300 <= len(set(texts)) == len(texts) <= 500
    assert {item.script for item in made} >= set(SCRIPTS)
    assert {TYPED[0][:size] for size in range(len(TYPED[0]) + 1)} <= set(texts)
    assert {"", "I think\n", "I think \U0001f44d"} <= set(texts)
    assert max(len(text.split()) for text in texts) == MANY + 1


def offered(*pieces: tuple[str, float]) -> dict[str, Any]:
    return {"index": 0, **{name: [list(item) for item in pieces] for name in OFFERS}}


def test_what_generators_offer_is_compared_piece_by_piece_and_score_by_score() -> None:
    own = {0: offered((" you", 0.5), ("?", 0.25))}
    away = distance(own, own)
    assert (away.labels, away.abstentions, away.largest, away.bits) == (0, None, 0.0, 1)
    assert away.refused(exact=True) is None
    near = distance(own, {0: offered((" you", 0.5), ("?", 0.25 + SAME_SCORE / 2))})
    assert near.refused(exact=True) is None
    far = distance(own, {0: offered((" you", 0.5), ("?", 0.2505))})
    assert (far.labels, far.bits) == (0, 0)
    assert far.largest == pytest.approx(0.0005)
    assert far.refused(exact=False) is None
    assert far.refused(exact=True) == "0 of 1 texts have the same bits"
    turned = distance(own, {0: offered(("?", 0.5), (" you", 0.25))})
    assert str(turned.refused(exact=False)).startswith("1 of 1 labels differ")
    fewer = distance(own, {0: offered((" you", 0.5))})
    assert (fewer.labels, fewer.largest) == (1, float("inf"))


def test_python_offers_what_its_writer_does(exported: Store, tmp_path: Path) -> None:
    path = exported.ungated("c", "streaming", "int8")
    code, said = call_module("neurolite_bench.apps", "texts", path, "--out", tmp_path)
    assert code == 0, said
    answers = read_answers(tmp_path / "expected.jsonl")
    texts = [item.text for item in beginnings()]
    assert [*answers] == [*range(len(texts))]
    session = open_artifact(path)
    for place in (3, 40, len(texts) - 30):  # begun anew, and not behind the texts before it
        writer = writer_of(session, path.name)
        wanted = writer.offer(to_bytes(texts[place]), len(answers[place]["offer"]))
        assert answers[place]["offer"] == [[item.piece.decode(), item.score] for item in wanted]
    other = open_artifact(exported.ungated("c", "remembering", "int8"))
    with pytest.raises(InputError, match="which writes nothing"):
        next(offers_of(other, texts))


def test_an_encoder_has_no_labels_to_differ_in() -> None:
    own = {0: {"index": 0, "embedding": hexed(0.6, 0.8), "words": 1, "truncated": False}}
    away = distance(own, own)
    assert (away.labels, away.abstentions, away.bits) == (None, None, 1)
    assert away.refused(exact=True) is None
    row = {"platform": "c", "model": "e", **asdict(away)}
    assert "| c | e | 1 | - | - | 0 | 1 |" in apps_table({"rows": [row]})


def test_the_command_compares_and_keeps_a_row(tmp_path: Path) -> None:
    expected, found = tmp_path / "expected.jsonl", tmp_path / "found.jsonl"
    lines = [json.dumps(answer) for answer in ANSWERS.values()]
    expected.write_text("\n".join(lines), "utf-8")
    found.write_text("\n".join(reversed(lines)), "utf-8")
    results = tmp_path / "apps.json"
    asked = ("compare", expected, found, "--results", results)
    for platform in ("web onnx", "android c", "web onnx"):
        code, said = call_module("neurolite_bench.apps", *asked, "--platform", platform)
        assert code == 0, said
    result = json.loads(results.read_text("utf-8"))
    assert [row["platform"] for row in result["rows"]] == ["android c", "web onnx"]
    assert "| android c | intents | 2 | 2 | 2 | 0 | - |" in apps_table(result)
    found.write_text(lines[0], "utf-8")
    code, said = call_module("neurolite_bench.apps", *asked, "--platform", "other")
    assert code == 1
    assert "1 of 2 texts have no answer. First: 1" in said
    assert len(json.loads(results.read_text("utf-8"))["rows"]) == 2
