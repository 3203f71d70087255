"""The C library of models: every path gives the bits of the numpy reference, and damaged files harm nothing."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import c_kinds
from artifacts import SOURCES, Store
from native.tools import NATIVE, need, run
from neurolite_core.answer.outputs import OF_WORDS
from neurolite_core.answer.span_decoding import found_spans
from neurolite_core.artifact.formats import nlm
from neurolite_core.artifact.formats.nlm import Part, read_parts, write_parts
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.text.words import truncate
from neurolite_export.probes import built_in_probes
from neurolite_runtimes import open_artifact
from neurolite_runtimes import run as run_texts
from neurolite_runtimes.native_library import FOLDER_VARIABLE
from neurolite_runtimes.nlm_library import ModelLibrary, NativeModel
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model
from neurolite_runtimes.session import Outputs
from rules_made import WORDS
from texts import follower_texts, generated_texts

FLAGS = [
    "-std=c11",
    "-ffp-contract=off",
    "-fno-trapping-math",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
    "-DNL_HAVE_SCALAR",
]
INCLUDES = [f"-I{NATIVE / 'include'}", f"-I{NATIVE / 'src'}"]
PLAIN = [
    "characters",
    "words",
    "hash_scalar",
    "hash_vector",
    "paths",
    "ngrams",
    "tables",
    "net_scalar",
]
PLAIN += ["model_open", "model_verify", "model_run", "model_answer", "model_modules", "model_rules"]
PLAIN += ["model_paths", "model_memory", "levels", "network", "model_experts", "memory_math"]
PLAIN += ["model_generation", "model_spans", "spans", "model_backbones", "scan_math"]
PLAIN += ["backbone_hypermixer", "backbone_liquid", "backbone_reservoir", "backbone_states"]
PLAIN += ["rule_facts", "rule_effects", "rule_starts"]
TEXTS = [b"", b"one", b"book a table for two", b"a b c d e f g " * 30, b"\0 \xff\xfe", b"x" * 5_000]
TEXTS += generated_texts(60, seed=31) + follower_texts(60, seed=32)
SPANNED = ("finding", "finding-alone", "joint-lanes")
REMEMBERING = ("remembering", "remembering-bag", "joint", "patterns")
UNGATED = (
    "experts-bag",
    "joint-lanes",
    "remembering-bag",
    "joint",
    "patterns",
    *c_kinds.GENERATING,
)
CHOOSING = ("experts", "experts-two", "experts-bag", "experts-one")
RULED = ("rules-lanes", "rules-two", "rules-asking")


def ruled_texts() -> list[bytes]:
    """Words that rules look for, with borders of all kinds between them."""
    draw = random.Random(34)
    return [
        draw.choice([" ", "-", ""]).join(draw.choices(WORDS, k=draw.randrange(20))).encode()
        for _ in range(200)
    ]


@pytest.fixture(scope="module")
def library(model_library: ModelLibrary) -> ModelLibrary:
    """The library of models, not that of ops."""
    return model_library


def content_of(exported: Store, source: str) -> bytes:
    """A file; of random weights that no gate takes without gates."""
    if source in UNGATED:
        return exported.ungated("c", source, "int8").read_bytes()
    return exported("c", source, "int8").path.read_bytes()


def paths_of(library: ModelLibrary, content: bytes) -> Iterator[tuple[str, NativeModel]]:
    for path, name in library.paths.items():
        model = library.open(content, "model.nlm")
        model.choose(path)
        yield name, model


@pytest.mark.parametrize(
    "source", [*c_kinds.PLAIN, *RULED, *SPANNED, *CHOOSING, *c_kinds.GENERATING]
)
def test_every_path_gives_the_reference(
    library: ModelLibrary, exported: Store, source: str
) -> None:
    content = content_of(exported, source)
    opened = read_model(content, "model.nlm")
    reference, limit = NlmEvaluator(opened), opened.shape.max_bytes
    expected = []
    texts = [*TEXTS, *ruled_texts()] if source in RULED else TEXTS
    for text in texts:
        kept, lost = truncate(text, limit)
        expected.append((reference.run(kept), lost))
    assert len(library.paths) > 1 or "x86" not in run(["uname", "-m"], NATIVE)
    for name, model in paths_of(library, content):
        assert model.is_verified()
        for text, (wanted, lost) in zip(texts, expected, strict=True):
            found = model.run(text)
            assert found.words == wanted["words"][0], (name, text)
            for output in opened.metadata.outputs:
                one, other = getattr(found, output), np.atleast_1d(wanted[output][0])
                if output in OF_WORDS:
                    other = other[: len(one)]
                    assert len(one) == min(found.words, opened.shape.max_words)
                np.testing.assert_array_equal(one, other, f"{name} {output} {text!r}")
            beyond = bool(found.words > opened.shape.max_words)
            assert found.truncated == (lost or beyond), (name, text)


@pytest.mark.parametrize("source", [*REMEMBERING, "streaming", "streaming-liquid"])
def test_conversations_are_those_of_the_reference(
    library: ModelLibrary, exported: Store, source: str
) -> None:
    """Fifty turns on every path: answers and what is remembered have the reference's bits."""
    content = content_of(exported, source)
    opened = read_model(content, "model.nlm")
    reference, specs = NlmEvaluator(opened), opened.metadata.state
    texts = [text[: opened.shape.max_bytes] for text in generated_texts(50, seed=35)]
    expected = []
    state: dict[str, Any] = {}
    for text in texts:
        expected.append(reference.run(truncate(text, opened.shape.max_bytes)[0], state))
        state = {spec.name: expected[-1][spec.next_name][0] for spec in specs}
    for name, model in paths_of(library, content):
        assert model.state_numbers == sum(spec.values for spec in specs)
        kept = None
        for text, wanted in zip(texts, expected, strict=True):
            found = model.run(text, kept)
            kept = found.state
            for output in opened.metadata.outputs:
                if output not in OF_WORDS:
                    np.testing.assert_array_equal(getattr(found, output), wanted[output][0], name)
            whole = [np.ravel(wanted[spec.next_name]) for spec in specs]
            np.testing.assert_array_equal(kept, np.concatenate([*whole, np.zeros(0)]), name)


