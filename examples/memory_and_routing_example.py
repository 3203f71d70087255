"""A model that remembers what it was told, and chooses experts.

Run: python examples/memory_and_routing_example.py. It is trained here, in seconds, on little
conversations in English and French: who somebody is, some small talk, then a question. Which name goes with which town
and job in the test was never seen in training, so that an answer can only come from what was remembered.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.network.experts import routing_loss_of
from neurolite_core.network.memory.levels import LONG_TERM

STEPS, BATCH, TURNS = 60, 64, 3
PATTERNS = "(patterns that are learned, the same for everybody)"
WOMEN = ["Alice", "Julia", "Nina", "Clara", "Emma", "Sofia", "Laura", "Diana"]
MEN = ["Bruno", "Paul", "Tom", "Victor", "Simon", "Oscar", "Hugo", "Martin"]
TOWNS = ["Paris", "Madrid", "Oslo", "Berlin", "Milan", "Boston", "Dakar", "Lima"]
# English; French of a woman, and of a man.
JOBS = {
    "engineer": ("an engineer", "ingénieure", "ingénieur"),
    "doctor": ("a doctor", "médecin", "médecin"),
    "teacher": ("a teacher", "enseignante", "enseignant"),
    "lawyer": ("a lawyer", "avocate", "avocat"),
}
FACTS = {
    "en": ["{name} is {job} living in {town}.", "{name} lives in {town} and works as {job}."],
    "fr": ["{name} est {job} et habite à {town}.", "{name} habite à {town}, comme {job}."],
}
QUESTIONS = {
    ("en", "town"): ["Where does {she} live?", "In which town does {she} live?"],
    ("en", "job"): ["What does {she} do?", "What work does {she} do?"],
    ("fr", "town"): ["Où habite-t-{she} ?", "Dans quelle ville habite-t-{she} ?"],
    ("fr", "job"): ["Que fait-{she} dans la vie ?", "Quel travail fait-{she} ?"],
}
SMALL_TALK = {
    "en": ["It rained all day.", "The train was late again.", "Dinner was good.", "I am tired."],
    "fr": ["Il a plu toute la journée.", "Le train avait du retard.", "Le dîner était bon."],
}


@dataclass(frozen=True)
class Dialogue:
    """Turns to remember, a question about them, and its answer."""

    turns: list[str]
    question: str
    answer: str
    language: str


def invent(rng: random.Random, *, held_out: bool) -> Dialogue:
    """A conversation about a person whose town and job are both held out, or neither is."""
    person = rng.randrange(len(WOMEN))
    # A quarter of all pairs of person and town, and of person and job, is kept for the test.
    town = rng.choice([i for i in range(len(TOWNS)) if ((person + i) % 4 == 0) == held_out])
    job = rng.choice([i for i in range(len(JOBS)) if ((person + i) % 4 == 0) == held_out])
    language, man, asked = rng.choice(["en", "fr"]), rng.random() < 0.5, rng.choice(["town", "job"])
    english, *french = list(JOBS.values())[job]
    fact = rng.choice(FACTS[language]).format(
        name=(MEN if man else WOMEN)[person],
        town=TOWNS[town],
        job=english if language == "en" else french[man],
    )
    turns = rng.sample(SMALL_TALK[language], TURNS - 1)
    turns.insert(rng.randrange(TURNS), fact)
    she = {"en": ("she", "he"), "fr": ("elle", "il")}[language][man]
    question = rng.choice(QUESTIONS[language, asked]).format(she=she)
    return Dialogue(turns, question, TOWNS[town] if asked == "town" else list(JOBS)[job], language)


def ask(
    network: NeuroLiteForClassification, dialogues: list[Dialogue], *, remember: bool = True
) -> tuple[dict[str, Tensor], Tensor]:
    """Tells many conversations side by side, and asks: the answers, and what training adds to the loss."""
    network.reset_memory()
    routing = torch.zeros(())
    for turn in range(TURNS if remember else 0):
        network(input_texts=[each.turns[turn] for each in dialogues], update_memory=True)
        routing = routing + _routing_loss(network)
    answers = network(input_texts=[each.question for each in dialogues])
    return answers, routing + _routing_loss(network)


def _routing_loss(network: NeuroLiteForClassification) -> Tensor:
    loss = routing_loss_of(network) if network.training else None
    return torch.zeros(()) if loss is None else loss


def train(network: NeuroLiteForClassification, rng: random.Random) -> None:
    """The gradient flows through what is remembered: the network learns what to keep, and how to find it."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=STEPS)
    network.train()
    for step in range(1, STEPS + 1):
        dialogues = [invent(rng, held_out=False) for _ in range(BATCH)]
        answers, routing = ask(network, dialogues)
        truth = torch.tensor([network.labels.index(each.answer) for each in dialogues])
        loss = functional.cross_entropy(answers["logits"], truth)
        optimizer.zero_grad()
        (loss + routing).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if step % 20 == 0:
            print(f"   step {step:3} of {STEPS}: loss {float(loss.detach()):.3f}", flush=True)
    network.eval()


