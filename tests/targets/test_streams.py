"""A generator that goes on from a state, through an export: each target says the same next words, word by word."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from generating import SENTENCES, beginnings, taught_generator, vocabulary
from neurolite_core.answer.sampling import Sampling
from neurolite_export.certificate import row_of
from neurolite_export.certificate_names import REFUSED
from neurolite_export.exporting import export
from neurolite_export.forms import formed
from neurolite_export.gates import verdict_of
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.targets import EVERY_PART, TARGETS
from neurolite_runtimes.conversation import Conversation
from neurolite_runtimes.generating import writer_of
from neurolite_runtimes.opening import open_artifact

FILES: Final = [
    ("onnx", "float32"),
    ("c", "int8"),
    *((target, "int8") for target in EVERY_PART),
]
GREEDY: Final = Sampling(temperature=0, repetition_penalty=1.0)


@pytest.fixture(scope="module")
def source() -> Source:
    return formed(Source(taught_generator(), "taught", "of four sentences"), "stream")


@pytest.mark.parametrize(("target", "precision"), FILES)
def test_a_stream_says_the_next_words_of_the_reference(
    source: Source, target: str, precision: str, tmp_path: Path
) -> None:
    """At every place, so that greedy choices of all runtimes are the same."""
    probes = Probes("sentences", SENTENCES)
    done = export(source, TARGETS[target].load(), precision, tmp_path, probes)
    assert done.path.name.startswith(f"neurolite-taught-stream-{precision}")
    assert verdict_of(done.built.gates) != REFUSED
    window = done.built.parity.window
    assert window is not None
    assert window.places == sum(len(vocabulary().targets(text)) for text in SENTENCES)
    # The empty text has four beginnings that are as likely; all else is known by heart.
    assert window.same >= window.places - len(SENTENCES)
    assert row_of(done.built)["parity"]["window"]["places"] == window.places
    session = open_artifact(done.path)
    names = [spec.name for spec in session.metadata.state]
    assert names == ["layer_0", "behind", "last"]
    writer = writer_of(session, str(done.path))
    for text, wanted in zip(*beginnings(), strict=True):
        if text:
            assert int(writer.following(text).argmax()) == wanted
    for text in SENTENCES:
        first = text.split()[0]
        written = b"".join(writer.write(first, GREEDY, words=40, seed=0))
        assert first + written == text
    _check_calls(session)


def _check_calls(session: Any) -> None:  # noqa: ANN401  # a session of any runtime
    """Words may come one by one, some together, or none; and a state may be asked twice."""
    one, other = Conversation(session), Conversation(session)
    for piece in (b"Can", b"", b" we", b" meet"):
        last = one.remember(piece)
    known = one.state
    together = other.remember(b"Can we meet").values["logits"]
    np.testing.assert_allclose(last.values["logits"], together, atol=1.0)
    assert one.ask(b"").values["logits"].argmax() == together.argmax()
    again = one.ask(b" at").values["logits"]
    assert np.array_equal(one.ask(b" at").values["logits"], again)
    assert all(np.array_equal(one.state[name], known[name]) for name in known)