def test_a_state_that_is_no_numbers_is_refused(library: ModelLibrary, exported: Store) -> None:
    model = library.open(content_of(exported, "remembering"), "model.nlm")
    for value in (np.nan, np.inf, -np.inf):
        state = np.zeros(model.state_numbers, np.float32)
        state[-1] = value
        with pytest.raises(InputError, match="refused a text: The state has numbers"):
            model.run(b"one", state)


def test_spans_are_those_of_numpy_and_keep_their_thresholds(
    library: ModelLibrary, exported: Store
) -> None:
    path = exported("c", "finding", "int8").path
    facts = read_model(path.read_bytes(), "model.nlm").metadata.spans
    assert facts is not None
    model = library.open(path.read_bytes(), "model.nlm")
    assert [model.span_type(number) for number in range(3)] == [*facts.types, None]
    some = 0
    for text in built_in_probes().texts:
        tags = model.run(text).tags
        (expected,) = found_spans(tags[None], np.array([len(tags)]), facts.thresholds)
        found = model.spans(tags)
        assert [each.span for each in found] == [each.span for each in expected], text
        np.testing.assert_allclose(
            [each.score for each in found], [each.score for each in expected], atol=1e-6
        )
        some += len(found)
    assert some > 100


def test_texts_are_cut_where_numpy_cuts_them(library: ModelLibrary, exported: Store) -> None:
    """At every limit of a text, by files that differ in nothing else."""
    content = exported("c", "one", "int8").path.read_bytes()
    text = "día 東京タワー don't e\u0301e\u0301 \U0001f44d\U0001f3fd ab-cd  x".encode() * 3
    parts = [Part(*key, bytes(view)) for key, view in read_parts(content, "model.nlm").items()]
    words = []
    for limit in range(64, len(text)):
        shape = np.frombuffer(parts[1].content, "<i4").copy()
        shape[8] = limit
        changed = write_parts([parts[0], Part(2, 0, shape.tobytes()), *parts[2:]])
        found = library.open(changed, "model.nlm").run(text)
        kept, lost = truncate(text, limit)
        whole = library.open(content, "model.nlm").run(kept[:64])
        expected = NlmEvaluator(read_model(content, "model.nlm")).run(kept)
        assert found.words == expected["words"][0], limit
        np.testing.assert_array_equal(found.logits, expected["logits"][0])
        assert found.truncated == (lost or found.words > 16), limit
        assert whole.words <= found.words
        words.append(found.words)
    assert len(set(words)) > 5


