"""The model that comes with the package: whole, small, and right about things that it was not trained on."""

import json
from pathlib import Path

import pytest

from commands import call_command
from neurolite_core import NeuroLiteConfig, load_checkpoint
from neurolite_core.answer.sampling import Sampling
from neurolite_core.answer.scores import scope_scores
from neurolite_core.answer.writing import Writer
from neurolite_core.artifact.checkpoint import PROBES, WEIGHTS
from neurolite_core.models.default import DEFAULT_CHECKPOINT, MODELS
from neurolite_core.text.segments import split_segments
from neurolite_core.text.vocabulary import Vocabulary


def own_texts() -> list[tuple[str, str]]:
    lines = (DEFAULT_CHECKPOINT / PROBES).read_text("utf-8").splitlines()
    return [(row["text"], row["label"]) for row in map(json.loads, lines)]


def test_it_is_small_and_has_a_card() -> None:
    assert (DEFAULT_CHECKPOINT / WEIGHTS).stat().st_size <= 2_100_000
    card = (DEFAULT_CHECKPOINT / "CARD.md").read_text("utf-8")
    for word in ("CC BY 3.0", "neurolite-train", "## Data", "## Figures", "## Limits"):
        assert word in card


def test_the_encoder_is_small_and_its_card_is_true() -> None:
    folder = MODELS["english"]
    assert (folder / WEIGHTS).stat().st_size <= 1_400_000
    card = " ".join((folder / "CARD.md").read_text("utf-8").split())
    for word in ("CC BY-SA 4.0", "CC BY 4.0", "CC BY 3.0", "Negation", "Web addresses"):
        assert word in card
    network = load_checkpoint(folder)
    assert [each.dimension for each in network.similarities] == [128, 256]
    assert network.config == NeuroLiteConfig.english()
    texts = ["order more checks", "please do not order more checks", "what is the weather like"]
    vectors = network(input_texts=texts)["embedding"].detach()
    cosines = vectors @ vectors.T
    assert cosines[0, 1] > 0.9  # a limit, not a wish: who mends it changes the card
    assert cosines[0, 2] < 0.3


def test_the_conversation_model_is_small_and_remembers() -> None:
    folder = MODELS["dialogues"]
    assert (folder / WEIGHTS).stat().st_size <= 3_000_000
    card = " ".join((folder / "CARD.md").read_text("utf-8").split())
    for word in ("CC BY-SA 4.0", "neurolite_bench.conversations.joining", "Limits"):
        assert word in card
    network = load_checkpoint(folder)
    answers = {}
    for opening in ("I need a cab", "find me a restaurant in Oakland", "I need a bus to Fresno"):
        network.reset_memory()
        network(input_texts=[opening], update_memory=True)
        logits = network(input_texts=["for four people at seven"])["logits"]
        answers[opening] = network.labels[int(logits.argmax())]
    assert [*answers.values()] == ["GetRide", "ReserveRestaurant", "BuyBusTicket"]


def test_it_answers_its_own_probes() -> None:
    network = load_checkpoint(DEFAULT_CHECKPOINT)
    rows = own_texts()
    logits = network(input_texts=[text for text, _ in rows])["logits"].detach().numpy()
    answers = [network.labels[place] for place in logits.argmax(axis=1)]
    right = sum(answer == label for answer, (_, label) in zip(answers, rows, strict=True))
    assert right / len(rows) > 0.85
    assert network.threshold is not None
    assert (scope_scores(logits) >= network.threshold).mean() > 0.8
    nonsense = ["the mitochondrion is the powerhouse of the cell", "zxqv wkpt", ""]
    refused = scope_scores(network(input_texts=nonsense)["logits"].detach().numpy())
    assert (refused < network.threshold).all(), refused


NEGATED = {
    "set an alarm for six": "don't set an alarm for six",
    "turn off the lights": "do not turn off the lights",
    "transfer fifty dollars to savings": "don't transfer fifty dollars to savings",
    "freeze my account": "do not freeze my account",
    "order more checks": "please do not order more checks",
    "pay my electric bill": "don't pay my electric bill",
}


def test_its_card_says_that_it_does_not_understand_a_negation() -> None:
    """A limit, not a wish: who mends it changes the card."""
    network = load_checkpoint(DEFAULT_CHECKPOINT)
    plain, negated = (
        network(input_texts=texts)["logits"].detach().numpy()
        for texts in ([*NEGATED], [*NEGATED.values()])
    )
    assert network.threshold is not None
    assert (plain.argmax(axis=1) == negated.argmax(axis=1)).all()
    assert (scope_scores(negated) >= network.threshold).all()
    card = " ".join((DEFAULT_CHECKPOINT / "CARD.md").read_text("utf-8").split())
    assert "10 of 10 negated commands were answered as the command" in card


def test_it_is_what_is_exported_where_nothing_is_said(tmp_path: Path) -> None:
    done = call_command("neurolite-export", "--int8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert b"random" not in done.stderr
    path = tmp_path / "neurolite-intents-int8.onnx"
    answer = call_command("neurolite-run", path, "please set an alarm for six", cwd=tmp_path)
    record = json.loads(answer.stdout)
    assert record["label"] == "alarm"
    assert record["abstained"] is False
    assert record["in_scope"] == pytest.approx(1.0, abs=0.3)


def test_the_generator_is_small_and_knows_what_is_said() -> None:
    folder = MODELS["nextwords"]
    assert (folder / WEIGHTS).stat().st_size <= 7_000_000
    card = " ".join((folder / "CARD.md").read_text("utf-8").split())
    for word in ("CC BY-SA 4.0", "CC BY 4.0", "Taskmaster", "--task generation", "## Limits"):
        assert word in card
    network = load_checkpoint(folder)
    writer = Writer(
        lambda text: network(input_texts=[text])["logits"][0].detach().numpy(),
        Vocabulary(network.labels),
        max_words=network.config.max_words,
        max_bytes=network.config.max_bytes,
    )
    suggested = {
        text: [item.piece for item in writer.suggest(text.encode(), 3)]
        for text in (
            "I would like to book a",
            "Thank you very",
            "I need a ticket",
            "Hi, how can I help",
        )
    }
    wanted = (b" flight", b" much", b" for", b" you")
    for expected, pieces in zip(wanted, suggested.values(), strict=True):
        assert expected in pieces, suggested
    completed = [item.piece for item in writer.complete(b"Please find me a rest", 3)]
    assert completed[0] == b"aurant"
    written = b"".join(writer.write(b"I need a", Sampling(temperature=0), words=12, seed=1))
    assert len(split_segments([written])[0].words) > 3
