"""Trains reference points by their settings, one after the other, and keeps each with its figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch

from neurolite_bench.generation.neural.checkpoint import Peer, save, tensors_of
from neurolite_bench.generation.neural.fitting import Fitted, fit, perplexity
from neurolite_bench.generation.neural.networks import make_network
from neurolite_bench.generation.neural.sequences import Sequences
from neurolite_bench.generation.neural.settings import Settings
from neurolite_bench.generation.rows import MEGABYTE
from neurolite_core.data.documents import documents
from neurolite_core.text.vocabulary import Vocabulary, count_words, make_vocabulary

HELD_EVERY: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Texts as entries.

    Attributes:
        vocabulary: of the texts that are learned.
        learned: entries of each document.
        held: of validation; None where the last weights are kept.
        asked: of a test that the weights that are kept are measured on; None for none.
    """

    vocabulary: Vocabulary
    learned: list[list[int]]
    held: list[list[int]] | None
    asked: list[list[int]] | None


def read_texts(
    train: Path,
    validation: Path | None,
    vocab_size: int,
    *,
    whole: bool = False,
    test: Path | None = None,
) -> Learned:
    """Reads documents.

    Args:
        train: to learn; its words alone are in the vocabulary.
        validation: what chooses weights; None takes each twentieth document of ``train`` out of it.
        vocab_size: V at most.
        whole: learn all of ``train`` and choose nothing.
        test: to be measured on in float32.
    """
    texts = list(_texts(train))
    vocabulary = make_vocabulary(count_words(texts), vocab_size)
    every, asked = _targets(texts, vocabulary), None
    if test is not None:
        asked = _targets(_texts(test), vocabulary)
    if whole:
        return Learned(vocabulary, every, None, asked)
    if validation is not None:
        return Learned(vocabulary, every, _targets(_texts(validation), vocabulary), asked)
    learned = [text for number, text in enumerate(every) if number % HELD_EVERY]
    return Learned(vocabulary, learned, every[::HELD_EVERY], asked)


def train(
    texts: Learned,
    settings: Settings,
    out: Path,
    tell: Callable[[str], None],
    minutes: float | None = None,
) -> Peer:
    """Fits one reference point, on a GPU where there is one, and writes what is best so far to ``out``.

    Args:
        texts: to learn.
        settings: of the reference point.
        out: the file.
        tell: is told each epoch.
        minutes: in place of the settings'.
    """
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    how = settings.fitting
    how = how if minutes is None else dataclasses.replace(how, minutes=minutes)
    shape = settings.shape(len(texts.vocabulary))
    torch.set_float32_matmul_precision("high")
    torch.manual_seed(how.seed)
    network = make_network(shape).to(device)
    learned = Sequences.of(texts.learned, how.window, device)
    held = None if texts.held is None else Sequences.of(texts.held, 0, device)
    facts: dict[str, Any] = {
        "fitting": asdict(how),
        "parameters": sum(value.numel() for value in network.parameters()),
        "learned_entries": _entries(texts.learned),
        "held_entries": 0 if texts.held is None else _entries(texts.held),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        "torch": torch.__version__,
    }

    def keep(found: Fitted) -> Peer:
        tensors, told = tensors_of(network.state_dict()), {**asdict(found), **facts}
        peer = Peer(settings.name, shape, texts.vocabulary.labels, tensors, told)
        save(peer, out)
        return peer

    def say(line: str) -> None:
        tell(f"{settings.name}: {line}")

    fitted = fit(network, learned, held, how, say, keep)
    if texts.asked is not None:
        facts["float32_perplexity"] = perplexity(network, Sequences.of(texts.asked, 0, device))
    return keep(fitted)


def row_of(peer: Peer, name: str) -> dict[str, Any]:
    """A row of what it reaches on validation, in float32."""
    names = ("parameters", "learned_entries", "epochs", "seconds", "device", "perplexity")
    return {
        "texts": name,
        "kind": peer.kind,
        "precision": "float32",
        "model": peer.name,
        "vocabulary": len(peer.labels),
        "megabytes": sum(tensor.size for tensor in peer.tensors.values()) / MEGABYTE,
        "words": peer.facts["held_entries"],
        **{each: peer.facts[each] for each in names},
    }


def _entries(texts: Sequence[Sequence[int]]) -> int:
    return sum(map(len, texts))


def _targets(texts: Iterable[bytes], vocabulary: Vocabulary) -> list[list[int]]:
    return [vocabulary.targets(text) for text in texts]


def _texts(path: Path) -> Iterator[bytes]:
    return (text.encode() for text in documents(path))
