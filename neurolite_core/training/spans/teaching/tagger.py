"""A transformer encoder that says of each word its tag, and of the text its label.

The first piece of a word speaks for the word, the token that begins the text for the text: Devlin et al. 2019,
arXiv:1810.04805, section 5.3, and Chen, Zhuo and Wang 2019, "BERT for Joint Intent Classification and Slot Filling",
arXiv:1902.10909.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from neurolite_core.answer.spans import num_tags
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.training.spans.placing import PlacedText
from neurolite_core.training.teaching.teachers import open_teacher
from neurolite_core.training.teaching.teachers.transformer import TransformerTeacher

TAGGER: Final = "neurolite_tagger.json"
"""By this file a folder is known that ``Tagger.save`` wrote; it is written last."""
_HEADS: Final = "heads.safetensors"
_MOST_PIECES: Final = 512  # of a text
_PIECES_A_WORD: Final = 32
_ANSWER_BATCH: Final = 64
_SMALL_LIMIT: Final = 2**26


class _Network(nn.Module):
    """Encoder, a linear head over the words, and one over the text where there are labels."""

    def __init__(self, encoder: nn.Module, width: int, types: int, labels: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.heads = nn.ModuleDict({"tags": nn.Linear(width, num_tags(types))})
        if labels:
            self.heads["label"] = nn.Linear(width, labels)

    def forward(self, tokens: dict[str, Tensor], first: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (N, S), words' first pieces int64 (N, L) -> tags float32 (N, L, T), logits float32 (N, C)."""
        hidden = self.encoder(**tokens).last_hidden_state.float()
        words = hidden.gather(1, first[..., None].expand(-1, -1, hidden.shape[2]))
        text = hidden[:, 0]
        label = self.heads["label"](text) if "label" in self.heads else text[:, :0]
        return self.heads["tags"](words), label


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """What the teacher says of some texts.

    Attributes:
        places: int64 [n], which texts.
        labels: float32 [n, C], logits.
        tags: float32 [n, L, T], logits.
        words: int64 [n], words of each that were read.
    """

    places: NDArray[np.int64]
    labels: NDArray[np.float32]
    tags: NDArray[np.float32]
    words: NDArray[np.int64]


