"""Peers give the answers of what they stand for, in a process that has imported only what runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
import transformers
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from neurolite_bench.labelled import built_in_rows, built_in_sentences
from neurolite_bench.peers.base import PeerRequest
from neurolite_bench.peers.distil import distilled
from neurolite_bench.peers.fasttext import MODEL as FASTTEXT_MODEL
from neurolite_bench.peers.fasttext_build import FasttextOptions, build_fasttext
from neurolite_bench.peers.kinds import PEER_KINDS
from neurolite_bench.peers.static_build import build_static
from neurolite_bench.peers.table import PEERS, peers_named
from neurolite_bench.peers.tfidf_build import build_tfidf
from neurolite_bench.peers.transformer import MODEL, TOKENIZER
from neurolite_bench.peers.transformer_build import (
    BERT,
    DISTILBERT,
    MOBILEBERT,
    TransformerShape,
    build_transformer,
)
from neurolite_bench.peers.wordpiece import bert_tokenizer
from neurolite_bench.quality_sets import Split
from neurolite_core.ground.errors import InputError, MissingDependencyError

HEAVY = ("torch", "transformers", "onnx", "neurolite_core.training", "neurolite_export")
TEXTS = (
    "Wake me up at half past six",
    "naïve CAFÉ, 日本語 and ünheard-of wörds!",
    "",
    " ".join(built_in_sentences()[:14] * 6),  # longer than the networks read
)
SMALL_BERT = replace(
    BERT, options={"num_hidden_layers": 2, "hidden_size": 96, "intermediate_size": 64}
)
SMALL_DISTILBERT = replace(DISTILBERT, options={"n_layers": 2, "dim": 96, "hidden_dim": 64})
SMALL_MOBILEBERT = replace(MOBILEBERT, options={"num_hidden_layers": 2})
_OPEN = """
import importlib, json, sys
from pathlib import Path
from neurolite_bench.peers.kinds import PEER_KINDS

kind, folder, threads = sys.argv[1:]
for module in PEER_KINDS[kind].modules:
    importlib.import_module(module)
