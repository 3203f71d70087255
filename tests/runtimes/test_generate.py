"""``neurolite-generate`` over an exported generator, and the other commands on such a file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from artifacts import Store
from commands import call_command
from generating import SENTENCES, taught_generator
from neurolite_export.exporting import export
from neurolite_export.forms import formed
from neurolite_export.probes import Probes
from neurolite_export.source import Source
from neurolite_export.targets import TARGETS

GREEDY = ("--temperature", "0", "--repetition-penalty", "1")


@pytest.fixture(scope="module", params=["window", "stream"])
def file(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = formed(Source(taught_generator(), "taught", "of four sentences"), request.param)
    folder = tmp_path_factory.mktemp("generator")
    probes = Probes("sentences", SENTENCES)
    return export(source, TARGETS["onnx"].load(), "float32", folder, probes).path


def lines(output: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.decode().splitlines()]


def test_it_writes_what_it_knows_by_heart(file: Path, tmp_path: Path) -> None:
    prompts = [b"How are", b"What is your name?\n", b"Where do you live now?\nNot "]
    whole = [SENTENCES[0], SENTENCES[1], SENTENCES[2]]
    for prompt, expected in zip(prompts, whole, strict=True):
        done = call_command("neurolite-generate", file, *GREEDY, prompt, cwd=tmp_path)
        assert done.returncode == 0, done.stderr.decode()
        assert done.stdout == expected + b"\n"


def test_lines_of_standard_input_are_prompts_and_json_says_what_was_written(
    file: Path, tmp_path: Path
) -> None:
    stdin = b"How are\nCan we meet\n"
    options = (*GREEDY, "--words", "3", "--json")
    done = call_command("neurolite-generate", file, *options, cwd=tmp_path, stdin=stdin)
    assert lines(done.stdout) == [
        {"prompt": "How are", "text": " you today?\n", "words": 3},
        {"prompt": "Can we meet", "text": " at noon?\n", "words": 3},
    ]


def test_a_seed_gives_its_text_again(file: Path, tmp_path: Path) -> None:
    def text(seed: int) -> bytes:
        options = ("--temperature", "3", "--top-k", "0", "--top-p", "1", "--seed", str(seed))
        return call_command("neurolite-generate", file, *options, "How", cwd=tmp_path).stdout

    assert text(1) == text(1)
    assert len({text(seed) for seed in range(4)}) > 1


def test_suggestions_and_completions(file: Path, tmp_path: Path) -> None:
    def suggested(*arguments: str) -> list[dict[str, Any]]:
        done = call_command("neurolite-generate", file, *arguments, "--json", cwd=tmp_path)
        found: list[dict[str, Any]] = lines(done.stdout)[0]["suggestions"]
        return found

    first, second, third = suggested("How are", "--suggest", "3")
    assert first["text"] == " you"
    assert first["score"] > 0.9 > second["score"] >= third["score"]
    begins = suggested("", "--suggest", "4")
    assert {item["text"] for item in begins} == {"How", "What", "Where", "Can"}
    assert suggested("Can we m", "--complete")[0]["text"] == "eet"
    done = call_command("neurolite-generate", file, "How are", "--suggest", "1", cwd=tmp_path)
    assert done.stdout == b"you\n"


@pytest.mark.parametrize(
    "prompt",
    [b"", b" \n ", "\u4eca\u65e5\u306f \U0001f600".encode(), b"caf\xe9 \xff", b"so much " * 5_000],
    ids=["empty", "blank", "scripts", "bytes", "10,000 words"],
)
def test_odd_prompts_have_an_answer(file: Path, tmp_path: Path, prompt: bytes) -> None:
    stdin = prompt.replace(b"\n", b" ") + b"\n"
    options = ("--words", "5", "--json")
    done = call_command("neurolite-generate", file, *options, cwd=tmp_path, stdin=stdin)
    assert done.returncode == 0, done.stderr.decode()
    (record,) = lines(done.stdout)
    assert record["words"] <= 5


def test_bad_input_is_one_clear_line(file: Path, tmp_path: Path, exported: Store) -> None:
    other = exported("onnx", "one", "float32").path
    for arguments, message in (
        ((other, "hi"), "is of the task classification, which writes nothing"),
        ((file, "hi", "--temperature", "-1"), "temperature is -1"),
        ((file, "hi", "--words", "0"), "--words is 0"),
        ((file, "hi", "--suggest", "0"), "--suggest is 0"),
    ):
        done = call_command("neurolite-generate", *arguments, cwd=tmp_path)
        assert done.returncode == 2
        assert message in " ".join(done.stderr.decode().split())


def test_run_gives_next_words_as_labels_and_eval_refuses(file: Path, tmp_path: Path) -> None:
    done = call_command("neurolite-run", file, "How are", "--top", "2", cwd=tmp_path)
    (record,) = lines(done.stdout)
    assert (record["label"], record["abstained"]) == (" you", None)
    assert len(record["top"]) == 2
    table = call_command("neurolite-run", file, "How are", "--table", cwd=tmp_path)
    assert table.returncode == 0
    data = tmp_path / "data.csv"
    data.write_text("text,label\nHow are, you\n")
    refused = call_command("neurolite-eval", file, data, cwd=tmp_path)
    assert refused.returncode == 2
    assert "is a generator" in " ".join(refused.stderr.decode().split())


def test_it_needs_no_torch(file: Path, tmp_path: Path) -> None:
    """In a process of its own, where torch and onnx cannot be imported."""
    script = (
        "import sys; sys.modules['torch'] = sys.modules['onnx'] = None\n"
        f"sys.argv = ['neurolite-generate', {str(file)!r}, 'How are', '--temperature', '0']\n"
        "from neurolite_start import COMMANDS; COMMANDS['neurolite-generate']()"
    )
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.startswith(b"How are you today?")
