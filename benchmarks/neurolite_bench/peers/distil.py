"""A sentence encoder as a table of vectors, by the recipe of model2vec (github.com/MinishLab/model2vec).

Each token goes through the encoder alone, the mean over its positions is cut to fewer numbers by PCA,
and frequent tokens are scaled down, their frequency guessed from their rank (Zipf's law, and Arora et
al. 2017, "A simple but tough-to-beat baseline for sentence embeddings"). The package's own ``distill``
wants an older transformers than the rest of this project.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.peers.base import EXTRA
from neurolite_bench.peers.transformer import TOKENIZER
from neurolite_bench.peers.wordpiece import read_tokenizer_json
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require

SIF: Final = 1e-4
_BATCH: Final = 1024
_UNUSED: Final = "[unused"


def distilled(teacher: Path, numbers: int) -> tuple[NDArray[np.float32], str]:
    """Vectors of a teacher's tokens, and the tokenizer that goes with them.

    Args:
        teacher: folder of a sentence encoder with a WordPiece tokenizer.json.
        numbers: of a vector, at most as many as the encoder's.

    Returns:
        float32 [tokens, numbers], and the content of a tokenizer.json without unused tokens.

    Raises:
        InputError: the folder holds no such tokenizer, or no encoder.
        MissingDependencyError: torch or transformers is not installed.
    """
    content = read_tokenizer_json(teacher / TOKENIZER)
    vocabulary = content["model"]["vocab"]
    if content["model"].get("type") != "WordPiece" or not isinstance(vocabulary, dict):
        raise InputError(
            f"{teacher}: its tokenizer is {content['model'].get('type')}; static embeddings are "
            "distilled here from teachers with WordPiece, such as all-MiniLM-L6-v2."
        )
    tokens = [name for name in sorted(vocabulary, key=vocabulary.__getitem__)]
    kept = [name for name in tokens if not name.startswith(_UNUSED)]
    rows = _outputs(teacher, np.array([vocabulary[name] for name in kept], np.int64), vocabulary)
    return sif(reduced(rows, numbers)), json.dumps(_without_unused(content, kept))


def reduced(rows: NDArray[np.float32], numbers: int) -> NDArray[np.float32]:
    """The first principal components of rows [N, D], N greater than D; float32 [N, numbers]."""
    centred = rows - rows.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred)
    largest: NDArray[np.float32] = centred @ vectors[:, ::-1][:, :numbers]
    return largest


def sif(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows [N, D] in the order of their frequency, scaled by SIF / (SIF + probability)."""
    inverse_rank = 1 / np.arange(2, len(rows) + 2)
    probability = inverse_rank / inverse_rank.sum()
    weights = (SIF / (SIF + probability)).astype(np.float32)
    scaled: NDArray[np.float32] = rows * weights[:, None]
    return scaled


def _outputs(
    teacher: Path, ids: NDArray[np.int64], vocabulary: dict[str, int]
) -> NDArray[np.float32]:
    """Mean output of the encoder for ``[CLS] token [SEP]``; float32 [N, D]."""
    torch = require("torch", extra=EXTRA)
    transformers = require("transformers", extra=EXTRA)
    try:
        model = transformers.AutoModel.from_pretrained(
            teacher, local_files_only=True, trust_remote_code=False
        ).eval()
    except (OSError, ValueError) as error:
        raise InputError(
            f"{teacher} holds no encoder that transformers can open: {error}"
        ) from error
    first, last = (np.full_like(ids, vocabulary[name]) for name in ("[CLS]", "[SEP]"))
    rows = np.stack([first, ids, last], axis=1)
    with torch.inference_mode():
        parts = [
            model(input_ids=torch.from_numpy(rows[start : start + _BATCH]))
            .last_hidden_state.mean(dim=1)
            .numpy()
            for start in range(0, len(rows), _BATCH)
        ]
    return np.concatenate(parts)


def _without_unused(content: dict[str, Any], kept: list[str]) -> dict[str, Any]:
    """The same tokenizer with other numbers, and nothing added around a text."""
    numbers = {name: number for number, name in enumerate(kept)}
    added = [
        {**token, "id": numbers[token["content"]]}
        for token in content.get("added_tokens", ())
        if token["content"] in numbers
    ]
    return {
        **content,
        "model": {**content["model"], "vocab": numbers},
        "added_tokens": added,
        "post_processor": None,
        "padding": None,
        "truncation": None,
    }
