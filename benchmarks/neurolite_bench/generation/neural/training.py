"""Trains reference points by their settings, one after the other, and keeps each with its figures."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from neurolite_bench.generation.neural.checkpoint import Peer, save, tensors_of
from neurolite_bench.generation.neural.fitting import fit
from neurolite_bench.generation.neural.networks import make_network
from neurolite_bench.generation.neural.sequences import Sequences
from neurolite_bench.generation.neural.settings import Settings
from neurolite_core.data.documents import documents
from neurolite_core.text.vocabulary import Vocabulary, count_words, make_vocabulary

HELD_EVERY = 10


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Texts as entries.

    Attributes:
        vocabulary: of the texts that are learned.
        learned: entries of each document.
        held: of validation; None where the last weights are kept.
    """

    vocabulary: Vocabulary
    learned: list[list[int]]
    held: list[list[int]] | None


def read_texts(train: Path, validation: Path | None, vocab_size: int, *, whole: bool) -> Learned:
    """Reads documents.

    Args:
        train: to learn; its words alone are in the vocabulary.
        validation: what chooses weights; None takes each tenth document of ``train`` out of it.
        vocab_size: V at most.
        whole: learn all of ``train`` and choose nothing.
    """
    texts = list(_texts(train))
    vocabulary = make_vocabulary(count_words(texts), vocab_size)
    every = [vocabulary.targets(text) for text in texts]
    if whole:
        return Learned(vocabulary, every, None)
    if validation is not None:
        held = [vocabulary.targets(text) for text in _texts(validation)]
        return Learned(vocabulary, every, held)
    learned = [text for number, text in enumerate(every) if number % HELD_EVERY]
    return Learned(vocabulary, learned, every[::HELD_EVERY])


def train(
    texts: Learned,
    settings: Settings,
    out: Path,
    tell: Callable[[str], None],
    minutes: float | None = None,
) -> Peer:
    """Fits one reference point and writes it to ``out``, on a GPU where there is one.

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
    fitted = fit(network, learned, held, how, lambda line: tell(f"{settings.name}: {line}"))
    facts = {
        **asdict(fitted),
        "fitting": asdict(how),
        "parameters": sum(value.numel() for value in network.parameters()),
        "learned_entries": _entries(texts.learned),
        "held_entries": 0 if texts.held is None else _entries(texts.held),
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "CPU",
        "torch": torch.__version__,
    }
    tensors = tensors_of(network.state_dict())
    peer = Peer(settings.name, shape, texts.vocabulary.labels, tensors, facts)
    save(peer, out)
    return peer


def _entries(texts: Sequence[Sequence[int]]) -> int:
    return sum(map(len, texts))


def _texts(path: Path) -> Iterator[bytes]:
    return (text.encode() for text in documents(path))
