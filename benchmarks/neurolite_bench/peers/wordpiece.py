"""BERT's tokenizer: with its own vocabulary where there is one, else with one learned here."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import product
from pathlib import Path
from typing import Any, Final

from neurolite_bench.labelled import built_in_rows, built_in_sentences
from neurolite_bench.peers.base import EXTRA, PeerRequest
from neurolite_bench.peers.transformer import TOKENIZER
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited

SPECIAL: Final = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_PART_LETTERS: Final = range(2, 7)
_LIMIT: Final = 2**27


def bert_tokenizer(tokens: int, request: PeerRequest) -> tuple[str, str]:
    """A tokenizer.json of WordPiece with at most so many tokens, lower case.

    Args:
        tokens: rows of the network's table.
        request: its teacher may have BERT's own; else a vocabulary is learned from its rows and from
            built-in texts.

    Returns:
        The file's content, and where its vocabulary comes from, for people.

    Raises:
        InputError: the teacher's file cannot be read.
        MissingDependencyError: tokenizers is not installed.
    """
    teacher = request.teacher
    if teacher is not None and (found := _of_teacher(teacher, tokens)) is not None:
        count = len(found["model"]["vocab"])
        return json.dumps(found), f"WordPiece with the {count:,} tokens of {teacher.name}"
    texts = (*built_in_sentences(), *built_in_rows().texts)
    texts += () if request.train is None else request.train.texts
    learned = _learned(_words(texts), tokens)
    return learned.to_str(), f"WordPiece with {tokens:,} tokens learned here"


def read_tokenizer_json(path: Path) -> dict[str, Any]:
    """The content of a tokenizer.json.

    Raises:
        InputError: missing, damaged, or none of the package tokenizers.
    """
    try:
        found = json.loads(read_limited(path, _LIMIT))
        if isinstance(found["model"]["vocab"], dict | list):
            return dict(found)
    except (ValueError, RecursionError, KeyError, TypeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(
            f"{path} is not a tokenizer of the package tokenizers: {error!r}"
        ) from error
    raise InputError(f"{path} is not a tokenizer of the package tokenizers: it has no vocabulary.")


def _of_teacher(teacher: Path, tokens: int) -> dict[str, Any] | None:
    path = teacher / TOKENIZER
    if not path.is_file():
        return None
    content = read_tokenizer_json(path)
    is_ours = content["model"].get("type") == "WordPiece"
    return content if is_ours and len(content["model"]["vocab"]) <= tokens else None


def _words(texts: Iterable[str]) -> Counter[str]:
    normalizers = require("tokenizers.normalizers", extra=EXTRA)
    splitting = require("tokenizers.pre_tokenizers", extra=EXTRA)
    normalizer, splitter = normalizers.BertNormalizer(), splitting.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for text in texts:
        plain = normalizer.normalize_str(text)
        counts.update(word for word, _ in splitter.pre_tokenize_str(plain))
    return counts


def _vocabulary(words: Counter[str], tokens: int) -> list[str]:
    """Letters, then words, then parts of words, each from the most frequent on.

    The package's own trainer is not used: it gives another vocabulary at each run.
    """
    letters = sorted({letter for word in words for letter in word})
    parts: Counter[str] = Counter()
    for word, count in words.items():
        for start, length in product(range(len(word)), _PART_LETTERS):
            if start + length <= len(word):
                parts["##" * (start > 0) + word[start : start + length]] += count
    spelt = (*SPECIAL, *letters, *(f"##{letter}" for letter in letters))
    names = list(dict.fromkeys((*spelt, *_by_count(words), *_by_count(parts))))[:tokens]
    return [*names, *(f"[unused{number}]" for number in range(tokens - len(names)))]


def _by_count(counts: Counter[str]) -> list[str]:
    return sorted(counts, key=lambda name: (-counts[name], name))


def _learned(words: Counter[str], tokens: int) -> Any:  # noqa: ANN401 (tokenizers is optional here)
    tokenizers = require("tokenizers", extra=EXTRA)
    models = require("tokenizers.models", extra=EXTRA)
    normalizers = require("tokenizers.normalizers", extra=EXTRA)
    splitting = require("tokenizers.pre_tokenizers", extra=EXTRA)
    processors = require("tokenizers.processors", extra=EXTRA)
    vocabulary = {name: number for number, name in enumerate(_vocabulary(words, tokens))}
    tokenizer = tokenizers.Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = splitting.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.add_special_tokens(list(SPECIAL))
    return tokenizer
