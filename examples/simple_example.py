"""What NeuroLite does with a text, in three steps; nothing is trained.

Run: python examples/simple_example.py
"""

from __future__ import annotations

import torch

from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification, load_checkpoint
from neurolite_core.answer.scores import scope_scores
from neurolite_core.hashing.words import hash_words
from neurolite_core.models.default import DEFAULT_CHECKPOINT

PAIRS = [("restaurant", "restuarant"), ("restaurant", "Restaurants"), ("restaurant", "guitar")]
TEXTS = [
    "wake me up at sevn in the morning",
    "how do you say good night in italian",
    "plaese book a table for two at Luigi's",
    "why do cats purr",
]


def show_words() -> None:
    """A word is some numbers, and what is spelt alike has many of them in common."""
    print("1. A word is 16 numbers, each from some of its letters. There is no vocabulary:")
    for first, second in PAIRS:
        words = hash_words([first.encode(), second.encode()], num_hashes=16, table_size=8_192)
        one, other = words.indices
        print(f"   {first:10} and {second:11} have {int((one == other).sum()):2} of 16 in common")


def show_parts() -> None:
    """A network with everything, and what each part of it weighs."""
    config = NeuroLiteConfig(
        hidden_size=256,
        num_mixer_layers=6,
        use_external_memory=True,
        use_dynamic_routing=True,
        use_symbolic_module=True,  # rules may be added later: neurolite-export --rules FILE
        num_experts=4,
    )
    network = NeuroLiteForClassification(config, labels=["book", "cancel", "ask"]).eval()
    parts = {
        "table of words": network.model.projection,
        "window": network.model.window,
        f"mixer, {config.num_mixer_layers} layers": network.model.backbone,
        f"{config.num_experts} experts": network.experts,
        "memory": network.memory,
        "head, 3 labels": network.head,
    }
    print("\n2. A network with everything; as int8, one parameter is one byte:")
    for name, part in parts.items():
        assert part is not None
        count = sum(parameter.numel() for parameter in part.parameters())
        print(f"   {name:16} {count:10,} parameters")
    with torch.no_grad():
        answers = network(input_texts=["book a table", "not today"], update_memory=True)
    shapes = {name: tuple(answers[name].shape) for name in ("logits", "embedding", "expert")}
    print(f"   two texts give {', '.join(f'{name} {shape}' for name, shape in shapes.items())};")
    names = ", ".join(network.memory_state or {})
    print(f"   what it remembers of them is in: {names}")


def show_answers() -> None:
    """The model that comes with the package, which is trained."""
    network = load_checkpoint(DEFAULT_CHECKPOINT)
    with torch.no_grad():
        logits = network(input_texts=TEXTS)["logits"]
    inside = scope_scores(logits.numpy())
    print(f"\n3. The package's own model: {len(network.labels)} intents of an assistant.")
    for text, row, scope in zip(TEXTS, logits.softmax(dim=1), inside, strict=True):
        score, place = row.max(dim=0)
        given = scope >= (network.threshold or 0)
        answer = network.labels[int(place)] if given else "no answer: none of its intents"
        print(f"   {text:42} {answer}" + (f", {float(score):.0%}" if given else ""))
    print("   Typing errors are words like any other, and what it does not know it refuses.")


def main() -> None:
    """Prints all three steps."""
    torch.manual_seed(0)
    show_words()
    show_parts()
    show_answers()


if __name__ == "__main__":
    main()
