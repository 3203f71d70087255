"""A transformer as the teacher of spans: what it learns, what is kept, and where its answers stand in batches."""

import hashlib
import json
import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from tokenizers.normalizers import Replace

from neurolite_core import InputError
from neurolite_core.answer.spans import spans_of, tags_of
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.display import Display
from neurolite_core.training.fitting.batches import Part, plan_steps
from neurolite_core.training.fitting.loop import StepReport
from neurolite_core.training.sources import DataFiles
from neurolite_core.training.spans.batches import SpanBatches
from neurolite_core.training.spans.placing import PlacedText, place_rows
from neurolite_core.training.spans.reading import SpanSources, read_span_files, store_spans
from neurolite_core.training.spans.recipe import Distortion
from neurolite_core.training.spans.teaching import lessons as lessons_module
from neurolite_core.training.spans.teaching import tuning, variants
from neurolite_core.training.spans.teaching.lessons import (
    SpanLessons,
    learn_from_tagger,
)
from neurolite_core.training.spans.teaching.tagger import Answered, Tagger
from neurolite_core.training.spans.teaching.tuning import Tuning, measure, tune
from neurolite_core.training.spans.teaching.variants import HowToVary, keep_variants
from training.making import make_transformer, train
from training.making_spans import SMALL, columns, made, write, write_config

LIMITS = (128, 16)
QUICK = Tuning(encoder_rate=3e-3, heads_rate=1e-2, texts=2_000)
AS_TYPED = Distortion(share=0.9, typos=0.1, word_dropout=0.05, unknown=0.05, swapped=0.7)


def said(what: str, share: float) -> None:
    assert what
    assert 0 < share <= 1


