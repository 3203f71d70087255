"""The commands of the reference points: trained, exported, measured; settings and files that are refused; tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from artifacts import Store
from generating import SENTENCES, generator
from neurolite_bench.generation.__main__ import app
from neurolite_bench.generation.agreement import Greedy, greedy_of, groups_of, rows_of
from neurolite_bench.generation.neural.__main__ import app as neural
from neurolite_bench.generation.neural.checkpoint import load
from neurolite_bench.generation.neural.settings import CHOSEN, read_settings
from neurolite_bench.generation.neural.stepping import Stepper, hear
from neurolite_bench.generation.rows import read_rows
from neurolite_bench.generation.scoring import is_suggested
from neurolite_bench.generation.speaking import (
    FUNCTION_BODY,
    PYTHON,
    PeerSpeaker,
    open_speakers,
    speak,
)
from neurolite_bench.generation.speed import measure_speed, suggest
from neurolite_bench.generation.tables import (
    agreement_table,
    generation_table,
    speed_table,
    validation_table,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import FIRST_WORD
from neurolite_export.exporting import export
from neurolite_export.forms import STREAM, formed
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS
from neurolite_runtimes.opening import open_artifact

SETTINGS = """
[small]
kind = "lstm"
width = 8
hidden = 12
epochs = 2
words = 64
"""


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The int8 file of an LSTM that two epochs have made, by the commands."""
    folder = tmp_path_factory.mktemp("peer")
    (folder / "a.toml").write_text(SETTINGS)
    (folder / "a.txt").write_bytes(b"\n\n".join(SENTENCES * 3))
    out = ["--out", str(folder)]
    done = CliRunner().invoke(
        neural,
        [
            *("train", str(folder / "a.txt"), "small", "--settings", str(folder / "a.toml"), *out),
            *("--name", "sentences", "--results", str(folder / "validation.json")),
            *("--test", str(folder / "a.txt")),
        ],
    )
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(neural, ["export", str(folder / "small.safetensors"), *out])
    assert done.exit_code == 0, done.output
    return folder / "small-int8.onnx"


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = formed(Source(generator(), "random", "random weights"), STREAM)
    probes = Probes("sentences", SENTENCES)
    folder = tmp_path_factory.mktemp("stream")
    return export(source, TARGETS["onnx"].load(), "float32", folder, probes).path


