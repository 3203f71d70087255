"""Opens a transformer classifier as a phone would run it: tokenizer, onnxruntime, logits."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.peers.base import named, read_labels
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

MODEL: Final = "model.onnx"
TOKENIZER: Final = "tokenizer.json"
INPUTS: Final = ("input_ids", "attention_mask")
OUTPUT: Final = "logits"
MAX_TOKENS: Final = 512  # positions that these networks have
_PAD: Final = "[PAD]"
_ERRORS_ONLY: Final = 3


class TransformerSubject:
    """A folder of ``build_transformer``, opened.

    Args:
        folder: network and tokenizer.
        threads: of onnxruntime and of the tokenizer; 0 for all cores.

    Attributes:
        runtime: versions of what runs it.
        settings: threads, and where texts are cut.
        labels: names of the classes; empty with random weights.

    Raises:
        InputError: a file is missing or damaged.
        MissingDependencyError: onnxruntime or tokenizers is not installed.
    """

    def __init__(self, folder: Path, threads: int) -> None:
        tokenizers = require("tokenizers", extra="bench")
        onnxruntime = require("onnxruntime", extra="onnxruntime")
        limit_tokenizer_threads(threads)
        self.labels = read_labels(folder)
        self._tokenizer = open_tokenizer(folder / TOKENIZER)
        self._tokenizer.enable_truncation(MAX_TOKENS)
        # Texts run at their own length; in a batch, at that of the longest.
        self._tokenizer.enable_padding(
            pad_id=self._tokenizer.token_to_id(_PAD) or 0, pad_token=_PAD
        )
        self._session = open_session(folder / MODEL, threads)
        self.runtime = f"onnxruntime {onnxruntime.__version__}, tokenizers {tokenizers.__version__}"
        self.settings: Mapping[str, str] = {
            "threads": str(threads or "all"),
            "longest": f"{MAX_TOKENS} tokens",
        }

    def answer(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Logits [N, C]."""
        found = self._tokenizer.encode_batch(list(texts))
        feed = {
            INPUTS[0]: np.array([item.ids for item in found], np.int64),
            INPUTS[1]: np.array([item.attention_mask for item in found], np.int64),
        }
        logits: NDArray[np.float32] = self._session.run([OUTPUT], feed)[0]
        return logits

    def predict(self, texts: Sequence[str]) -> list[str]:
        """The best of ``labels`` for each text."""
        return named(self.labels, self.answer(texts).argmax(axis=1))


def open_session(path: Path, threads: int) -> Any:  # noqa: ANN401 (onnxruntime ships no types)
    """A session with the settings that our own files get.

    Raises:
        InputError: the file is missing or no ONNX model.
    """
    onnxruntime = require("onnxruntime", extra="onnxruntime")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    try:
        return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exception types are private
        raise InputError(f"{path} cannot be opened by onnxruntime: {error}") from error


def open_tokenizer(path: Path) -> Any:  # noqa: ANN401 (tokenizers is optional here)
    """A tokenizer.json.

    Raises:
        InputError: the file is missing or damaged.
    """
    tokenizers = require("tokenizers", extra="bench")
    try:
        return tokenizers.Tokenizer.from_file(str(path))
    except Exception as error:  # the package raises nothing more special
        raise InputError(f"{path} cannot be opened by tokenizers: {error}") from error


def limit_tokenizer_threads(threads: int) -> None:
    """Tokenizers splits batches over all cores, unless its environment says otherwise."""
    os.environ["TOKENIZERS_PARALLELISM"] = "false" if threads == 1 else "true"
    if threads > 1:
        os.environ["RAYON_NUM_THREADS"] = str(threads)


def open_transformer(folder: Path, threads: int) -> TransformerSubject:
    """Opens a folder of ``build_transformer``; raises as ``TransformerSubject``."""
    return TransformerSubject(folder, threads)
