"""The C library of models: every path gives the bits of docs/c-arithmetic.md, and damaged files harm nothing."""

from __future__ import annotations

import ctypes
import itertools
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from native.nlm import Model, answer, seeded, to_bytes
from native.tools import NATIVE, need, run
from neurolite_core.text.words import truncate
from texts import follower_texts, generated_texts

FLAGS = [
    "-std=c11",
    "-ffp-contract=off",
    "-fno-trapping-math",
    "-fno-math-errno",
    "-Wall",
    "-Wextra",
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
PLAIN += ["model_open", "model_verify", "model_run", "model_answer"]
SETS = {"hash_avx2": "-mavx2", "net_avx2": "-mavx2", "hash_avx512": "-mavx512f"}
SETS["net_vnni"] = "-mavx2 -mavx512f -mavx512vl -mavx512vnni"
DAMAGED = 5
SHAPES = [
    Model(),
    Model(pooling=1, window=0, bits=4, blocks=1, labels=3, seed=2),
    Model(width=64, hidden=64, token=32, channel=128, window=2, max_words=32, blocks=0, seed=3),
]


class Out(ctypes.Structure):
    """nl_out."""

    _fields_ = (
        ("words", ctypes.c_int32),
        ("truncated", ctypes.c_int32),
        ("logits", ctypes.c_void_p),
        ("embedding", ctypes.c_void_p),
    )


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    folder = tmp_path_factory.mktemp("model")
    gcc = need("gcc")
    if "x86_64" not in run([gcc, "-dumpmachine"], folder):
        pytest.skip("x86 paths are tested on x86_64")
    common = [gcc, "-O2", "-fPIC", "-shared", *FLAGS, *INCLUDES, "-DNL_HAVE_X86_PATHS"]
    for name, option in SETS.items():
        source = str(NATIVE / "src" / f"{name}.c")
        run([*common[:3], *common[4:], *option.split(), "-c", source, "-o", f"{name}.o"], folder)
    sources = [str(NATIVE / "src" / f"{name}.c") for name in PLAIN]
    run([*common, *sources, *(f"{name}.o" for name in SETS), "-o", "model.so"], folder)
    library = ctypes.CDLL(str(folder / "model.so"))
    library.nl_scratch.restype = ctypes.c_size_t
    return library


class Opened:
    """A model of the library, with its blob."""

    def __init__(self, library: ctypes.CDLL, blob: bytes) -> None:
        self.library = library
        self.blob = np.frombuffer(blob + bytes(-len(blob) % 8), np.uint64).copy()
        self.struct = np.zeros(1024, np.uint64)
        self.status = library.nl_open(
            ctypes.c_void_p(self.struct.ctypes.data),
            ctypes.c_void_p(self.blob.ctypes.data),
            ctypes.c_size_t(len(blob)),
        )

    @property
    def pointer(self) -> ctypes.c_void_p:
        return ctypes.c_void_p(self.struct.ctypes.data)

    def run(self, text: bytes) -> tuple[Out, NDArray[np.float32], NDArray[np.float32]]:
        logits = np.zeros(self.library.nl_labels(self.pointer), np.float32)
        embedding = np.zeros(self.library.nl_hidden_size(self.pointer), np.float32)
        out = Out(logits=logits.ctypes.data, embedding=embedding.ctypes.data)
        scratch = np.full(self.library.nl_scratch(self.pointer, 4096) // 8 + 1, 2**63, np.uint64)
        status = self.library.nl_run(
            self.pointer, text, ctypes.c_size_t(len(text)), None, ctypes.byref(out),
            ctypes.c_void_p(scratch.ctypes.data), ctypes.c_size_t(8 * len(scratch)),
        )  # fmt: skip
        assert status == 0
        return out, logits, embedding


@pytest.mark.parametrize("model", SHAPES, ids=["mean", "max, 4 bits", "no blocks"])
def test_every_path_gives_the_reference(built: ctypes.CDLL, model: Model) -> None:
    model = seeded(model)
    opened = Opened(built, to_bytes(model))
    assert opened.status == 0
    assert built.nl_verify(opened.pointer) == 0
    texts = [b"", b"one", b"book a table for two", b"a b c d e f g " * 30]
    texts += generated_texts(60, model.seed) + follower_texts(60, model.seed)
    assert built.nl_choose_path(opened.pointer, 99) == 9
    paths = [path for path in range(3) if built.nl_choose_path(opened.pointer, path) == 0]
    for path, text in itertools.product(paths, texts):
        assert built.nl_choose_path(opened.pointer, path) == 0
        out, logits, embedding = opened.run(text)
        kept, lost = truncate(text, model.max_bytes)
        wanted, direction = answer(model, kept)
        np.testing.assert_array_equal(logits, wanted, f"{path} {text!r}")
        np.testing.assert_array_equal(embedding, direction)
        assert out.truncated >= lost


def test_other_bytes_and_wide_weights_do_not_verify(built: ctypes.CDLL) -> None:
    blob = bytearray(to_bytes(seeded(Model())))
    blob[-1] ^= 1
    opened = Opened(built, bytes(blob))
    assert opened.status == 0
    assert built.nl_verify(opened.pointer) == DAMAGED
    model = seeded(Model())
    model.parts[24, 1][3, 3] = np.int8(64)
    opened = Opened(built, to_bytes(model))
    assert built.nl_verify(opened.pointer) == 3


HARNESS = r"""
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "neurolite_model.h"
int main(int n, char **a) {
    static uint64_t from[1 << 16];
    FILE *file = fopen(a[1], "rb");
    size_t size = fread(from, 1, sizeof from, file);
    fclose(file);
    uint32_t state = 7, opened = 0;
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
            float *embedding = malloc(4 * (size_t)nl_hidden_size(&model));
            void *scratch = malloc(room);
            nl_out out = {0, 0, logits, embedding};
            for (int path = 0; path < NL_PATHS; path++)
                if (nl_choose_path(&model, path) == NL_OK) nl_run(&model, text, 300, NULL, &out, scratch, room);
            if (nl_best(&model, logits) >= 0) nl_label(&model, nl_best(&model, logits), &length);
            nl_abstains(&model, logits);
            free(logits), free(embedding), free(scratch);
        }
        free(blob);
    }
    printf("%u\n", opened);
    return opened == 0;
}
"""


def test_damaged_files_under_sanitizers(tmp_path: Path) -> None:
    gcc = need("gcc")
    (tmp_path / "main.c").write_text(HARNESS, "utf-8")
    (tmp_path / "model.nlm").write_bytes(to_bytes(seeded(Model(rows=64))))
    flags = ["-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    sources = [str(NATIVE / "src" / f"{name}.c") for name in PLAIN]
    run([gcc, *flags, *FLAGS, *INCLUDES, "main.c", *sources, "-o", "damaged"], tmp_path)
    opened = int(run([str(tmp_path / "damaged"), "model.nlm", "400"], tmp_path))
    assert opened > 40
