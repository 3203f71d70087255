"""Files of texts with spans to who learns, decides and is reported on; what cannot be learned is refused."""

from pathlib import Path

import numpy as np
import pytest
import torch

from neurolite_core.answer.spans import WordSpan
from neurolite_core.answer.tasks import CLASSIFICATION, SPANS
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.text.word_offsets import word_borders
from neurolite_core.training.fitting.batches import Part, PlannedBatch, plan_epoch
from neurolite_core.training.fitting.task import Validation
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.sources import DataFiles
from neurolite_core.training.spans.answering import PADDING, answers_of
from neurolite_core.training.spans.batches import SpanBatches
from neurolite_core.training.spans.reading import SpanSources, read_span_files, store_spans
from neurolite_core.training.spans.recipe import Distortion, distortion_of
from neurolite_core.training.spans.run import with_spans
from neurolite_core.training.spans.swapping import values_of
from neurolite_core.training.spans.task import SpanTask
from neurolite_core.training.spans.telling import lines_of
from training.making_spans import SMALL, columns, json_lines, made, write

AS_THEY_ARE = Distortion(share=0.0, typos=0.0, word_dropout=0.0, unknown=0.0, swapped=0.0)
CPU = torch.device("cpu")


def found_in(path: Path, folder: Path, task: str = CLASSIFICATION, **more: str) -> SpanSources:
    files = DataFiles(train=(str(path),), spans="auto", **more)  # type: ignore[arg-type]
    return store_spans(read_span_files(files, task), folder, seed=0)


@pytest.fixture
def found(tmp_path: Path) -> SpanSources:
    return found_in(write(tmp_path / "train.conll", 60), tmp_path / "work")


def test_rows_have_the_spans_of_their_words(found: SpanSources, tmp_path: Path) -> None:
    assert found.types == ("place", "time")
    assert found.labelled
    texts = made(60)
    for row, (text, _, spans) in enumerate(texts):
        borders = word_borders([text.encode()])[1].tolist()
        expected = []
        for span in spans:
            own = [
                n for n, (low, high) in enumerate(borders) if span.start <= low and high <= span.end
            ]
            expected.append(WordSpan(own[0], own[-1] + 1, found.types.index(span.type)))
        assert found.train.spans[row] == tuple(expected)
    rows, held = found.sources.rows, found.sources.validation.rows
    assert sorted([*rows, *held]) == list(range(60))
    assert len(held) == 6
    # JSON lines of the same texts are the same data.
    path = tmp_path / "train.jsonl"
    path.write_text(json_lines(texts), "utf-8")
    other = found_in(path, tmp_path / "json")
    assert other.train.digest == found.train.digest
    assert other.sources.train.content == found.sources.train.content


def test_labels_are_left_unread_where_spans_are_learned_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "train.conll", 60)
    found = found_in(path, tmp_path / "work", SPANS)
    assert not found.labelled
    assert (found.sources.train.label_ids == -1).all()
    assert len(found.sources.rows) + len(found.sources.validation.rows) == 60
    bare = write(tmp_path / "bare.conll", 60, labelled=False)
    assert not found_in(bare, tmp_path / "bare").labelled


def test_one_text_is_not_on_both_sides(tmp_path: Path) -> None:
    """A text that stands often, with other spans each time, is in one part alone."""
    path = tmp_path / "train.conll"
    path.write_text(
        columns(made(40), labelled=False)
        + 12 * "play O\nat O\nsix B-time\n\nplay O\nat O\nsix O\n\n",
        "utf-8",
    )
    found = found_in(path, tmp_path / "work", SPANS, validation="0.3")
    keys = found.sources.train.keys
    assert not np.isin(keys[found.sources.rows], keys[found.sources.validation.rows]).any()


def test_texts_without_a_label_teach_spans(tmp_path: Path) -> None:
    path = tmp_path / "train.conll"
    path.write_text(columns(made(40)) + columns(made(20, seed=1), labelled=False), "utf-8")
    found = found_in(path, tmp_path / "work")
    assert len(found.unlabelled) == 20
    assert (found.sources.train.label_ids[found.unlabelled] == -1).all()
    assert any("of which spans alone are learned: 20" in line for line in lines_of(found, 16))


