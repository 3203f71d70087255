"""A transformer encoder as the teacher, fine-tuned on the labelled rows; ``transformers`` models by path.

Sentence-transformers folders are such models too: their encoder lies in the folder itself. Devlin et
al. 2019, arXiv:1810.04805; mean pooling as in Reimers and Gurevych 2019, arXiv:1908.10084.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurolite_core.data.store import TextStore
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import file_digest, read_limited, write_atomically
from neurolite_core.training.fitting.length_order import answers_by_length, cut_by_length
from neurolite_core.training.fitting.objectives import OBJECTIVES
from neurolite_core.training.fitting.schedule import learning_rate_factor
from neurolite_core.training.teaching.teachers.teacher import TUNED, Report

_HEAD: Final = "head.safetensors"
_LONGEST: Final = 128  # tokens
_BATCH: Final = 64
_ANSWER_BATCH: Final = 256
_TEXTS_SEEN: Final = 100_000  # fine-tuning sees about this many texts, in one to four epochs
_MOST_EPOCHS: Final = 4
_ENCODER_RATE: Final = 1e-4
_HEAD_RATE: Final = 2e-3
_SMOOTHING: Final = 0.05
_SMALL_LIMIT: Final = 2**26


class _Classifier(nn.Module):
    """Encoder, mean of the token vectors, linear head."""

    def __init__(self, encoder: nn.Module, width: int, num_labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(width, num_labels)

    def embed(self, tokens: dict[str, Tensor]) -> Tensor:
        """Token ids and mask (N, S) -> float32 (N, D)."""
        hidden = self.encoder(**tokens).last_hidden_state.float()
        mask = tokens["attention_mask"][..., None]
        pooled: Tensor = (hidden * mask).sum(dim=1) / mask.sum(dim=1)
        return pooled

    def forward(self, tokens: dict[str, Tensor]) -> Tensor:
        """Token ids and mask (N, S) -> logits float32 (N, C)."""
        logits: Tensor = self.head(self.dropout(self.embed(tokens)))
        return logits


class TransformerTeacher:
    """A pretrained encoder; ``prepare`` fine-tunes it, ``save`` keeps the result."""

    def __init__(self, path: Path, tokenizer: Any, encoder: Any, name: str) -> None:  # noqa: ANN401
        self.path, self.tokenizer, self.encoder, self._name = path, tokenizer, encoder, name
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.encoder.to(self.device)
        self.classifier: _Classifier | None = None
        self.labels: tuple[str, ...] = ()

    @classmethod
    def open(cls, path: Path) -> TransformerTeacher:
        """Reads tokenizer and weights; only safetensors, and no code from the folder is run.

        Raises:
            InputError: the folder lacks something, or is damaged.
            MissingDependencyError: transformers is not installed.
        """
        transformers = require("transformers", extra="teacher")
        weights = sorted(path.glob("*.safetensors"))
        if not weights:
            raise InputError(
                f"--teacher {path} has no .safetensors file; pickled weights are not read. Save the "
                "model again with save_pretrained."
            )
        transformers.utils.logging.disable_progress_bar()
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(
                path, local_files_only=True, trust_remote_code=False
            )
            encoder = transformers.AutoModel.from_pretrained(
                path,
                local_files_only=True,
                trust_remote_code=False,
                use_safetensors=True,
                attn_implementation="eager",
            )
        except (OSError, ValueError, KeyError, ImportError) as error:
            code = _own_code(path)
            why = (
                f"it asks to run {code}, code of its folder, which is never done" if code else error
            )
            raise InputError(
                f"--teacher {path} cannot be read: {why}. Give a model that transformers knows by itself."
            ) from error
        digest = hashlib.sha256()
        for file in weights:
            digest.update(bytes.fromhex(file_digest(file)))
        return cls(path, tokenizer, encoder, f"{path.name} {digest.hexdigest()[:16]}")

    @classmethod
    def open_tuned(cls, path: Path) -> TransformerTeacher:
        """Reads what ``save`` wrote.

        Raises:
            InputError: the folder is damaged.
        """
        safetensors_torch = require("safetensors.torch", extra="train")
        teacher = cls.open(path)
        try:
            values = json.loads(read_limited(path / TUNED, _SMALL_LIMIT))
            head = safetensors_torch.load(read_limited(path / _HEAD, _SMALL_LIMIT))
            teacher.labels = tuple(values["labels"])
            teacher.classifier = teacher._with_head(len(teacher.labels))
            teacher.classifier.head.load_state_dict(head)
        except InputError:
            raise
        except Exception as error:  # the parsers' own exception types are not a stable interface
            raise InputError(f"--teacher {path} is damaged: {error}") from error
        return teacher

    def save(self, path: Path) -> None:
        """Writes the fine-tuned teacher, so that later trainings need not tune it again."""
        safetensors_torch = require("safetensors.torch", extra="train")
        if self.classifier is None:
            raise InputError("The teacher was not prepared; there is nothing to save.")
        path.mkdir(parents=True, exist_ok=True)
        self.encoder.save_pretrained(path)
        self.tokenizer.save_pretrained(path)
        head = {
            name: value.cpu().contiguous()
            for name, value in self.classifier.head.state_dict().items()
        }
        write_atomically(path / _HEAD, safetensors_torch.save(head))
        about = {"base": self._name, "labels": list(self.labels)}
        # Last: a folder without it is not taken for a tuned teacher.
        write_atomically(path / TUNED, (json.dumps(about, indent=2) + "\n").encode())

    @property
    def name(self) -> str:
        """Folder and digest of the weights."""
        return self._name

    def prepare(
        self,
        store: TextStore,
        rows: NDArray[np.int64],
        labels: Sequence[str],
        report: Report,
    ) -> None:
        """Fine-tunes on the labelled rows; the token embeddings stay as they are.

        A tuned teacher is only checked.

        Raises:
            InputError: it was tuned to other labels.
        """
        if self.classifier is not None:
            if self.labels != tuple(labels):
                raise InputError(
                    f"--teacher {self.path} was tuned to {len(self.labels)} labels, and these are not "
                    f"the {len(labels)} of the data. Give the model that it was made from."
                )
            return
        torch.manual_seed(0)
        self.labels = tuple(labels)
        self.classifier = self._with_head(len(labels))
        self._tune(self.classifier, store, rows, report)

    def _with_head(self, num_labels: int) -> _Classifier:
        return _Classifier(self.encoder, self.vector_size, num_labels).to(self.device)

    def _tune(
        self, classifier: _Classifier, store: TextStore, rows: NDArray[np.int64], report: Report
    ) -> None:
        self.encoder.get_input_embeddings().requires_grad_(requires_grad=False)
        encoder = [value for value in self.encoder.parameters() if value.requires_grad]
        optimizer = torch.optim.AdamW(
            [
                {"params": encoder, "rate": _ENCODER_RATE},
                {"params": classifier.head.parameters(), "rate": _HEAD_RATE},
            ],
            weight_decay=0.01,
            fused=True,
        )
        objective = OBJECTIVES[store.task]
        epochs = min(_MOST_EPOCHS, max(1, round(_TEXTS_SEEN / len(rows))))
        batches = [batch for epoch in range(epochs) for batch in _plan(store, rows, epoch)]
        classifier.train()
        for step, batch in enumerate(batches):
            for group in optimizer.param_groups:
                group["lr"] = group["rate"] * learning_rate_factor(step, len(batches))
            truth = torch.from_numpy(objective.truths(store, batch, len(self.labels)))
            with self.mixed():
                logits = classifier(self._tokens(store.strings(batch)))
            loss = objective.loss(
                logits,
                truth.to(self.device),
                torch.zeros_like(logits),
                logits.new_zeros(len(batch)),
                label_smoothing=_SMOOTHING,
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            report(f"teacher learns, {epochs} epochs", (step + 1) / len(batches))
        classifier.eval()

    def logits(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Logits float32 [N, C]."""
        if self.classifier is None:
            raise InputError("The teacher was not prepared.")
        self.classifier.eval()
        return self._run(self.classifier, len(self.labels), texts, "teacher's answers", report)

    def vocabulary(self) -> list[str]:
        """Whole words of the tokenizer, in its order, which is often that of frequency."""
        known = sorted(self.tokenizer.get_vocab().items(), key=lambda item: item[1])
        words = (token.lstrip("▁Ġ") for token, _ in known)
        return list(dict.fromkeys(word for word in words if len(word) > 1 and word.isalpha()))

    @property
    def vector_size(self) -> int:
        """Components of its token vectors."""
        return int(self.encoder.config.hidden_size)

    def vectors(self, texts: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Unit vectors float32 [N, D]: the mean over a text's tokens."""
        return self._unit(texts, "teacher's vectors", report)

    def word_vectors(self, words: Sequence[str], report: Report) -> NDArray[np.float32]:
        """Unit vectors float32 [N, D] of words, each as a text of its own."""
        return self._unit(words, "teacher's words", report)

    def _unit(self, texts: Sequence[str], what: str, report: Report) -> NDArray[np.float32]:
        classifier = self.classifier or self._with_head(2)
        classifier.eval()
        vectors = self._run(classifier.embed, self.vector_size, texts, what, report)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: NDArray[np.float32] = vectors / np.maximum(lengths, 1e-9)
        return unit

    def _tokens(self, texts: Sequence[str]) -> dict[str, Tensor]:
        tokens = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=_LONGEST, return_tensors="pt"
        )
        return {name: value.to(self.device) for name, value in tokens.items()}

    def mixed(self) -> torch.autocast:
        """Arithmetic of fewer bits, where that is faster."""
        # bfloat16 doubles the speed where the processor multiplies in it, and costs elsewhere.
        fast = self.device.type != "cpu" or torch.cpu._is_amx_tile_supported()
        return torch.autocast(self.device.type, torch.bfloat16, enabled=fast)

    @torch.no_grad()
    def _run(
        self,
        function: Any,  # noqa: ANN401
        width: int,
        texts: Sequence[str],
        what: str,
        report: Report,
    ) -> NDArray[np.float32]:
        def answer(places: NDArray[np.int64]) -> NDArray[np.float32]:
            with self.mixed():
                found = function(self._tokens([texts[place] for place in places]))
            numbers: NDArray[np.float32] = found.float().cpu().numpy()
            return numbers

        lengths = [len(text) for text in texts]
        return answers_by_length(lengths, width, _ANSWER_BATCH, answer, partial(report, what))


def _plan(store: TextStore, rows: NDArray[np.int64], epoch: int) -> list[NDArray[np.int64]]:
    """Batches of about equal length, in random order."""
    order = np.random.default_rng([0, epoch]).permutation(rows)
    batches = cut_by_length(order, store.byte_lengths, _BATCH)
    random.Random(epoch).shuffle(batches)  # noqa: S311  # no secret
    return batches


def _own_code(path: Path) -> str | None:
    """A class that the folder's configuration would import from the folder, or None."""
    for name in ("config.json", "tokenizer_config.json"):
        try:
            values = json.loads(read_limited(path / name, _SMALL_LIMIT))
            for found in values["auto_map"].values():
                return str(found[0] if isinstance(found, list) else found)
        except (InputError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
    return None
