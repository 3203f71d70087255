"""The module in node: the bits of the numpy reference, with SIMD and without, and no harm from damaged files."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

import c_kinds
from artifacts import Store
from native.test_model_library import ruled_texts
from native.test_model_paths import extreme
from native.tools import need, run
from neurolite_core.artifact.formats import nlm
from neurolite_runtimes import Conversation, open_artifact
from neurolite_runtimes.learning import Learner
from neurolite_runtimes.wasm_build import BUILDS, web_folder
from web.answering import (
    HERE,
    as_json,
    check,
    expected,
    questions,
    reference_of,
    same_bits,
    write_job,
)

SOURCES = (
    *c_kinds.PLAIN,
    "several",
    "intents-one",
    "rules-lanes",
    "rules-two",
    "rules-asking",
    "finding",
    "finding-alone",
    "joint-lanes",
    "joint",
    "experts",
    "experts-two",
    "remembering-bag",
    "patterns",
    *c_kinds.GENERATING,
)


def in_node(script: str, *arguments: str | Path) -> dict[str, Any]:
    """What a script of this folder prints."""
    found: dict[str, Any] = json.loads(
        run([need("node"), str(HERE / script), *map(str, arguments)], HERE)
    )
    return found


@pytest.fixture(scope="module")
def one(exported: Store) -> Path:
    return exported("c", "one", "int8").path


def test_every_build_gives_the_answers_of_python(
    module: Path, exported: Store, tmp_path: Path
) -> None:
    files = {source: exported.ungated("c", source, "int8") for source in SOURCES}
    texts = [*questions(50), *ruled_texts()[:30]]
    write_job(tmp_path / "job.json", {name: str(path) for name, path in files.items()}, texts)
    found = in_node("answer.mjs", module, tmp_path / "job.json")
    assert len(found) == len(SOURCES) * len(BUILDS)
    abstained = set()
    for source, path in files.items():
        wanted = expected(path, texts, tmp_path)
        abstained |= {(source, record.get("abstained")) for record in wanted}
        for runtime in ("wasm", "wasm simd128"):
            check(found[f"{source} {runtime}"], wanted, f"{source} {runtime}")
    assert {("one", None), ("intents-one", True), ("intents-one", False)} <= abstained
    assert all(abs(sum(answer["probabilities"]) - 1) < 1e-9 for answer in found["intents-one wasm"])


@pytest.mark.parametrize("source", ["joint", "remembering-bag", "streaming"])
def test_conversations_are_those_of_python(
    module: Path, exported: Store, tmp_path: Path, source: str
) -> None:
    path, texts = exported.ungated("c", source, "int8"), questions(20)
    (tmp_path / "job.json").write_text(json.dumps(as_json(texts)), "utf-8")
    found = in_node("conversation.mjs", module, path, tmp_path / "job.json")
    conversation = Conversation(reference_of(path, tmp_path))
    wanted = [
        (conversation.remember if place % 3 else conversation.ask)(text)
        for place, text in enumerate(texts)
    ]
    turns = conversation.turns
    conversation.save(tmp_path / "python.nlstate")
    saved = (tmp_path / "python.nlstate").read_bytes().hex()
    asked = [conversation.ask("and then?")] * 2
    conversation.forget()
    asked += [conversation.ask("and then?")] * 2
    for runtime in ("wasm", "wasm simd128"):
        one = found[runtime]
        assert (one["turns"], one["saved"]) == (turns, saved)
        for bits, outputs in zip([*one["answers"], *one["asked"]], [*wanted, *asked], strict=True):
            same_bits(bits, outputs.values["logits"], f"{source}, {runtime}")
    assert one["asked"][0] != one["asked"][2]


def test_models_at_the_limits_of_their_numbers(
    module: Path, exported: Store, tmp_path: Path
) -> None:
    texts = questions(6)
    files = {}
    for seed in range(12):
        kind = ("one", "packed-lanes", "bag", "wide")[seed % 4]
        path = files[f"{kind} {seed}"] = tmp_path / f"{seed}.nlm"
        path.write_bytes(extreme(exported.ungated("c", kind, "int8").read_bytes(), seed))
    write_job(tmp_path / "job.json", {name: str(path) for name, path in files.items()}, texts)
    found = in_node("answer.mjs", module, tmp_path / "job.json")
    for name, path in files.items():
        wanted = expected(path, texts, tmp_path)
        for runtime in ("wasm", "wasm simd128"):
            check(found[f"{name} {runtime}"], wanted, f"{name} {runtime}")


def test_damaged_files_are_refused_or_harmless(module: Path, exported: Store) -> None:
    reasons = ""
    for number, source in enumerate(
        ("one", "packed-lanes", "wide", "joint", "joint-lanes", "experts")
    ):
        path = exported.ungated("c", source, "int8")
        counts = in_node("damage.mjs", module, path, "300", str(number))
        opened = counts.pop("opened")
        assert opened > 20, source
        assert sum(counts.values()) + opened == 300
        reasons += " ".join(counts)
    for reason in (
        "it is not a .nlm file",
        "it has sizes, places or values",
        "a part or a size that this release cannot",
        "its digest is that of other bytes",
    ):
        assert reason in reasons


def test_what_is_no_model_says_why(module: Path, one: Path, tmp_path: Path) -> None:
    content = one.read_bytes()
    newer = nlm.seal(content[:8] + b"\2" + content[9:])
    cases = {
        b"": "it is not a .nlm file",
        b"PK\3\4" * 40: "it is not a .nlm file",
        newer: "one of a version that this release does not know",
        content[:-64]: "it is damaged: it has sizes, places or values",
        content[:-70] + bytes([content[-70] ^ 1]) + content[-69:]: "its digest is that of other bytes",
    }  # fmt: skip
    for bad, reason in cases.items():
        (tmp_path / "bad.nlm").write_bytes(bad)
        script = (
            "const [folder, file] = process.argv.slice(1);"
            "const { open } = await import(`${folder}/neurolite.js`);"
            "const content = (await import('node:fs')).readFileSync(file);"
            "await open(content).catch((error) => process.stdout.write(`${error.name}: ${error.message}`));"
        )
        command = [need("node"), "--input-type=module", "-e", script]
        said = run([*command, str(module), str(tmp_path / "bad.nlm")], tmp_path)
        assert said.startswith("NeuroLiteError: The model cannot be opened: "), said
        assert reason in said


def test_a_model_of_itself_and_wrong_calls(module: Path, one: Path) -> None:
    found = in_node("calls.mjs", module, one)
    metadata = open_artifact(one).metadata
    assert found["labels"] == list(metadata.labels)
    assert found["metadata"]["max_words"] == metadata.max_words
    assert found["metadata"]["threshold"] == metadata.threshold
    assert found["frozen"]
    assert found["same"]
    assert found["again"]
    assert found["truncated"]
    assert found["runtimes"] == ["wasm simd128" if found["simd"] else "wasm", "wasm"]
    assert found["text"] == "A text is a string or its UTF-8 bytes, not Number."
    assert found["nothing"] == "A text is a string or its UTF-8 bytes, not null."
    assert "open() takes the file's bytes" in found["content"]
    assert found["content"].endswith("not String.")
    assert found["missing"].endswith("not undefined.")
    assert found["absent"] == "ENOENT"
    assert found["closed"] == "The model was closed; open it again."


def test_the_modules_of_the_readme(module: Path, exported: Store, tmp_path: Path) -> None:
    """As it stands there; Python goes on with its files."""
    block = re.search("```js\n(.*?)```", (web_folder() / "README.md").read_text("utf-8"), re.DOTALL)
    assert block is not None
    path = exported.ungated("c", "joint", "int8")
    shutil.copytree(module, tmp_path / "neurolite")
    shutil.copy(path, tmp_path / "model.nlm")
    (tmp_path / "sample.mjs").write_text(block[1], "utf-8")
    said = run([need("node"), str(tmp_path / "sample.mjs")], tmp_path).splitlines()
    session = reference_of(path, tmp_path)
    conversation = Conversation.open(tmp_path / "alice.nlstate", session)
    assert conversation.turns == 1
    logits = conversation.ask("for three people").values["logits"]
    assert said[0] == session.metadata.labels[int(logits[0].argmax())]
    with Learner.open(session, tmp_path / "mine.nls") as learner:
        texts = [example.text for example in learner.examples("restaurant")]
        answer = learner.classify("a table for two, please")
    assert texts == ["book a table", "dinner at eight"]
    unsure = {None: "null", True: "true", False: "false"}[answer.abstained]
    near = [f"'{item.id}: {item.cosine:.2f}'" for item in answer.evidence]
    assert said[1] == f"{answer.label} {unsure} [ {', '.join(near)} ]"


def test_sizes(module: Path) -> None:
    """What a page loads, as a server sends it."""
    for name in BUILDS:
        assert len(gzip.compress((module / name).read_bytes(), 9)) < 34_000, name
    scripts = [gzip.compress(path.read_bytes(), 9) for path in module.glob("*.js")]
    assert sum(map(len, scripts)) < 47_000