def read_data(
    folder: Path, train_file: Path, valid: Path, task: str = "classification"
) -> SpanSources:
    files = DataFiles(train=(str(train_file),), validation=str(valid))
    return store_spans(read_span_files(files, task), folder, seed=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("taught")
    write(folder / "train.conll", 200)
    write(folder / "valid.conll", 40, seed=1)
    write_config(folder / "config.json")
    words = [word for text, *_ in made(200) for word in text.split()]
    make_transformer(folder / "bert", words)
    return folder


@pytest.fixture(scope="module")
def data(folder: Path) -> SpanSources:
    return read_data(folder / "stores", folder / "train.conll", folder / "valid.conll")


@pytest.fixture(scope="module")
def tuned(folder: Path, data: SpanSources) -> Path:
    """A tuned teacher."""
    tagger = Tagger.open(folder / "bert")
    tune(tagger, data, LIMITS, said, QUICK)
    tagger.save(folder / "tuned")
    return folder / "tuned"


@pytest.fixture(scope="module")
def taught(tuned: Path, data: SpanSources, folder: Path) -> SpanLessons:
    return learn_from_tagger([tuned], data, 7, LIMITS, folder / "work", said)


def test_a_teacher_learns_tags_and_labels(tuned: Path, data: SpanSources) -> None:
    tagger = Tagger.open(tuned)
    figures = measure(tagger, data, LIMITS, said)
    assert figures["span_f1"] > 0.9
    assert figures["accuracy"] > 0.9
    assert figures["texts"] == 40


def test_equal_data_gives_an_equal_teacher(data: SpanSources, folder: Path) -> None:
    found = []
    for _ in range(2):
        tagger = Tagger.open(folder / "bert")
        tune(tagger, data, LIMITS, said, Tuning(texts=200, fewest=1))
        found.append(tagger.ready.state_dict())
    assert all(torch.equal(value, found[1][name]) for name, value in found[0].items())


# --- What the teacher reads ---------------------------------------------------------------------------


def placed(text: bytes) -> PlacedText:
    borders = word_borders([text])[1]
    return PlacedText(text, borders, np.zeros(len(borders), np.int64))


def test_the_first_piece_speaks_for_a_word_and_words_of_nothing_are_unknown(tuned: Path) -> None:
    tagger = Tagger.open(tuned)
    own = tagger.body.tokenizer
    own.backend_tokenizer.normalizer = Replace("oslo", "")
    tokens, first, words = tagger.encode([placed(b"wake me, at oslo"), placed(b"noon \xff")])
    ids = tokens["input_ids"]
    assert words.tolist() == [5, 2]
    names = [own.convert_ids_to_tokens(ids[row, first[row]].tolist()) for row in range(2)]
    assert names[0] == ["wake", "me", "[UNK]", "at", "[UNK]"]
    assert names[1][:2] == ["noon", "[UNK]"]
    assert own.convert_ids_to_tokens(ids[1].tolist())[:4] == ["[CLS]", "noon", "[UNK]", "[SEP]"]
    assert tokens["attention_mask"].sum(dim=1).tolist() == [7, 4]


def test_words_that_have_no_room_are_not_answered_and_the_text_ends_before_them(
    tuned: Path, data: SpanSources, tmp_path: Path
) -> None:
    tagger = Tagger.open(tuned)
    long = placed(b" ".join([b"noon"] * 200))
    (answered,) = tagger.answers([long, placed(b"")], lambda _: None)
    rows = dict(zip(answered.places.tolist(), answered.words.tolist(), strict=True))
    assert rows == {0: tagger.longest - 2, 1: 0}
    assert tagger.longest == 126
    path = tmp_path / "long.conll"
    path.write_text(
        "# label = alarm\n" + "noon\tB-time\n" * 200 + "\n" + columns(made(40)), "utf-8"
    )
    found = read_data(tmp_path / "stores", path, path)
    lessons = learn_from_tagger([tuned], found, 0, (2000, 256), tmp_path / "work", said)
    row = int(np.argmax(found.train.store.byte_lengths))
    (number,) = lessons.variants.of_row(row)
    text = lessons.variants.text(number)
    own = lessons.placed(number, text, word_borders([text])[1])
    assert own.soft is not None
    assert len(own.soft) == len(own.tags) == len(own.borders) == 124
    assert own.text == b" ".join([b"noon"] * 124)
    assert np.isfinite(own.soft).all()


# --- Variants -----------------------------------------------------------------------------------------


def test_variants_are_the_row_its_spans_swapped_and_its_words_changed(
    data: SpanSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    near = {"wake": ["rouse", "stir"], "drive": ["carry"], "me": ["us"]}
    how = HowToVary(count=7, near=near, limits=LIMITS, seed=0)
    assert how.copies() == (2, 5)
    rows = data.sources.rows
    found = keep_variants(data.train, rows, how, tmp_path / "first", lambda _: None)
    originals = place_rows(data.train, np.sort(rows), *LIMITS)
    changed = 0
    for row, original in zip(np.sort(rows).tolist(), originals, strict=True):
        first, *others = found.placed(found.of_row(row))
        assert (first.text, first.tags.tolist()) == (original.text, original.tags.tolist())
        assert len(others) <= 7
        for one in others:
            assert one.text != original.text
            assert len(one.tags) == len(one.borders) == len(word_borders([one.text])[1])
            if one.tags[0] >= 0:
                assert tags_of(spans_of(one.tags.tolist()), len(one.tags)) == one.tags.tolist()
            changed += b"rouse" in one.text or b"carry" in one.text
    assert changed > 20
    assert found.of_row(10**6) == range(0)
    # How many rows are made at a time changes nothing.
    monkeypatch.setattr(variants, "_ROWS", 7)
    keep_variants(data.train, rows, how, tmp_path / "second", lambda _: None)
    for name in ("texts.bin", "tags.bin"):
        assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes()


# --- What is kept -------------------------------------------------------------------------------------


def test_what_was_made_is_not_made_again(
    taught: SpanLessons, tuned: Path, data: SpanSources, folder: Path
) -> None:
    before = {path: path.stat().st_mtime_ns for path in (folder / "work").rglob("*")}
    again = learn_from_tagger([tuned], data, 7, LIMITS, folder / "work", said)
    assert before == {path: path.stat().st_mtime_ns for path in (folder / "work").rglob("*")}
    assert again.name == taught.name
    assert again.answers.shape == taught.answers.shape


def test_answers_that_were_interrupted_go_on(
    taught: SpanLessons,
    tuned: Path,
    data: SpanSources,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lessons_module, "_PART", 5_000)  # ends within a text
    asked, whole = [0], Tagger.answers

    def counted(
        self: Tagger, texts: list[PlacedText], report: Callable[[float], None]
    ) -> Iterator[Answered]:
        asked[0] += 1
        if asked[0] == 4:
            raise KeyboardInterrupt
        yield from whole(self, texts, report)

    monkeypatch.setattr(Tagger, "answers", counted)
    with pytest.raises(KeyboardInterrupt):
        learn_from_tagger([tuned], data, 7, LIMITS, tmp_path, said)
    calls = asked[0]
    found = learn_from_tagger([tuned], data, 7, LIMITS, tmp_path, said)
    total = found.answers.shape[0]
    parts = -(-total // 5_000)
    # Measured twice; of the parts those two that stood were not asked for again.
    assert parts > 5
    assert asked[0] - calls == 1 + parts - 2
    np.testing.assert_allclose(
        found.answers.between(0, total).astype(np.float32),
        taught.answers.between(0, total).astype(np.float32),
        atol=0.02,
    )


def test_answers_stand_where_their_words_do(taught: SpanLessons, tuned: Path) -> None:
    tagger, numbers = Tagger.open(tuned), range(100, 160)
    texts = taught.variants.placed(numbers)
    drawn = taught.labels(list(numbers))
    for own in tagger.answers(texts, lambda _: None):
        for place, label, tags, words in zip(
            own.places, own.labels, own.tags, own.words, strict=True
        ):
            text = texts[place]
            found = taught.placed(numbers[place], text.text, text.borders)
            assert found.soft is not None
            np.testing.assert_allclose(found.soft, tags[:words], atol=0.02)
            np.testing.assert_allclose(drawn[place], label, atol=0.02)
            if text.tags[0] >= 0:
                assert found.tags.tolist() == text.tags.tolist()


# --- Batches ------------------------------------------------------------------------------------------


def batches_of(
    data: SpanSources, lessons: SpanLessons | None, how: Distortion = AS_TYPED
) -> tuple[SpanBatches, list[Part]]:
    parts = [Part(data.sources.train, data.sources.rows, None, labelled=True, target_weight=0.0)]
    found = SpanBatches(
        parts, data.train, SMALL, data.sources.train.labels, "classification",
        how=how, lessons=lessons, seed=3,
    )  # fmt: skip
    return found, parts


def test_batches_without_a_teacher_are_those_of_before(data: SpanSources) -> None:
    """The digest is of the batches before there were teachers of spans."""
    batches, parts = batches_of(data, None)
    digest = hashlib.sha256()
    for planned in plan_steps(parts, 32, seed=3, steps=range(12)):
        own = batches[planned]
        assert own.soft is None
        for values in (own.indices, own.counts, own.tags, own.truths, own.labelled):
            digest.update(values.contiguous().numpy().tobytes())
    assert digest.hexdigest() == "0e4c29bfd74eaa81af1dddd526dc20acf62fb1de9284e079c22a27cef395ccec"


def test_six_of_ten_texts_of_a_batch_have_answers(data: SpanSources, taught: SpanLessons) -> None:
    batches, parts = batches_of(
        data, pickle.loads(pickle.dumps(taught))
    )  # as loaders' processes get it
    texts = answered = 0
    for planned in plan_steps(parts, 32, seed=3, steps=range(12)):
        own = batches[planned]
        assert own.soft is not None
        texts += len(own.counts)
        answered += int(own.soft.texts.sum())
        read = own.tags >= 0
        assert (own.soft.words <= read).all()
        assert torch.equal(own.soft.words.any(dim=1), own.soft.texts)
        assert torch.equal(own.soft.words[own.soft.texts], read[own.soft.texts])
        assert own.soft.tags.shape == (int(own.soft.words.sum()), 5)
        assert torch.isfinite(own.soft.tags).all()
        assert torch.equal(own.soft.labels.any(dim=1), own.soft.texts)
    assert 0.5 < answered / texts < 0.7


# --- The command --------------------------------------------------------------------------------------


def test_a_training_with_a_teacher_tells_what_it_reaches_and_resumes_to_the_same_bits(
    tuned: Path,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    common = (
        folder / "train.conll", "--validation", folder / "valid.conll", "--epochs", 2, "--batch-size", 32,
        "--model-config", folder / "config.json", "--teacher", tuned, "--work", tmp_path / "work",
    )  # fmt: skip
    whole = train(*common, "--out", tmp_path / "whole")
    report = json.loads((tmp_path / "whole/report.json").read_text("utf-8"))["training"]
    assert report["teacher"]["span_f1"] > 0.9
    assert whole["teacher"] == report["teacher"]
    assert report["teacher"].keys() >= {"accuracy", "texts", "seconds", "variants", "answered"}
    assert (report["options"]["teacher_weight"], report["options"]["variants"]) == (1.0, 7)
    assert report["teachers"] == [str(tuned)]
    step = Display.step

    def interrupted(self: Display, report: StepReport) -> None:
        step(self, report)
        if report.progress.step == 8:
            raise KeyboardInterrupt

    notes: list[str] = []
    with monkeypatch.context() as patched:
        patched.setattr(Display, "step", interrupted)
        patched.setattr(Display, "note", lambda _, text: notes.append(text))
        with pytest.raises((KeyboardInterrupt, AssertionError)):
            train(*common, "--out", tmp_path / "again")
    assert any(
        "teacher: span F1 " in note and "on the 40 validation texts" in note for note in notes
    )
    resumed = train(*common, "--out", tmp_path / "again")
    assert 0 < resumed["resumed_at"] <= 8 < whole["steps"]
    expected, found = (
        load_file(tmp_path / name / "model.safetensors") for name in ("whole", "again")
    )
    assert all(torch.equal(value, found[name]) for name, value in expected.items())
    # Without the teacher it is another training.
    others = [one for one in common if one not in ("--teacher", tuned)]
    assert train(*others, "--out", tmp_path / "again")["resumed_at"] == 0


def test_several_labels_and_texts_without_one(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tuning.tune, "__defaults__", (Tuning(texts=200, fewest=1),))
    path = tmp_path / "train.conll"
    text = columns(made(60)).replace("# label = trip", "# label = trip|travel")
    path.write_text(text + columns(made(20, seed=1), labelled=False), "utf-8")
    work = tmp_path / "work"
    short = (
        "--epochs", 1, "--teacher", folder / "bert", "--variants", 2, "--work", work,
        "--model-config", folder / "config.json",
    )  # fmt: skip
    figures = train(path, "--multi-label", *short, "--out", tmp_path / "several")
    assert figures["labels"] == 3
    kept = sorted(work.glob("teacher-*"))
    assert len(kept) == 1
    # Spans alone: the labels are left unread, so the teacher is another one.
    figures = train(path, "--task", "spans", *short, "--out", tmp_path / "alone")
    assert "accuracy" not in figures
    assert len(list(work.glob("teacher-*"))) == 2
    taught = json.loads((tmp_path / "alone/report.json").read_text("utf-8"))["training"]["teacher"]
    assert taught.keys() == {"texts", "span_f1", "seconds", "variants", "answered"}


# --- Refused ------------------------------------------------------------------------------------------


class Vectors:
    name = "mine 1"

    def vectors(self, texts: list[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), 2), np.float32)


def test_teachers_that_cannot_say_what_a_word_is_are_refused(
    folder: Path, tuned: Path, data: SpanSources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(message: str, *teachers: Any, found: SpanSources = data) -> None:  # noqa: ANN401
        with pytest.raises(InputError, match=message):
            learn_from_tagger(teachers, found, 1, LIMITS, tmp_path / "work", said)

    refused("The teachers are mine 1; texts with spans", Vectors())
    refused("learned from one folder", tuned, folder / "bert")
    refused("holds no model that is known", tmp_path)
    alone = read_data(tmp_path / "alone", folder / "train.conll", folder / "valid.conll", "spans")
    refused("was tuned to 2 labels, and these are not the 0", tuned, found=alone)
    (folder / "other.conll").write_text(
        (folder / "train.conll").read_text("utf-8").replace("-place", "-town"), "utf-8"
    )
    other = read_data(tmp_path / "other", folder / "other.conll", folder / "valid.conll")
    refused("was tuned to 2 types of spans", tuned, found=other)
    heads = (tuned / "heads.safetensors").read_bytes()
    (tuned / "heads.safetensors").write_bytes(b"\0" * 40)
    refused("is damaged", tuned)
    (tuned / "heads.safetensors").write_bytes(heads)
    monkeypatch.setattr(lessons_module, "MOST_BYTES", 10_000)
    refused("would take .* GB", tuned)
    monkeypatch.undo()
    write(tmp_path / "few.conll", 40)
    config = write_config(tmp_path / "config.json")
    train(
        tmp_path / "few.conll", "--epochs", 1, "--model-config", config, "--out", tmp_path / "own"
    )
    refused("is a model of labels, and with spans", tmp_path / "own")


def test_a_damaged_folder_of_variants_is_named(data: SpanSources, tmp_path: Path) -> None:
    how = HowToVary(count=0, near={}, limits=LIMITS, seed=0)
    keep_variants(data.train, data.sources.rows, how, tmp_path, lambda _: None)
    (tmp_path / "texts.bin").write_bytes(b"short")
    with pytest.raises(InputError, match=r"is damaged .* remove it"):
        keep_variants(data.train, data.sources.rows, how, tmp_path, lambda _: None)
