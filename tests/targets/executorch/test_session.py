"""Opening and running .pte files."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from artifacts import SOURCES, Store
from neurolite_core.artifact.formats.pte import seal
from neurolite_core.artifact.formats.pte_program import PteProgram
from neurolite_core.ground.errors import ArtifactError, InputError, MissingDependencyError
from neurolite_core.text.words import pack_texts
from neurolite_runtimes import open_artifact, run

TEXTS = ["", "Book a table for 2!", "今日は天気がいい", "word " * 30, "a b " * 300]


@pytest.fixture(scope="module")
def pte(exported: Store) -> Path:
    return exported("executorch", "tiny", "int8").path


def test_is_opened_by_content_and_answers_as_the_reference(pte: Path, tmp_path: Path) -> None:
    renamed = tmp_path / "model.onnx"
    renamed.write_bytes(pte.read_bytes())
    session = open_artifact(renamed)
    assert session.runtime.startswith("executorch 1.")
    assert (session.metadata.target, session.metadata.precision) == ("executorch", "int8")
    outputs = run(session, TEXTS, batch_size=2)
    assert outputs.words.tolist() == [0, 6, 8, 30, 600]
    assert outputs.truncated.tolist() == [False, False, False, False, True]
    expected = SOURCES["tiny"]().network(input_texts=TEXTS)
    for name, values in outputs.values.items():
        assert np.abs(values - expected[name].detach().numpy()).max() < 0.1


def test_answers_do_not_depend_on_the_bucket(pte: Path) -> None:
    program = PteProgram(pte.read_bytes(), "the file", 1)
    text = pack_texts([b"the same ten words in every bucket that there is"])
    answers = []
    for position, bucket in enumerate(program.metadata.buckets):
        row = np.zeros((1, bucket.num_bytes), np.uint8)
        row[:, : text.shape[1]] = text
        answers.append(program.run(position, row))
    for answer in answers:
        assert answer["words"].tolist() == [10]
        assert np.array_equal(answer["indices"][:, :10], answers[0]["indices"][:, :10])
        assert not answer["indices"][:, 10:].any()
        assert np.abs(answer["logits"] - answers[0]["logits"]).max() < 1e-5


def test_damage_of_any_kind_is_an_error_and_never_a_crash(pte: Path, tmp_path: Path) -> None:
    content = pte.read_bytes()
    rng = random.Random(0)
    copy = tmp_path / "damaged.pte"
    for _ in range(40):
        place = rng.randrange(8, len(content))
        flipped = bytearray(content)
        flipped[place] ^= 1 << rng.randrange(8)
        for damaged in (bytes(flipped), content[:place]):
            copy.write_bytes(damaged)
            with pytest.raises(ArtifactError):
                open_artifact(copy)


def test_a_sealed_file_that_is_no_model_of_ours_is_refused(tmp_path: Path) -> None:
    for program in (b"\0" * 4 + b"ET12" + b"\0" * 200, b"\x20\0\0\0ET12"):
        path = tmp_path / "other.pte"
        path.write_bytes(seal(program))
        with pytest.raises(ArtifactError, match="ExecuTorch cannot read it"):
            open_artifact(path)


def test_a_process_has_one_pool_of_threads(pte: Path) -> None:
    open_artifact(pte, threads=1)
    with pytest.raises(InputError, match="one pool a process and it has 1"):
        open_artifact(pte, threads=2)


def test_without_executorch_the_message_is_the_command(
    pte: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    monkeypatch.setattr("neurolite_core.ground.extras.importlib.import_module", missing)
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[executorch\]'"):
        open_artifact(pte)


def test_its_libraries_say_nothing_when_they_are_imported() -> None:
    program = """
import logging
from neurolite_core.artifact.formats.pte_program import _library
_library()
logging.getLogger("ours").warning("heard")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "heard\n")