def test_types_of_other_files_alone_count_as_missed(tmp_path: Path) -> None:
    path, test = write(tmp_path / "train.conll", 60), tmp_path / "test.conll"
    test.write_text(columns(made(10, seed=2)) + "# label = trip\nby O\ntrain B-means\n\n", "utf-8")
    found = found_in(path, tmp_path / "work", test=str(test))
    assert found.reported.types == ("place", "time", "means")
    assert found.reported.known == 2
    assert found.reported.tags(10, 2).tolist() == [0, 0]
    rows = np.array([10])
    assert found.reported.f1(rows, [[]]) == 0.0
    assert any(
        "not in training, and count as missed: means" in line for line in lines_of(found, 16)
    )


def test_spans_that_are_not_whole_words_are_told_with_examples(tmp_path: Path) -> None:
    path = tmp_path / "train.jsonl"
    more = '{"text": "meet at seven", "label": "trip", "spans": [[8, 11, "time"]]}\n'
    more += '{"text": "meet  at noon", "label": "trip", "spans": [[4, 5, "time"]]}\n'
    path.write_text(json_lines(made(60)) + more, "utf-8")
    valid = tmp_path / "valid.jsonl"
    valid.write_text(json_lines(made(10, seed=1)), "utf-8")
    lines = "\n".join(lines_of(found_in(path, tmp_path / "work", validation=str(valid)), 2))
    assert "1 brought onto whole words, 1 lost" in lines
    assert "behind the last word that is read" in lines
    assert "line 61: time 'sev' became 'seven'" in lines
    assert "line 62: time ' ' is lost: it holds no word" in lines


@pytest.mark.parametrize(
    ("content", "more", "message"),
    [
        ("# label = a\nwake O\n\n# label = b\nme O\n\n", {}, "no span to learn from.*--spans none"),
        ("# label = a\nwake B-x\n\n# label = a\nme O\n\n", {}, "has 1 label.*--task spans"),
        ("wake B-x\n\nme O\n\n", {"label_separator": "|"}, "no labels to learn beside.*--multi-label"),
        (20 * "wake B-x\n\n" + 20 * "me O\n\n", {}, "no rows can be split off for validation"),
        ("wake B-x\n\nme O\n\nget O\nup B-y\n\n" + columns(made(30), labelled=False), {"validation": "bad.conll"}, "have no span of the training data's types"),
    ],
)  # fmt: skip
def test_data_that_cannot_be_used_is_refused(
    tmp_path: Path, content: str, more: dict[str, str], message: str
) -> None:
    path = tmp_path / "train.conll"
    path.write_text(content, "utf-8")
    (tmp_path / "bad.conll").write_text("so B-means\nwhat O\n\n", "utf-8")
    if "validation" in more:
        more = {**more, "validation": str(tmp_path / more["validation"])}
    with pytest.raises(InputError, match=f"(?s){message}"):
        found_in(path, tmp_path / "work", **more)


def test_a_wide_path_and_rules_are_not_trained_beside_spans() -> None:
    from neurolite_core.network.wide_options import WideOptions

    with pytest.raises(InputError, match="The config has a wide path, which is not trained"):
        with_spans(SMALL.replace(wide=WideOptions()), ("time",))
    with pytest.raises(InputError, match="The config has rules"):
        with_spans(SMALL.replace(use_symbolic_module=True), ("time",))
    spans = with_spans(SMALL, ("time", "place")).spans
    assert spans is not None
    assert (spans.types, spans.width) == (("time", "place"), 24)


# --- Batches and what is minimised -------------------------------------------------------------------


def task_of(found: SpanSources, **options: float) -> SpanTask:
    torch.manual_seed(0)
    config = with_spans(SMALL, found.types)
    network = NeuroLiteForClassification(config, labels=found.sources.train.labels)
    part = Part(found.sources.train, found.sources.rows, None, labelled=True, target_weight=0.0)
    return SpanTask(
        network=network,
        parts=(part,),
        validation=Validation(found.sources.train, found.sources.validation.rows),
        options=TrainingOptions(**options),  # type: ignore[arg-type]
        spans=found.train,
        held=found.validation,
    )


def batches_of(task: SpanTask, how: Distortion, rank: int = 0, world_size: int = 1) -> SpanBatches:
    return SpanBatches(
        task.parts,
        task.spans,
        task.network.config,
        task.network.labels,
        task.network.task,
        how=how,
        seed=0,
        rank=rank,
        world_size=world_size,
    )


