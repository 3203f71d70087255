"""From rows of texts and labels to a file that a phone runs: train, export through the gates, run the file.

Run: python examples/classification_example.py
"""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path

import torch

from neurolite_bench.typos import with_typos
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification, save_checkpoint
from neurolite_export.exporting import export
from neurolite_export.source import checkpoint_source
from neurolite_export.targets import TARGETS
from neurolite_runtimes import open_artifact, run, top_answers
from small_training import share_right, train

REQUESTS = {
    "alarm": ["wake me at {time}", "set an alarm for {time}", "i have to get up at {time}"],
    "restaurant": [
        "book a table at {time}",
        "a table for two in {town}",
        "reserve dinner in {town}",
    ],
    "weather": [
        "will it rain in {town}",
        "how warm is it in {town}",
        "do i need an umbrella at {time}",
    ],
    "travel": [
        "find a train to {town}",
        "i want to go to {town}",
        "is there a flight to {town} at {time}",
    ],
    "music": ["play {song}", "put on {song} please", "i would like to hear {song}"],
}
# What stands in the braces; the words behind the bar are in no row of the training.
WORDS = {
    "time": "six, half past seven, noon, eight in the evening | nine, a quarter to ten",
    "town": "paris, rome, madrid, oslo | lisbon, dakar",
    "song": "some jazz, the new album, a slow song, my playlist | a waltz, the radio",
}
EXTRA = ["", "please ", "hello, ", "could you ", "ok, "]


def rows_of(place: int) -> list[tuple[str, str]]:
    """All requests with all words before the bar (0), or behind it (1)."""
    rows = []
    for label, forms in REQUESTS.items():
        for form in forms:
            for name, words in WORDS.items():
                if f"{{{name}}}" not in form:
                    continue
                others = {each: WORDS[each].split(" | ")[place].split(", ")[0] for each in WORDS}
                for word in words.split(" | ")[place].split(", "):
                    text = form.format(**{**others, name: word})
                    rows += [(extra + text, label) for extra in EXTRA]
    return sorted(set(rows))


def answers_of(file: Path, texts: list[str]) -> list[str]:
    """What an exported file answers: it takes UTF-8 bytes, and no PyTorch is needed."""
    session = open_artifact(file)
    logits = run(session, texts).values["logits"]
    return [best[0].label for best in top_answers(logits, session.metadata.labels, 1)]


def main() -> None:
    """Trains, exports, runs."""
    torch.manual_seed(0)
    rows, others = rows_of(0), rows_of(1)
    random.Random(0).shuffle(others)
    checks, test = others[:40], others[40:]
    print(
        f"{len(rows)} rows to learn, {len(test)} to test on, whose times, towns and songs are others."
    )

    config = NeuroLiteConfig.tiny().replace(max_words=32, max_bytes=256)
    network = NeuroLiteForClassification(config, labels=sorted(REQUESTS))
    start = time.perf_counter()
    train(network, rows, steps=60)
    print(f"Trained for {time.perf_counter() - start:.0f} s.")

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # The checkpoint carries texts on which every file that is made of it is checked.
        source = checkpoint_source(save_checkpoint(network, folder / "requests", probes=checks))
        assert source.probes is not None
        done = export(source, TARGETS["onnx"].load(), "int8", folder, source.probes)
        print(f"\nExported {done.path.name}, {done.built.size_bytes / 1e6:.2f} MB. Its gates:")
        for gate in done.built.gates:
            print(f"   {gate.gate:16} {gate.verdict:10} {gate.found}")
        print(
            "   ('not proven': 40 texts are too few to be sure; neurolite-train keeps up to 1,000.)"
        )
        texts = [text for text, _ in test]
        spoilt = with_typos(texts, share=0.2, seed=0)
        clean, typos = answers_of(done.path, texts), answers_of(done.path, spoilt)
        print(f"\nThe file answers {share_right(clean, test):.1%} of the test rows rightly,")
        print(f"and {share_right(typos, test):.1%} with a typing error in a fifth of the words:")
        for text, answer in list(zip(spoilt, typos, strict=True))[:5]:
            print(f"   {text:45} {answer}")


if __name__ == "__main__":
    main()