def test_labels_best_and_abstention(library: ModelLibrary) -> None:
    source = SOURCES["intents-one"]()
    from neurolite_export.exporting import metadata_of
    from neurolite_export.target import ExportJob
    from neurolite_export.targets import TARGETS

    target = TARGETS["c"].load()
    network = source.network
    metadata = metadata_of(source, target, "int8")
    content = target.build(ExportJob(network, metadata, built_in_probes()))
    assert isinstance(content, bytes)
    model = library.open(content, "model.nlm")
    assert [model.label(number) for number in range(len(network.labels))] == list(network.labels)
    assert model.label(-1) is None
    assert model.label(len(network.labels)) is None
    threshold = network.threshold
    assert threshold is not None
    decided = []
    for text in [
        *generated_texts(40, seed=33),
        b"wake me at seven",
        b"transfer money to my savings",
    ]:
        logits = model.run(text).logits
        assert model.best(logits) == int(logits.argmax())
        powers = np.exp(logits.astype(np.float64)).sum()
        decided.append(powers / (1 + powers) < threshold)
        assert model.abstains(logits) == decided[-1], text
    assert len(set(decided)) == 2


def test_a_session_takes_the_library_that_was_built(
    library: ModelLibrary, exported: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = exported("c", "one", "int8").path
    texts = ["book a table", "", "w " * 400, "été"]
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    slow = open_artifact(path)
    assert slow.is_reference
    name = library.path.name
    (tmp_path / name).write_bytes(library.path.read_bytes())
    with pytest.raises(InputError, match="has no digest beside it"):
        open_artifact(path)
    digest = run(["sha256sum", name], tmp_path)
    (tmp_path / f"{name}.sha256").write_text(digest, "utf-8")
    fast = open_artifact(path)
    assert not fast.is_reference
    assert fast.runtime == f"libneurolite_model ({library.paths[max(library.paths)]})"
    is_same(run_texts(slow, texts), run_texts(fast, texts))


def is_same(one: Outputs, other: Outputs) -> None:
    assert one.values.keys() == other.values.keys()
    for output, values in one.values.items():
        np.testing.assert_array_equal(values, other.values[output], output)
    assert one.words.tolist() == other.words.tolist()
    assert one.truncated.tolist() == other.truncated.tolist()
    np.testing.assert_array_equal(one.rules, other.rules)
    assert one.state.keys() == other.state.keys()
    for name, kept in one.state.items():
        np.testing.assert_array_equal(kept, other.state[name], name)


@pytest.mark.parametrize("source", ["joint", "joint-lanes", "experts", "experts-two"])
def test_sessions_give_what_modules_find(
    library: ModelLibrary,
    exported: Store,
    source: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In the light of two texts before, where there is a memory."""
    path = tmp_path / "model.nlm"
    path.write_bytes(content_of(exported, source))
    (tmp_path / "none").mkdir()
    texts = ["book a refund", "", "w " * 400, "my order 12"]
    found = []
    for folder in (tmp_path / "none", library.path.parent):
        monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
        session = open_artifact(path)
        first = run_texts(session, texts)
        found.append((session, run_texts(session, texts[::-1], state=first.state or None)))
    assert [session.is_reference for session, _ in found] == [True, False]
    is_same(found[0][1], found[1][1])


def test_what_does_not_verify_or_open_says_so(library: ModelLibrary, exported: Store) -> None:
    content = exported("c", "one", "int8").path.read_bytes()
    changed = content[:-70] + bytes([content[-70] ^ 1]) + content[-69:]
    assert not library.open(changed, "model.nlm").is_verified()
    assert library.open(nlm.seal(changed), "model.nlm").is_verified()
    with pytest.raises(ArtifactError, match=r"model\.nlm cannot be opened by the C library: Not"):
        library.open(b"\0" * 64, "model.nlm")
    with pytest.raises(
        ArtifactError, match=r"cannot be opened by the C library: The \.nlm file is"
    ):
        library.open(content[:-64], "model.nlm")
    with pytest.raises(InputError, match="path is 99"):
        library.open(content, "model.nlm").choose(99)


HARNESS = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "neurolite_model.h"
int main(int n, char **a) {
    static uint64_t from[1 << 18];
    FILE *file = fopen(a[1], "rb");
    size_t size = fread(from, 1, sizeof from, file);
    fclose(file);
    uint32_t state = 7, state_of = 9, opened = 0;
    long rounds = n > 2 ? atol(a[2]) : 1;
    for (long i = 0; i < rounds; i++) {
        uint8_t *blob = malloc(size), text[300];
        memcpy(blob, from, size);
        for (int k = 0; k < 3; k++) {
            state = state * 1664525u + 1013904223u;
            size_t within = i % 2 ? 3000 : size;
            blob[8 + (state >> 8) % (within - 8)] = (uint8_t)(state >> 3);
        }
        for (int k = 0; k < 300; k++) text[k] = (uint8_t)((state = state * 1664525u + 1013904223u) >> 24);
        nl_model model;
        size_t cut = i % 7 ? size : state % size;
        if (nl_open(&model, blob, cut) == NL_OK) {
            opened++;
            nl_verify(&model);
            size_t room = nl_scratch(&model, 4096), length;
            float *logits = malloc(4 * (size_t)nl_labels(&model) + 4);
            float *embedding = malloc(4 * (size_t)nl_embedding_size(&model));
            void *scratch = malloc(room);
            int32_t *rules = malloc(4 * (size_t)nl_rules(&model) + 4);
            float *tags = malloc(4 * (size_t)nl_max_words(&model) * (size_t)nl_tags(&model) + 4);
            int32_t *offsets = malloc(8 * (size_t)nl_max_words(&model));
            neurolite_span *spans = malloc(sizeof *spans * (size_t)nl_max_words(&model));
            void *state = nl_state_size(&model) ? malloc(nl_state_size(&model)) : NULL;
            nl_state_start(&model, state);
            for (size_t k = 0; i % 2 && k < nl_state_size(&model) / 4; k++) {
                state_of = state_of * 1664525u + 1013904223u; /* any numbers that are finite */
                ((uint32_t *)state)[k] = (state_of & 0x7F800000u) == 0x7F800000u ? 0 : state_of;
            }
            int32_t experts[2];
            nl_out out = {0, 0, logits, embedding, rules, tags, offsets, experts};
            for (int path = 0; path < NL_PATHS; path++)
                if (nl_choose_path(&model, path) == NL_OK) nl_run(&model, text, 300, state, &out, scratch, room);
            nl_spans(&model, tags, out.words < nl_max_words(&model) ? out.words : nl_max_words(&model), spans);
            if (nl_best(&model, logits) >= 0) nl_label(&model, nl_best(&model, logits), &length);
            nl_abstains(&model, logits);
            free(state), free(rules), free(tags), free(offsets), free(spans), free(logits), free(embedding), free(scratch);
        }
        free(blob);
    }
    printf("%u\n", opened);
    return opened == 0;
}
"""


def test_damaged_files_under_sanitizers(tmp_path: Path, exported: Store) -> None:
    gcc = need("gcc")
    (tmp_path / "main.c").write_text(HARNESS, "utf-8")
    flags = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = [str(NATIVE / "src" / f"{name}.c") for name in PLAIN]
    run([gcc, *flags, *FLAGS, *INCLUDES, "main.c", *sources, "-o", "damaged"], tmp_path)
    for source in (
        "one",
        "packed-lanes",
        "wide",
        "rules-asking",
        "joint-lanes",
        "remembering-bag",
        "experts-two",
        "streaming",
        "streaming-liquid",
    ):
        content = content_of(exported, source)
        (tmp_path / "model.nlm").write_bytes(content)
        opened = int(run([str(tmp_path / "damaged"), "model.nlm", "400"], tmp_path))
        assert opened > 20, source