class Tagger:
    """A transformer with heads; ``tuning.tune`` gives it those of the data."""

    def __init__(self, body: TransformerTeacher) -> None:
        self.body = body
        self.types: tuple[str, ...] = ()
        self.labels: tuple[str, ...] = ()
        self.network: _Network | None = None
        self._begin, self._end, self._unknown, self._pad = self._special()
        own = int(getattr(body.encoder.config, "max_position_embeddings", _MOST_PIECES))
        # Some encoders count positions from 2.
        self.longest = min(_MOST_PIECES, own - 2, int(body.tokenizer.model_max_length))

    @classmethod
    def open(cls, path: Path) -> Tagger:
        """A transformers folder as it came, or what ``save`` wrote.

        Raises:
            InputError: it holds another model, lacks something, or is damaged.
            MissingDependencyError: transformers is not installed.
        """
        if not (path / TAGGER).is_file():
            body = open_teacher(path)
            if not isinstance(body, TransformerTeacher) or body.classifier is not None:
                raise InputError(
                    f"--teacher {path} is a model of labels, and with spans a teacher has to say what each word is. Give "
                    "the folder of a transformers model as it came; it is tuned to the spans."
                )
            return cls(body)
        found = cls(TransformerTeacher.open(path))
        safetensors_torch = require("safetensors.torch", extra="train")
        try:
            values = json.loads(read_limited(path / TAGGER, _SMALL_LIMIT))
            heads = safetensors_torch.load(read_limited(path / _HEADS, _SMALL_LIMIT))
            network = found.with_heads(tuple(values["types"]), tuple(values["labels"]))
            network.heads.load_state_dict(heads)
        except InputError:
            raise
        except Exception as error:  # the parsers' own exception types are not a stable interface
            raise InputError(f"--teacher {path} is damaged: {error}") from error
        return found

    def with_heads(self, types: tuple[str, ...], labels: tuple[str, ...]) -> _Network:
        """The network with new heads for these types and labels."""
        self.types, self.labels = types, labels
        made = _Network(self.body.encoder, self.body.vector_size, len(types), len(labels))
        self.network = made.to(self.body.device)
        return self.network

    def save(self, path: Path) -> None:
        """Writes the tuned teacher, so that later trainings need not tune it again."""
        safetensors_torch = require("safetensors.torch", extra="train")
        path.mkdir(parents=True, exist_ok=True)
        self.body.encoder.save_pretrained(path)
        self.body.tokenizer.save_pretrained(path)
        heads = {
            name: value.cpu().contiguous() for name, value in self.ready.heads.state_dict().items()
        }
        write_atomically(path / _HEADS, safetensors_torch.save(heads))
        about = {"base": self.body.name, "types": self.types, "labels": self.labels}
        # Last: a folder without it is not taken for a tuned teacher.
        write_atomically(path / TAGGER, (json.dumps(about, indent=2) + "\n").encode())

    @property
    def ready(self) -> _Network:
        """The network with its heads."""
        if self.network is None:
            raise InputError("The teacher was not tuned.")
        return self.network

    @torch.no_grad()
    def answers(
        self, texts: Sequence[PlacedText], report: Callable[[float], None]
    ) -> Iterator[Answered]:
        """Answers in batches, the shortest texts first; ``report`` is told the share that was answered."""
        network = self.ready.eval()
        order = np.argsort([len(text.borders) for text in texts], kind="stable")
        for place in range(0, len(order), _ANSWER_BATCH):
            here = order[place : place + _ANSWER_BATCH]
            tokens, first, words = self.encode([texts[one] for one in here.tolist()])
            with self.body.mixed():
                tags, labels = network(tokens, first)
            yield Answered(here, labels.float().cpu().numpy(), tags.float().cpu().numpy(), words)
            report((place + len(here)) / len(order))

    def encode(
        self, texts: Sequence[PlacedText]
    ) -> tuple[dict[str, Tensor], Tensor, NDArray[np.int64]]:
        """Texts as the encoder reads them.

        Returns:
            ids and mask int64 (N, S) by name; of each word its first piece, int64 (N, L); and how many words of each
            text have room, int64 [N]: of a text of more than 512 pieces those that are whole.
        """
        words = [
            [text.text[start:end].decode("utf-8", "replace") for start, end in text.borders]
            for text in texts
        ]
        whole = [word for own in words for word in own]
        cut = self.body.tokenizer(whole, add_special_tokens=False)["input_ids"] if whole else []
        pieces = iter(cut)
        rows = [self._row([next(pieces) for _ in own]) for own in words]
        longest = max(len(ids) for ids, _ in rows)
        ids = torch.full((len(rows), longest), self._pad)
        mask = torch.zeros((len(rows), longest), dtype=torch.int64)
        first = torch.zeros((len(rows), max(len(own) for _, own in rows)), dtype=torch.int64)
        for number, (own, begins) in enumerate(rows):
            ids[number, : len(own)] = torch.tensor(own)
            mask[number, : len(own)] = 1
            first[number, : len(begins)] = torch.tensor(begins, dtype=torch.int64)
        device = self.body.device
        tokens = {"input_ids": ids.to(device), "attention_mask": mask.to(device)}
        return tokens, first.to(device), np.array([len(own) for _, own in rows], np.int64)

    def _row(self, words: Sequence[Sequence[int]]) -> tuple[list[int], list[int]]:
        """Ids of a text, and where its words begin among them."""
        ids, first = [self._begin], []
        for own in words:
            pieces = list(own[:_PIECES_A_WORD]) or [self._unknown]
            if len(ids) + len(pieces) + 1 > self.longest:
                break
            first.append(len(ids))
            ids += pieces
        return [*ids, self._end], first

    def _special(self) -> tuple[int, int, int, int]:
        """Tokens that begin and end a text, that stand for what is unknown, and for nothing."""
        own: Any = self.body.tokenizer
        begin = own.bos_token_id if own.cls_token_id is None else own.cls_token_id
        end = own.eos_token_id if own.sep_token_id is None else own.sep_token_id
        if begin is None or end is None:
            raise InputError(
                f"--teacher {self.body.path} has no tokens that begin and end a text. Give an encoder such as BERT."
            )
        unknown = end if own.unk_token_id is None else own.unk_token_id
        return begin, end, unknown, own.pad_token_id or 0


def require_same(
    tagger: Tagger, types: tuple[str, ...], labels: tuple[str, ...], path: Path
) -> None:
    """Refuses a teacher that was tuned to other types or labels."""
    pairs: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
        "types of spans": (tagger.types, types),
        "labels": (tagger.labels, labels),
    }
    for what, (own, wanted) in pairs.items():
        if own != wanted:
            raise InputError(
                f"--teacher {path} was tuned to {len(own)} {what}, and these are not the {len(wanted)} of the data. Give "
                "the model that it was made from."
            )