def converse(network: NeuroLiteForClassification, turns: list[str], questions: list[str]) -> None:
    """Tells one conversation, asks, and shows what each answer was read from."""
    network.reset_memory()
    slots: dict[int, str] = {}  # of long-term memory: what was written there last
    for text in turns:
        before = network.memory_state
        network(input_texts=[text], update_memory=True)
        after = network.memory_state
        assert after is not None
        change = after[LONG_TERM] - (0 if before is None else before[LONG_TERM])
        slots[int(change.abs().sum(dim=2).argmax())] = text
        print(f"   told   {text}")
    for question in questions:
        answers = network(input_texts=[question])
        score, place = answers["logits"].softmax(dim=1)[0].max(dim=0)
        print(f"   asked  {question}")
        print(f"          -> {network.labels[int(place)]}, {float(score):.0%}; ", end="")
        print(f"expert {int(answers['expert'][0])}; read from:")
        shares = read_from(network, question, turns, slots)
        for text, share in sorted(shares.items(), key=lambda item: -item[1])[:3]:
            print(f"             {share:4.0%}  {text}")


def read_from(
    network: NeuroLiteForClassification, question: str, turns: list[str], slots: dict[int, str]
) -> dict[str, float]:
    """The share of each remembered text in all that a question reads, of all levels of the memory together."""
    assert network.memory is not None
    text = network.text_vector(*network.features([question]))
    state = list((network.memory_state or {}).values())
    found = network.memory.retrieved(text, state)
    shares = dict.fromkeys([*turns, PATTERNS], 0.0)
    for age, strength in enumerate(found["working"][0].tolist()):  # 0 is the last turn
        if age < len(turns):
            shares[turns[-1 - age]] += strength
    for slot, strength in enumerate(found["long_term"][0].tolist()):
        if slot in slots:
            shares[slots[slot]] += strength
    shares[PATTERNS] += float(found["persistent"].sum())
    total = sum(shares.values())
    return {name: strength / total for name, strength in shares.items()}


def show_experts(network: NeuroLiteForClassification, dialogues: list[Dialogue]) -> None:
    """Which expert takes what."""
    kinds: dict[str, list[str]] = {}
    for each in dialogues:
        kinds.setdefault(f"{each.language}, question", []).append(each.question)
        kinds.setdefault(f"{each.language}, told", []).extend(each.turns)
    network.reset_memory()
    for kind, texts in sorted(kinds.items()):
        used = Counter(network(input_texts=texts)["expert"].tolist())
        shares = "  ".join(f"{used[number] / len(texts):4.0%}" for number in range(4))
        print(f"   {kind:13} {shares}")


def main() -> None:
    """Trains, tests, and holds two conversations."""
    torch.manual_seed(0)
    rng = random.Random(0)
    config = NeuroLiteConfig.tiny().replace(
        use_external_memory=True,
        use_dynamic_routing=True,
        num_experts=4,
        num_mixer_layers=1,
        max_words=16,
        dropout=0.0,
    )
    network = NeuroLiteForClassification(config, labels=[*TOWNS, *JOBS])
    print(f"Training on {STEPS * BATCH:,} invented conversations in English and French ...")
    start = time.perf_counter()
    train(network, rng)
    print(f"   took {time.perf_counter() - start:.0f} s")

    test = [invent(rng, held_out=True) for _ in range(300)]
    print(
        f"\n{len(test)} conversations whose names, towns and jobs were never together in training:"
    )
    with torch.no_grad():
        for remember, what in ((True, "with what was told remembered"), (False, "without")):
            found = ask(network, test, remember=remember)[0]["logits"].argmax(dim=1).tolist()
            right = sum(
                network.labels[place] == each.answer
                for place, each in zip(found, test, strict=True)
            )
            print(f"   {right / len(test):4.0%} right {what}")
        print("\nEnglish:")
        converse(
            network,
            ["The train was late again.", "Alice is an engineer living in Paris.", "I am tired."],
            ["Where does she live?", "What does she do?"],
        )
        print("\nFrançais :")
        converse(
            network,
            [
                "Alice est ingénieure et habite à Paris.",
                "Le dîner était bon.",
                "Il a plu toute la journée.",
            ],
            ["Où habite-t-elle ?", "Que fait-elle dans la vie ?"],
        )
        print("\nWhich of the four experts texts went to; only that one is computed:")
        show_experts(network, test)


if __name__ == "__main__":
    main()