def test_a_batch_has_its_texts_as_they_are(found: SpanSources) -> None:
    task = task_of(found)
    rows = np.array([[0, 7], [0, 3], [0, 20]])
    batch = batches_of(task, AS_THEY_ARE)[PlannedBatch(0, 0, rows)]
    texts = found.sources.train.texts(rows[:, 1])
    indices, counts = task.network.features(texts)
    assert torch.equal(batch.indices, indices)
    assert torch.equal(batch.counts, counts)
    for place, row in enumerate(rows[:, 1].tolist()):
        count = int(counts[place])
        assert batch.tags[place, :count].tolist() == found.train.tags(row, count).tolist()
        assert (batch.tags[place, count:] == PADDING).all()
    assert batch.truths.tolist() == found.sources.train.label_ids[rows[:, 1]].tolist()


def test_values_are_what_the_training_texts_spans_say(found: SpanSources) -> None:
    rows = found.sources.rows
    expected: list[set[tuple[bytes, int]]] = [set(), set()]
    for text, _, spans in [made(60)[row] for row in rows.tolist()]:
        for span in spans:
            value = text[span.start : span.end]
            own = expected[found.types.index(span.type)]
            own.add((value.encode(), len(value.split())))
    assert values_of(found.train, rows) == tuple(tuple(sorted(own)) for own in expected)


def test_processes_share_a_batch(found: SpanSources) -> None:
    task = task_of(found)
    how = distortion_of(TrainingOptions(typos=0.5, word_dropout=0.3))
    planned = PlannedBatch(0, 0, plan_epoch(task.parts, 16, seed=0, epoch=0)[0])
    whole = batches_of(task, how)[planned]
    for rank in range(2):
        part = batches_of(task, how, rank, 2)[planned]
        assert torch.equal(part.counts, whole.counts[rank::2])
        width = part.tags.shape[1]
        assert torch.equal(part.tags, whole.tags[rank::2, :width])
        assert torch.equal(part.indices, whole.indices[rank::2, :width])


def test_what_is_minimised_is_the_mean_over_texts_and_over_words(found: SpanSources) -> None:
    """Against sums over single texts, in float64."""
    task = task_of(found, spans_weight=0.5, label_smoothing=0.0)
    rows = found.sources.rows[:5]
    planned = PlannedBatch(0, 0, np.stack([np.zeros(5, np.int64), rows], axis=1))
    batch = batches_of(task, AS_THEY_ARE)[planned]
    task.network.eval()
    student = task.student()
    loss = task.loss(student, batch, CPU).detach()
    of_label, of_words, words = 0.0, 0.0, 0
    for row in rows.tolist():
        features = task.network.features(found.sources.train.texts([row]))
        with torch.no_grad():
            answers = task.network.network(*features)
        chances = answers["logits"][0].double().softmax(0)
        of_label -= float(chances[found.sources.train.label_ids[row]].log())
        tags = answers["tags"][0].double().softmax(1)
        for word, tag in enumerate(found.train.tags(row, int(features[1]))):
            of_words -= float(tags[word, tag].log())
            words += 1
    assert float(loss) == pytest.approx(of_label / 5 + 0.5 * of_words / words, rel=1e-5)
    # Without labels that count, words alone do.
    nobody = type(batch)(
        batch.indices, batch.counts, batch.tags, batch.truths, torch.zeros(5, dtype=torch.bool)
    )
    assert float(task.loss(student, nobody, CPU).detach()) == pytest.approx(
        0.5 * of_words / words, rel=1e-5
    )


def test_validation_is_the_mean_of_accuracy_and_f1(found: SpanSources) -> None:
    task = task_of(found)
    rows = found.sources.validation.rows
    answers = answers_of(task.network, found.validation, rows, CPU)
    measured = task.measured(CPU)
    right = answers.logits.argmax(axis=1) == found.sources.train.label_ids[rows]
    hits = sum(
        span in found.train.spans[row]
        for row, own in zip(rows.tolist(), answers.spans(), strict=True)
        for span in own
    )
    total = sum(len(found.train.spans[row]) for row in rows) + sum(map(len, answers.spans()))
    f1 = 2 * hits / total
    assert measured.parts == {"accuracy": right.mean(), "span_f1": pytest.approx(f1)}
    assert measured.score == pytest.approx((right.mean() + f1) / 2)
    assert task.network.training
