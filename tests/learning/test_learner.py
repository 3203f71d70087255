"""The learner as a library: both kinds of artifact, corrections, merging, rebuilding, other lengths."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from learning.toy import METADATA, OTHER, SIMILARITY, SIZE, TRAINED, UNMEASURED, Toy, vector_of
from neurolite_core.answer.scores import scope_scores, softmax
from neurolite_core.ground.errors import InputError, StoreError
from neurolite_runtimes.learning import WAYS, Learner, Settings, rebuild

WORDS = ("one", "two", "three", "four", "five", "six")


def teach(learner: Learner, *labels: str, each: int = 6) -> None:
    learner.add_all((label, f"{label} {word}") for label in labels for word in WORDS[:each])


@pytest.mark.parametrize("way", WAYS)
def test_new_labels_are_answered_with_evidence(tmp_path: Path, way: str) -> None:
    with Learner.open(Toy(), tmp_path / "s.nls", way=way) as learner:
        teach(learner, "chess", "rain", "song")
        content = (tmp_path / "s.nls").read_bytes()
        for label in ("chess", "rain", "song"):
            answer = learner.classify(f"{label} now")
            assert (answer.label, answer.source, answer.abstained) == (label, "learned", False)
            assert answer.trained is None
            assert [item.label for item in answer.evidence] == [label] * 3
            cosines = [item.cosine for item in answer.evidence]
            assert cosines == sorted(cosines, reverse=True)
        assert learner.classify("elsewhere far").abstained
        assert (tmp_path / "s.nls").read_bytes() == content  # classify writes nothing


def test_the_answer_is_what_the_formulas_say(tmp_path: Path) -> None:
    with Learner.open(Toy(), tmp_path / "s.nls") as learner:
        teach(learner, "chess", "rain", each=3)
        learner.add("song", "song one")
        found = learner.classify("rain now")
    texts = {"chess": WORDS[:3], "rain": WORDS[:3], "song": WORDS[:1]}
    query = vector_of(b"rain now").astype(np.float64)
    steady = []
    for label, words in texts.items():
        rows = [vector_of(f"{label} {word}".encode()).astype(np.float16) for word in words]
        mean = np.mean([row.astype(np.float64) for row in rows], axis=0)
        factor = np.sqrt(SIMILARITY.agreement + (1 - SIMILARITY.agreement) / len(words))
        steady.append(query @ mean / np.linalg.norm(mean) * factor)
    powers = np.exp(SIMILARITY.sharpness * np.array(steady))
    assert found.label == "rain"
    assert found.score == pytest.approx(powers[1] / powers.sum(), abs=1e-5)
    scope = 1 / (1 + np.exp(-(SIMILARITY.scale * max(steady) + SIMILARITY.offset)))
    assert found.in_scope == pytest.approx(scope, abs=1e-5)


def test_without_a_measured_encoder_the_store_measures_itself(tmp_path: Path) -> None:
    with Learner.open(Toy(UNMEASURED), tmp_path / "s.nls") as learner:
        teach(learner, "chess", each=2)
        answer = learner.classify("chess now")
        assert (answer.label, answer.score, answer.in_scope, answer.abstained) == (
            "chess", None, None, None,
        )  # fmt: skip
        assert learner.explain("chess now")["calibrated_by"] is None
        teach(learner, "chess", "rain", "song")
        answer = learner.classify("chess now")
        assert answer.abstained is False
        assert answer.score is not None
        assert learner.classify("elsewhere far").abstained is True
        assert learner.explain("chess now")["calibrated_by"] == "store"
    with Learner.open(Toy(), tmp_path / "t.nls") as learner:
        learner.add("chess", "chess one")
        assert learner.explain("chess now")["calibrated_by"] == "encoder"


def test_beside_a_classifier_both_sides_answer_and_are_shown(tmp_path: Path) -> None:
    with Learner.open(Toy(TRAINED), tmp_path / "s.nls") as learner:
        alone = learner.classify("alarm at six")
        assert (alone.label, alone.source, alone.learned) == ("alarm", "trained", None)
        teach(learner, "chess", each=3)
        trained = learner.classify("alarm at six")
        assert (trained.label, trained.source, trained.abstained) == ("alarm", "trained", False)
        assert trained.learned is not None
        assert trained.learned.label == "chess"
        learned = learner.classify("chess now")
        assert (learned.label, learned.source, learned.abstained) == ("chess", "learned", False)
        assert learned.trained is not None
        assert learner.classify("elsewhere far").abstained
        logits = np.array([[4.0, -4.0]], np.float32)
        probability, scope = softmax(logits)[0, 0], scope_scores(logits)[0]
        gate = trained.learned.in_scope
        assert gate is not None
        assert trained.score == pytest.approx((1 - gate) * probability)
        assert trained.in_scope == pytest.approx(gate + (1 - gate) * scope)


def test_a_correction_of_a_trained_answer_is_heard_at_once(tmp_path: Path) -> None:
    unmeasured = replace(TRAINED, similarities=())
    for name, metadata in (("s", TRAINED), ("t", unmeasured)):
        with Learner.open(Toy(metadata), tmp_path / f"{name}.nls") as learner:
            text = "alarm clock song"
            assert learner.classify(text).label == "alarm"
            learner.correct(text, "music")
            answer = learner.classify(text)
            assert (answer.label, answer.source, answer.abstained) == ("music", "learned", False)
            assert answer.trained is not None
            assert answer.trained.label == "alarm"  # nothing is overruled silently
            assert [item.trained for item in learner.labels()] == [True]
    with Learner.open(Toy(unmeasured), tmp_path / "t.nls") as learner:
        assert learner.classify("alarm at six").source == "trained"


def test_corrections_relabel_strengthen_and_weaken(tmp_path: Path) -> None:
    with Learner.open(Toy(), tmp_path / "s.nls") as learner:
        teach(learner, "chess", "rain", each=3)
        wrong = learner.add("rain", "chess six")
        before = {item.id: item.strength for item in learner.examples()}
        assert learner.correct("chess six", "chess") == wrong  # it was stored: it moves
        assert {item.label for item in learner.examples() if item.id == wrong} == {"chess"}
        new = learner.correct("chess new", "chess")
        assert new == wrong + 1
        after = {item.id: item.strength for item in learner.examples()}
        chess = [item.id for item in learner.examples("chess") if item.id < wrong]
        rain = [item.id for item in learner.examples("rain")]
        assert all(after[item] > before[item] for item in chess)
        assert all(after[item] < before[item] for item in rain)
        assert [item.id for item in learner.memory.corrections] == [wrong, new]


def test_the_same_text_is_stored_once_and_ids_go_on(tmp_path: Path) -> None:
    with Learner.open(Toy(), tmp_path / "s.nls") as learner:
        assert learner.add_all([("a", "x 1"), ("a", "x 1"), ("b", "x 1"), ("a", "y 2")]) == [
            1, 1, 2, 3,
        ]  # fmt: skip
        assert learner.add("a", b"x 1") == 1
        learner.remove(3)
        with pytest.raises(InputError, match="no example 3"):
            learner.remove(3)
        assert learner.add("a", "z 3") == 4
        assert learner.add_all([("a", " "), ("a", "w 4")], skip_empty=True) == [5]


def test_removing_leaves_prototypes_as_if_it_had_never_been(tmp_path: Path) -> None:
    with Learner.open(Toy(), tmp_path / "s.nls") as learner:
        teach(learner, "chess", each=3)
        expected = learner.answer_vector(vector_of(b"chess now"))
        number = learner.add("chess", "rain two")
        assert learner.answer_vector(vector_of(b"chess now")).score is not None
        learner.memory.table()
        learner.remove(number)
        found = learner.answer_vector(vector_of(b"chess now"))
        assert (found.score, found.in_scope) == (expected.score, expected.in_scope)


def test_the_strongest_are_kept_of_each_label_in_turn(tmp_path: Path) -> None:
    with Learner.open(Toy(), tmp_path / "s.nls") as learner:
        first = learner.add_all([("chess", f"chess {n}") for n in range(2)])
        second = learner.add_all([("rain", f"rain {n}") for n in range(6)])
        learner.used(second[0], second[1], second[2])
        learner.used(first[0])
        # Two of chess and two of rain, though rain has the three strongest but one.
        assert learner.forget_weakest(4) == [second[n] for n in range(6) if n not in (1, 2)]
        assert learner.forget_weakest(3) == [first[1]]
        assert {item.name: item.examples for item in learner.labels()} == {"chess": 1, "rain": 2}


def test_merge_forget_and_the_weakest(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    with Learner.open(Toy(), path) as learner:
        teach(learner, "chess", "rain", each=3)
        learner.merge("rain", "weather")
        assert [(item.name, item.examples) for item in learner.labels()] == [
            ("chess", 3),
            ("weather", 3),
        ]
        learner.used(1, 2)
        learner.used(4, reward=-1.0)
        assert learner.forget_weakest(4) == [3, 4]
        learner.forget("weather")
        assert b"rain five" not in path.read_bytes()
        assert b"rain" not in path.read_bytes()
        assert [item.id for item in learner.examples()] == [1, 2]
        for call, said in (
            (lambda: learner.forget("rain"), "no label 'rain'; it has 'chess'"),
            (lambda: learner.merge("chess", "chess"), "merged with itself"),
            (lambda: learner.used(9), "no example 9"),
            (lambda: learner.used(1, reward=2.0), "from -1 to 1"),
            (lambda: learner.used(), "number of ids is 0"),
            (lambda: learner.add("", "x"), "1 to 256 characters"),
            (lambda: learner.add("a\ud800", "x"), "half a character"),
            (lambda: learner.add("a", " \n"), "no words"),
        ):
            with pytest.raises(InputError, match=said):
                call()


def test_stores_are_merged_without_doubles(tmp_path: Path) -> None:
    with Learner.open(Toy(), tmp_path / "b.nls") as other:
        teach(other, "rain", "song", each=2)
    with Learner.open(Toy(), tmp_path / "a.nls") as learner:
        teach(learner, "chess", "rain", each=2)
        assert learner.merge_store(tmp_path / "b.nls") == [3, 4, 5, 6]
        assert [(item.name, item.examples) for item in learner.labels()] == [
            ("chess", 2), ("rain", 2), ("song", 2),
        ]  # fmt: skip
        with Learner.open(Toy(OTHER), tmp_path / "c.nls") as foreign:
            foreign.add("a", "b")
        with pytest.raises(StoreError, match=r"of the encoder f{32}"):
            learner.merge_store(tmp_path / "c.nls")


def test_without_texts_vectors_are_all_there_is(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    with Learner.open(Toy(), path, texts=False) as learner:
        teach(learner, "chess", "rain", each=2)
        answer = learner.classify("chess now")
        assert answer.label == "chess"
        assert [item.text for item in answer.evidence] == [None] * 3
    assert b"chess one" not in path.read_bytes()
    with pytest.raises(StoreError, match="keeps vectors alone"):
        rebuild(path, Toy(OTHER))
    with pytest.raises(InputError, match="keeps no texts, which is decided when a store is begun"):
        Learner.open(Toy(), path, texts=True)


def test_a_store_is_carried_over_to_another_encoder(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    with Learner.open(Toy(), path) as learner:
        teach(learner, "chess", "rain", each=3)
        learner.remove(2)
        learner.used(1)
        learner.fit() if len(learner.memory) > 5 else learner.compact()
        expected = [(item.id, item.label, item.text) for item in learner.examples()]
        strengths = [item.strength for item in learner.examples()]
    wider = replace(OTHER, embedding_size=24, similarities=())
    assert rebuild(path, Toy(wider), dimension=20) == 5
    with Learner.open(Toy(wider), path) as learner:
        assert [(item.id, item.label, item.text) for item in learner.examples()] == expected
        assert [item.strength for item in learner.examples()] == pytest.approx(strengths)
        assert learner.memory.header.dimension == 20
        assert learner.classify("rain now").label == "rain"
        assert learner.add("rain", "rain nine") == 7


def test_vectors_are_cut_where_the_encoder_allows_it(tmp_path: Path) -> None:
    cuts = replace(METADATA, similarities=(replace(SIMILARITY, dimension=8), SIMILARITY))
    with Learner.open(Toy(cuts), tmp_path / "s.nls", dimension=8) as learner:
        teach(learner, "chess", "rain", each=2)
        assert learner.memory.header.similarity == replace(SIMILARITY, dimension=8)
        assert learner.memory.vectors.shape[1] == 8
        assert np.allclose(np.linalg.norm(learner.memory.vectors, axis=1), 1, atol=1e-3)
        assert learner.classify("chess now").label == "chess"
    with pytest.raises(InputError, match="made to be cut to 8, 16; choose one of these"):
        Learner.open(Toy(cuts), tmp_path / "t.nls", dimension=12)
    with pytest.raises(InputError, match=f"vectors of 8 numbers, not {SIZE}"):
        Learner.open(Toy(cuts), tmp_path / "s.nls", dimension=SIZE)
    with pytest.raises(InputError, match="dimension is 17; give a whole number from 1 to 16"):
        Learner.open(Toy(UNMEASURED), tmp_path / "t.nls", dimension=17)


def test_beside_several_labels_a_text_the_learned_answer_alone(tmp_path: Path) -> None:
    several = replace(TRAINED, task="multi_label")
    with Learner.open(Toy(several), tmp_path / "s.nls") as learner:
        teach(learner, "chess", each=2)
        answer = learner.classify("alarm chess")
        assert (answer.label, answer.source, answer.trained) == ("chess", "learned", None)


def test_a_fit_survives_reopening_and_ends_with_a_change(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    with Learner.open(Toy(), path) as learner:
        teach(learner, "chess", "rain", "song")
        plain = learner.classify("rain now")
        learner.fit()
    with Learner.open(Toy(), path) as learner:
        fitted = learner.classify("rain now")
        assert (plain.by, fitted.by) == ("prototypes", "logistic")
        assert (plain.label, fitted.label) == ("rain", "rain")
        learner.used(1)
        learner.compact()
        assert learner.classify("rain now").by == "logistic"
        learner.remove(1)
        assert learner.classify("rain now").by == "prototypes"


def test_a_full_store_says_how_to_make_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "s.nls"
    monkeypatch.setattr("neurolite_runtimes.learning.records.MAX_EXAMPLES", 4)
    monkeypatch.setattr("neurolite_runtimes.learning.records.MAX_LABELS", 3)
    with Learner.open(Toy(), path) as learner:
        teach(learner, "chess", "rain", each=2)
        with pytest.raises(InputError, match=r"takes 4 examples.* forget --keep N"):
            learner.add("chess", "chess nine")
        learner.forget_weakest(2)
        learner.add("chess", "chess nine")
        learner.merge("rain", "song")
        with pytest.raises(InputError, match="takes 3 labels"):
            learner.add("alarm", "alarm nine")
    monkeypatch.setattr("neurolite_runtimes.learning.records.MAX_EXAMPLES", 2)
    with pytest.raises(StoreError, match="more than 2 examples"):
        Learner.open(Toy(), path)


def test_what_cannot_be_learned_from_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "s.nls"
    for metadata, said in (
        (replace(METADATA, model_id=None), "does not name its encoder"),
        (replace(TRAINED, outputs=("logits",)), "no output 'embedding'"),
    ):
        with pytest.raises(InputError, match=said):
            Learner.open(Toy(metadata), path)
    with pytest.raises(InputError, match="way is 'magic'; choose one of: prototypes"):
        Learner.open(Toy(), path, way="magic")
    with pytest.raises(InputError, match="one is out of range"):
        Learner.open(Toy(), path, settings=Settings(rate=2.0))
    with (
        Learner.open(Toy(), path) as learner,
        pytest.raises(InputError, match="has no examples yet"),
    ):
        learner.classify("a")
    with (
        Learner.open(Toy(), path, write=False) as learner,
        pytest.raises(InputError, match="opened for reading"),
    ):
        learner.add("a", "b")
