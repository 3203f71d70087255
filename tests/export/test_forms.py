"""The forms of a generator's file: what they are called, what they are probed on, and who cannot have them."""

from __future__ import annotations

from pathlib import Path

import pytest

from backbones import ONE
from commands import call_command
from generating import SENTENCES, generator
from neurolite_core.answer.tasks import GENERATION
from neurolite_core.ground.errors import InputError
from neurolite_core.network.model import NeuroLiteForClassification
from neurolite_core.network.streaming import Streamed
from neurolite_core.text.segments import split_segments
from neurolite_export.forms import FORMS, MOST_PIECES, formed, probes_of
from neurolite_export.probes import Probes, built_in_probes
from neurolite_export.source import Source


def test_a_stream_has_a_name_of_its_own_and_a_window_is_the_model_itself() -> None:
    source = Source(generator(), "words", "random")
    assert formed(source, "window") is source
    streamed = formed(source, "stream")
    assert streamed.name == "words-stream"
    assert isinstance(streamed.network, Streamed)
    assert streamed.network.whole is source.network
    assert streamed.network.task == GENERATION
    assert tuple(FORMS) == ("window", "stream")


def test_probes_are_read_in_pieces_that_are_a_conversation() -> None:
    network = Streamed(generator())
    config = network.config
    texts = (*SENTENCES, b"", b"  ", b"x" * 500 + b" y", b"a b " * 50)
    probes = probes_of(network, Probes("some", texts, labels=None))
    joined = [b""] * len(texts)
    for piece, number in zip(probes.texts, probes.conversations, strict=True):
        joined[number] += piece
        assert len(piece) <= config.max_bytes
        assert len(split_segments([piece])[0].words) <= config.max_words
    assert tuple(joined) == texts
    sizes = {len(split_segments([piece])[0].words) for piece in probes.texts}
    assert {0, 1, 3} <= sizes
    assert probes_of(network.whole, probes) is probes


def test_of_many_probes_some_are_taken() -> None:
    network = Streamed(generator())
    many = Probes("many", built_in_probes().texts * 3)
    found = probes_of(network, many)
    assert 0.4 * MOST_PIECES < len(found.texts) <= MOST_PIECES
    assert probes_of(network, many) == found


def test_other_tasks_have_no_stream(tmp_path: Path) -> None:
    source = Source(NeuroLiteForClassification(ONE, 2), "intents", "random")
    with pytest.raises(InputError, match="about generators, and intents is of the task classif"):
        formed(source, "stream")
    with pytest.raises(InputError, match="--form is 'river'"):
        formed(source, "river")
    done = call_command("neurolite-export", "--size", "tiny", "--form", "stream", cwd=tmp_path)
    assert done.returncode == 2
    assert "--form stream is about generators" in " ".join(done.stderr.decode().split())