def test_a_reference_point_has_the_row_that_its_file_makes_by_hand(
    peer: Path, tmp_path: Path
) -> None:
    kept = load(peer.with_name("small.safetensors"))
    assert kept.facts["learned_entries"] + kept.facts["held_entries"] == sum(
        3 * (len(segments.words) + 1) for segments in split_segments(SENTENCES)
    )
    (told,) = read_rows(peer.with_name("validation.json"))
    assert (told["texts"], told["kind"], told["epochs"]) == ("sentences", "lstm", 2)
    assert told["perplexity"] == kept.facts["perplexity"] == min(kept.facts["history"])
    test, results = tmp_path / "test.txt", tmp_path / "generation.json"
    test.write_bytes(SENTENCES[0])
    command = ["peer", str(peer), str(test), "--name", "sentences", "--results", str(results)]
    for _ in range(2):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
    (row,) = json.loads(results.read_text())["rows"]
    stepper = Stepper(peer)
    nats, hits = list[float](), list[bool]()
    wanted = stepper.vocabulary.targets(SENTENCES[0])
    for logits, entry in zip(stepper.read(wanted), wanted, strict=True):
        powers = np.exp(logits.astype(np.float64))
        nats.append(-np.log(powers[entry] / powers.sum()))
        hits.append(is_suggested(logits, entry))
    assert row["perplexity"] == pytest.approx(np.exp(np.mean(nats)))
    assert row["top3"] == np.mean(hits)
    assert (row["kind"], row["precision"], row["epochs"]) == ("lstm", "int8", 2)
    assert row["validation_perplexity"] == kept.facts["perplexity"]
    float32 = Stepper(peer.with_name("small-float32.onnx"))
    said = hear(float32, [float32.vocabulary.targets(text) for text in SENTENCES])
    in_onnx = np.exp(-np.log(said.probabilities).mean())
    assert row["float32_perplexity"] == pytest.approx(in_onnx, rel=1e-4)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[a]\nkind = 'gru'", "give one of lstm, transformer"),
        ("[a]\nwidth = 3", 'needs kind = "lstm"'),
        ("[a]\nkind = 'lstm'\nwidth = 3\nhidden = 4\ndepth = 5", "depth"),
        ("[a]\nkind = 'lstm'\nwidth = 3\nhidden = 4\ndropout = 1.0", "dropout is 1.0"),
        ("[a]\nkind = 'lstm'\nwidth = 3\nhidden = 4\nminutes = 0", "minutes is 0"),
        (
            "[a]\nkind = 'transformer'\nwidth = 8\nhidden = 8\nlayers = 1\nheads = 3\ninner = 8",
            "heads is 3",
        ),
        ("[a", "is not TOML"),
    ],
)
def test_settings_that_say_nothing_are_refused(text: str, problem: str, tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(text)
    with pytest.raises(InputError, match=problem):
        read_settings(path)


def test_the_chosen_settings_are_of_both_kinds() -> None:
    found = read_settings(CHOSEN)
    assert {each.kind for each in found.values()} == {"lstm", "transformer"}
    assert all(each.shape(10_000).entries == 10_000 for each in found.values())


def test_a_stream_says_what_its_session_says(stream: Path, peer: Path) -> None:
    (segments,) = split_segments(SENTENCES[:1])
    speaker = open_speakers(stream, None)[""]
    logits, states = speak(speaker, segments.words[:3])
    session = open_artifact(stream)
    state = {spec.name: np.zeros((1, *spec.shape), np.float32) for spec in session.metadata.state}
    text = np.frombuffer(b"".join(segments.words[:3]), np.uint8)[None]
    expected = session.run_bytes(text, state)
    np.testing.assert_allclose(logits, expected["logits"][0], atol=1e-5)
    np.testing.assert_allclose(
        states["last"], np.asarray(expected["next_last"], np.float32), atol=1e-5
    )
    # In calls of as many words as the file takes, all of them are read.
    words = (*segments.words, *segments.words)
    stepwise = speaker.begin()
    for word in words:
        stepwise = speaker.step((word,), stepwise[1])
    assert len(words) > speaker.most[0] >= 16
    np.testing.assert_allclose(speak(speaker, words)[0], stepwise[0], atol=1e-4)
    assert isinstance(open_speakers(peer, None)[""], PeerSpeaker)
    best = suggest(logits)
    assert sorted(logits[best]) == sorted(np.sort(logits[FIRST_WORD:])[-3:])


def test_times_of_all_files_stand_beside_the_first_ones(stream: Path, peer: Path) -> None:
    speakers = {"ours": open_speakers(stream, None)[""], "lstm": open_speakers(peer, None)[""]}
    texts = [b"one two three four five " * 7] * 290
    found = measure_speed(speakers, texts, 1)
    assert list(found["stream"]["ms"]) == ["ours", "lstm"]
    quotient = found["stream"]["ms"]["lstm"] / found["stream"]["ms"]["ours"]
    assert found["stream"]["ratio"]["lstm"]["median"] == pytest.approx(quotient)
    assert list(found["growth"]["lstm"]) == ["10", "100", "1000", "10000"]
    with pytest.raises(InputError, match="the texts have 20 of 30 words or more and 700 words"):
        measure_speed(speakers, texts[:20], 1)


def test_a_file_agrees_with_itself(stream: Path, tmp_path: Path) -> None:
    test, results = tmp_path / "a.txt", tmp_path / "agreement.json"
    test.write_bytes(b"\n\n".join(SENTENCES))
    options = ["--test", str(test), "--results", str(results)]
    done = CliRunner().invoke(app, ["agreement", str(stream), str(stream), *options])
    assert done.exit_code == 0, done.output
    found = json.loads(results.read_text())
    assert [row["same"] for row in found["rows"]] == [1.0, 1.0]
    one = greedy_of(stream, SENTENCES)
    assert found["words"] == len(one.best)
    assert found["rows"][0]["perplexity"] == pytest.approx(np.exp(one.nats))
    for alone in ([], [str(stream), "+", str(stream)]):
        done = CliRunner().invoke(app, ["agreement", str(stream), *alone, *options])
        assert done.exit_code == 2
        assert "agrees with itself" in done.output


def test_files_are_compared_with_the_first_of_their_group() -> None:
    given = [Path(name) for name in ("a", "b", "c", "+", "b", "a")]
    groups = groups_of(given)
    assert groups == [[Path("a"), Path("b"), Path("c")], [Path("b"), Path("a")]]
    best = {"a": [1, 2, 3, 4], "b": [1, 2, 3, 5], "c": [1, 0, 0, 0]}
    asked = {Path(name): Greedy(name, "r", np.array(own), nats=0.0) for name, own in best.items()}
    found = [(row["file"], row["beside"], row["same"]) for row in rows_of(groups, asked)]
    assert found == [
        ("a", "a", 1.0), ("b", "a", 0.75), ("c", "a", 0.25), ("b", "b", 1.0), ("a", "b", 0.75)
    ]  # fmt: skip


def test_a_file_of_something_else_is_refused(exported: Store) -> None:
    other = exported("onnx", "one", "float32").path
    with pytest.raises(InputError, match="is of the task classification"):
        open_speakers(other, None)
    with pytest.raises(InputError, match="no reference point"):
        Stepper(other)


ENVIRONMENT = {
    "processor": "A",
    "cores": 2,
    "versions": {"onnxruntime": "1.2"},
    "measured_at": "2026-01-02T03",
}


def row(**values: object) -> dict[str, Any]:
    common = {"texts": "t", "vocabulary": 10_000, "words": 5, "unknown": 1, "bits_per_byte": 1.5}
    return {**common, "megabytes": 4.0, "top3": 0.5, "perplexity": 20.0, **values}


def test_a_table_has_a_row_a_model_and_what_int8_costs() -> None:
    trained = {"parameters": 1_000, "seconds": 90.0, "epochs": 7, "device": "D"}
    rows = [
        row(kind="lstm", model="l", precision="int8", perplexity=20.2, **trained),
        row(kind="lstm", model="l", precision="float32", megabytes=16.0, **trained),
        row(kind="ngrams", model="k", megabytes=15.0),
        row(kind="generator", model="g", precision="int8", words=4),
    ]
    lines = generation_table({"environment": ENVIRONMENT, "rows": rows}).splitlines()
    assert lines[2:5] == [
        "| t | modified Kneser-Ney 5-gram, whole | 15.00 | 5 | 20.00 | 1.500 | 50.0 | - |",
        "| t | LSTM of one layer | 4.00 | 5 | 20.20 | 1.500 | 50.0 | +1.00 % |",
        "| t | NeuroLite | 4.00 | 4 | 20.00 | 1.500 | 50.0 | - |",
    ]
    assert "1,000 numbers, 1.5 minutes, 7 epochs on D" in " ".join(lines[6:])


def test_a_table_of_validation_has_the_best_first_and_words_that_were_learned() -> None:
    rows = [
        row(kind="ngrams", model="k", perplexity=9.0, trained_words=2_000_000),
        row(kind="lstm", model="l", perplexity=7.0, learned_entries=2e6, epochs=3, seconds=90.0)
        | {"source": "Of a log."},
    ]
    lines = validation_table({"environment": ENVIRONMENT, "rows": rows}).splitlines()
    assert lines[2:] == [
        "| t | LSTM of one layer, `l` | 4.00 | 6.0 | 1.5 | 7.00 |",
        "| t | modified Kneser-Ney 5-gram | 4.00 | 2.0 | - | 9.00 |",
        "",
        "Of a log.",
    ]


def test_tables_of_speed_and_agreement() -> None:
    growth = {"10": 0.1, "10000": 0.2}
    ms = {
        "a.onnx": 0.25,
        "a.onnx" + FUNCTION_BODY: 0.5,
        "a.nlm": 0.2,
        "a.nlm" + PYTHON: 0.4,
        "b.onnx": 0.1,
    }
    memory = {"dirty": 5_000_000}
    result = {
        "environment": ENVIRONMENT,
        "rounds": 3,
        "note": "Weights are random.",
        "files": {
            "a.onnx": {
                "kind": "generator",
                "runtime": "onnxruntime",
                "megabytes": 3.9,
                "memory": memory,
            },
            "a.nlm": {
                "kind": "generator",
                "runtime": "C library",
                "megabytes": 3.8,
                "memory": memory,
            },
            "b.onnx": {"kind": "lstm", "runtime": "onnxruntime", "megabytes": 4, "memory": memory},
        },
        "stream": {
            "ms": ms,
            "ratio": {
                name: {"median": took / 0.25, "lowest": 0.3, "highest": 3}
                for name, took in ms.items()
                if name != "a.onnx"
            },
        },
        "suggestions": {"ms": ms},
        "growth": dict.fromkeys(ms, growth),
    }
    lines = speed_table(result).splitlines()
    assert lines[0].endswith("| µs a word behind 10 | µs a word behind 10,000 |")
    assert lines[2:7] == [
        "| NeuroLite, native op | 3.90 | 4,000 | 1 | 0.25 | 5.0 | 100 | 200 |",
        "| NeuroLite, function body | 3.90 | 2,000 | 2.00 (0.30 to 3.00) | 0.50 |  | 100 | 200 |",
        "| NeuroLite, C library | 3.80 | 5,000 | 0.80 (0.30 to 3.00) | 0.20 | 5.0 | 100 | 200 |",
        "| NeuroLite, C library, in Python | 3.80 | 2,500 | 1.60 (0.30 to 3.00) | 0.40 |  | 100 | 200 |",
        "| LSTM of one layer | 4.00 | 10,000 | 0.40 (0.30 to 3.00) | 0.10 | 5.0 | 100 | 200 |",
    ]
    assert "with an empty model. Weights are random. A, 2 cores" in " ".join(lines[8:])
    common = {"runtime": "r", "beside": "b", "perplexity": 17.25}
    agreed = [common | {"file": "b", "same": 1.0}, common | {"file": "a", "same": 0.995}]
    found = agreement_table({"environment": ENVIRONMENT, "words": 1_000, "rows": agreed})
    assert "| b | r | - | - | 17.250 |\n| a | r | b | 99.50 | 17.250 |" in found