before = set(sys.modules)
subject = PEER_KINDS[kind].open(Path(folder), int(threads))
texts = json.load(sys.stdin)
answer = subject.answer(texts)
print(json.dumps({
    "answer": answer if isinstance(answer, list) else answer.tolist(),
    "labels": subject.labels,
    "found": subject.predict(texts) if subject.labels else [],
    "runtime": subject.runtime,
    "settings": dict(subject.settings),
    "later": sorted({name.partition(".")[0] for name in set(sys.modules) - before}),
    "modules": sorted(sys.modules),
}))
"""


def opened(kind: str, folder: Path, texts: Sequence[str], threads: int = 1) -> dict[str, Any]:
    """What a fresh process says of a peer."""
    done = subprocess.run(
        [sys.executable, "-c", _OPEN, kind, str(folder), str(threads)],
        input=json.dumps(list(texts)), capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert [name for name in HEAVY if name in found["modules"]] == []
    return found


def rows(labels: int, each: int) -> Split:
    """Rows of the first labels of the built-in ones, repeated with their number."""
    known = dict.fromkeys(built_in_rows().labels)
    chosen = set(list(known)[:labels])
    found = [
        (f"{text} {number}", label)
        for text, label in zip(built_in_rows().texts, built_in_rows().labels, strict=True)
        for number in range(each)
        if label in chosen
    ]
    return Split(tuple(text for text, _ in found), tuple(label for _, label in found))


def in_torch(shape: TransformerShape, classes: int, seed: int) -> torch.nn.Module:
    torch.manual_seed(seed)
    config = getattr(transformers, shape.config)(num_labels=classes, **shape.options)
    model: torch.nn.Module = getattr(transformers, shape.model)(config)
    return model.eval()


@pytest.mark.parametrize(
    "small", [SMALL_BERT, SMALL_DISTILBERT, SMALL_MOBILEBERT], ids=lambda small: small.name
)
def test_transformers_answer_as_in_pytorch(small: TransformerShape, tmp_path: Path) -> None:
    request = PeerRequest(rows(7, 1), seed=3)
    float32 = build_transformer(small, "float32", request, tmp_path)
    written = (float32.path / MODEL).stat().st_mtime_ns
    int8 = build_transformer(small, "int8", request, tmp_path)
    assert (float32.path / MODEL).stat().st_mtime_ns == written  # made once for both

    model = in_torch(small, 7, seed=3)
    assert float32.parameters == sum(item.numel() for item in model.parameters())
    tokenizer = transformers.PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_file=str(float32.path / TOKENIZER), pad_token="[PAD]"
    )
    tokens = tokenizer(
        list(TEXTS), padding=True, truncation=True, max_length=512, return_tensors="pt"
    )
    assert tokens.attention_mask.sum(dim=1).tolist()[2:] == [2, 512]
    with torch.inference_mode():
        wanted = model(tokens.input_ids, attention_mask=tokens.attention_mask).logits.numpy()
    found = opened("transformer", float32.path, TEXTS)
    scale = np.abs(wanted).max()
    assert np.abs(np.array(found["answer"]) - wanted).max() < 1e-5 * scale
    assert found["labels"] == []  # random weights
    noise = np.array(opened("transformer", int8.path, TEXTS, 0)["answer"]) - wanted
    assert 0 < np.abs(noise).max() < 0.3 * scale

    weights = onnx.load(int8.path / MODEL).graph.initializer
    eighths = (onnx.TensorProto.INT8, onnx.TensorProto.UINT8)
    numbers = sum(int(np.prod(item.dims)) for item in weights)
    assert sum(int(np.prod(w.dims)) for w in weights if w.data_type in eighths) > 0.9 * numbers
    assert int8.size_bytes < 0.45 * float32.size_bytes


def test_a_transformer_is_made_again_for_another_request(tmp_path: Path) -> None:
    small = SMALL_DISTILBERT
    first = build_transformer(small, "float32", PeerRequest(seed=0), tmp_path)
    before = (first.path / MODEL).read_bytes()
    again = build_transformer(small, "float32", PeerRequest(rows(3, 1), seed=0), tmp_path)
    assert (again.path / MODEL).read_bytes() != before
    assert len(opened("transformer", again.path, TEXTS[:1])["answer"][0]) == 3


def test_a_learned_vocabulary_is_the_same_each_time_and_knows_the_words_of_the_rows(
    tmp_path: Path,
) -> None:
    request = PeerRequest(Split(("one zyqqly rowboat", "two"), ("a", "b")))
    content, note = bert_tokenizer(30_522, request)
    script = (
        "import sys; from neurolite_bench.peers.wordpiece import bert_tokenizer\n"
        "from neurolite_bench.peers.base import PeerRequest\n"
        "from neurolite_bench.quality_sets import Split\n"
        "request = PeerRequest(Split(('one zyqqly rowboat', 'two'), ('a', 'b')))\n"
        "sys.stdout.write(bert_tokenizer(30_522, request)[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout == content
    assert note == "WordPiece with 30,522 tokens learned here"
    vocabulary = json.loads(content)["model"]["vocab"]
    assert len(vocabulary) == 30_522
    assert {"[CLS]", "zyqqly", "##z", "##boa"} <= set(vocabulary)
    (tmp_path / TOKENIZER).write_text(content)
    taken, note = bert_tokenizer(30_522, PeerRequest(teacher=tmp_path))
    assert json.loads(taken) == json.loads(content)
    assert note == f"WordPiece with the 30,522 tokens of {tmp_path.name}"


@pytest.mark.parametrize("labels", [2, 9])
def test_tfidf_answers_as_a_pipeline_of_scikit_learn(labels: int, tmp_path: Path) -> None:
    train = rows(labels, 3)
    built = build_tfidf(PeerRequest(train), tmp_path)
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        LogisticRegression(C=10.0, max_iter=300),
    ).fit(train.texts, train.labels)
    texts = (*TEXTS, *built_in_sentences()[:20], *train.texts[:20])
    found = opened("tfidf", built.path, texts)
    wanted = pipeline.decision_function(texts)
    logits = np.array(found["answer"])
    if labels == 2:
        logits = logits[:, 1] - logits[:, 0]
    assert np.abs(logits - wanted).max() < 1e-3 * np.abs(wanted).max()
    assert found["found"] == pipeline.predict(texts).tolist()
    assert found["labels"] == sorted(set(train.labels))
    assert built.train_seconds is not None
    assert sorted(path.suffix for path in built.path.iterdir()) == [".json", ".json", ".npz"]


def test_fasttext_answers_as_its_own_package_does(tmp_path: Path) -> None:
    import fasttext

    train = rows(9, 4)
    options = FasttextOptions(dim=8, buckets=2_000, kept=1_500)
    built = build_fasttext(PeerRequest(train), tmp_path, options)
    found = opened("fasttext", built.path, (*TEXTS, "two\nlines", *train.texts))
    model = fasttext.load_model(str(built.path / FASTTEXT_MODEL))
    names = sorted(set(train.labels))
    lines = [*(" ".join(text.lower().split()) for text in TEXTS), "two lines", *train.texts]
    wanted = [names[int(model.predict(line)[0][0].removeprefix("__label__"))] for line in lines]
    assert found["found"] == wanted
    right = sum(a == b for a, b in zip(wanted[-len(train.texts) :], train.labels, strict=True))
    assert right > 0.9 * len(train.texts)  # it has seen them
    assert model.is_quantized()
    with pytest.raises(InputError, match="diverged at a rate of 1e"):
        build_fasttext(PeerRequest(train), tmp_path, replace(options, rate=1e30))


def test_static_embeddings_answer_as_the_formula_says(tmp_path: Path) -> None:
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer

    built = build_static(PeerRequest(rows(9, 3)), tmp_path)
    found = opened("static", built.path, TEXTS)
    table = load_file(built.path / "embeddings" / "model.safetensors")["embeddings"]
    assert table.shape == (29_528, 256)
    tokenizer = Tokenizer.from_file(str(built.path / "embeddings" / TOKENIZER))
    head = np.load(built.path / "head.npz")
    unknown = tokenizer.token_to_id("[UNK]")
    for text, logits in zip(TEXTS, found["answer"], strict=True):
        ids = [i for i in tokenizer.encode(text, add_special_tokens=False).ids if i != unknown]
        mean = table[ids[:512]].astype(np.float64).mean(axis=0) if ids else np.zeros(256)
        wanted = mean / (np.linalg.norm(mean) + 1e-32) @ head["weights"] + head["bias"]
        assert np.abs(np.array(logits) - wanted).max() < 5e-3 * np.abs(wanted).max()
    assert found["found"][0] == found["labels"][int(np.argmax(found["answer"][0]))]


def test_distilling_is_the_encoder_then_pca_then_zipf(tmp_path: Path) -> None:
    words = {name: place for place, name in enumerate(
        ("[PAD]", "[unused0]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"w{n}" for n in range(60)))
    )}  # fmt: skip
    content, _ = bert_tokenizer(30_522, PeerRequest())
    tokenizer = json.loads(content)
    tokenizer["model"]["vocab"] = words
    tokenizer["added_tokens"] = [
        {**token, "id": words[token["content"]]} for token in tokenizer["added_tokens"]
    ]
    (tmp_path / TOKENIZER).write_text(json.dumps(tokenizer))
    torch.manual_seed(0)
    model: Any = transformers.BertModel(
        transformers.BertConfig(
            vocab_size=len(words), hidden_size=24, num_hidden_layers=1, num_attention_heads=2,
            intermediate_size=16, initializer_range=0.5,
        ),
        add_pooling_layer=False,
    )  # fmt: skip
    model.eval().save_pretrained(tmp_path)
    vectors, smaller = distilled(tmp_path, 8)
    assert json.loads(smaller)["model"]["vocab"] == {
        name: place for place, name in enumerate(name for name in words if name != "[unused0]")
    }
    with torch.inference_mode():
        means = [
            model(torch.tensor([[3, place, 4]])).last_hidden_state[0].mean(dim=0).numpy()
            for name, place in words.items()
            if name != "[unused0]"
        ]
    wanted = PCA(8).fit_transform(np.stack(means))
    ranks = 1 / np.arange(2, len(means) + 2)
    wanted *= (1e-4 / (1e-4 + ranks / ranks.sum()))[:, None]
    signs = np.sign((wanted * vectors).sum(axis=0))  # of a component, which means nothing
    assert np.abs(vectors * signs - wanted).max() < 1e-4 * np.abs(wanted).max()


def test_without_rows_there_are_answers_but_no_labels(tmp_path: Path) -> None:
    built = build_tfidf(PeerRequest(), tmp_path)
    assert built.train_seconds is None
    subject = PEER_KINDS["tfidf"].open(built.path, 1)
    logits = subject.answer(["a"])
    assert isinstance(logits, np.ndarray)
    assert logits.shape == (1, len(set(built_in_rows().labels)))
    with pytest.raises(InputError, match="learned no labels"):
        subject.predict(["a"])


def test_peers_are_chosen_by_name_and_by_group() -> None:
    assert peers_named(["all"]) == tuple(PEERS)
    assert peers_named([]) == ()
    assert peers_named(["bert-base INT8", "classic"]) == (
        "BERT-base int8", "fastText", "static embeddings", "tf-idf + linear",
    )  # fmt: skip
    assert [PEERS[name].precision for name in peers_named(["transformers"])] == [
        "float32", "int8",
    ] * 3  # fmt: skip
    with pytest.raises(
        InputError, match="'bert'; give all, transformers, classic, or of these: BE"
    ):
        peers_named(["bert"])
    assert {peer.kind for peer in PEERS.values()} == set(PEER_KINDS)


def test_what_is_missing_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "fasttext", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[bench\]'"):
        PEERS["fastText"].build(PeerRequest(), tmp_path)
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[baselines\]'"):
        PEER_KINDS["fasttext"].open(tmp_path, 1)


@pytest.mark.parametrize("kind", list(PEER_KINDS))
def test_damaged_files_are_refused(kind: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"labels\.json"):
        PEER_KINDS[kind].open(tmp_path, 1)
    (tmp_path / "labels.json").write_text("[1]")
    with pytest.raises(InputError, match="not a list of names"):
        PEER_KINDS[kind].open(tmp_path, 1)
    (tmp_path / "labels.json").write_text('["a", "b"]')
    with pytest.raises(InputError, match=str(tmp_path)):
        PEER_KINDS[kind].open(tmp_path, 1)
    for name in ("model.onnx", "tokenizer.json", "model.ftz", "head.npz", "arrays.npz"):
        (tmp_path / name).write_bytes(b"no such thing")
    with pytest.raises(InputError, match=str(tmp_path)):
        PEER_KINDS[kind].open(tmp_path, 1)


def test_the_table_imports_nothing_heavy() -> None:
    script = (
        "import sys, neurolite_bench.peers.kinds, neurolite_bench.peers.table; print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    optional = {*HEAVY, "onnxruntime", "tokenizers", "sklearn", "scipy", "fasttext", "model2vec"}
    assert optional & set(done.stdout.split()) == set()
