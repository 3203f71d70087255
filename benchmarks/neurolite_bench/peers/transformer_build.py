"""BERT-base, DistilBERT and MobileBERT as classifiers in ONNX: their real shape, random weights.

Weights do not change how long a dense model takes, so none are needed to time it.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import logging
import math
import shutil
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.peers.base import (
    EXTRA,
    LABELS,
    BuiltPeer,
    PeerRequest,
    folder_size,
    write_labels,
)
from neurolite_bench.peers.transformer import INPUTS, MODEL, OUTPUT, TOKENIZER, open_session
from neurolite_bench.peers.wordpiece import bert_tokenizer
from neurolite_core.ground.errors import GateError
from neurolite_core.ground.extras import require
from neurolite_core.ground.files import read_limited, write_atomically

VOCABULARY: Final = 30_522  # of BERT, uncased, and so of those made from it
CLASSES: Final = 150  # where no rows say how many
MAX_ERROR: Final = 1e-4  # of float32 logits against torch, of the largest
MIN_SQNR_DB: Final = 10.0  # of int8 logits against torch
_OPSET: Final = 18
_SIZES: Final = ((1, 9), (3, 40))
_RECORD: Final = "peer.json"
_RECORD_LIMIT: Final = 2**20


@dataclass(frozen=True, slots=True)
class TransformerShape:
    """A pretrained model that people use.

    Attributes:
        name: for folders.
        config: its class in transformers, whose defaults are the published shape.
        model: the class of the classifier.
        options: of the config, where a smaller one is wanted.
    """

    name: str
    config: str
    model: str
    options: Mapping[str, Any] = field(default_factory=dict)


BERT: Final = TransformerShape("bert-base", "BertConfig", "BertForSequenceClassification")
DISTILBERT: Final = TransformerShape(
    "distilbert", "DistilBertConfig", "DistilBertForSequenceClassification"
)
MOBILEBERT: Final = TransformerShape(
    "mobilebert", "MobileBertConfig", "MobileBertForSequenceClassification"
)


def build_transformer(
    shape: TransformerShape, precision: str, request: PeerRequest, folder: Path
) -> BuiltPeer:
    """Writes a classifier and its tokenizer below a folder; int8 is made from float32, kept beside it.

    Raises:
        GateError: the file does not compute what the PyTorch model does.
        InputError: the teacher's tokenizer cannot be read.
        MissingDependencyError: torch, transformers, onnx, onnxruntime or tokenizers is not installed.
    """
    float32 = _float32(shape, request, folder)
    found = float32 if precision == "float32" else _int8(float32)
    record = _read_record(found)
    return BuiltPeer(
        path=found,
        size_bytes=folder_size(found) - (found / _RECORD).stat().st_size,
        parameters=record["parameters"],
        train_seconds=None,
        note=record["note"],
    )


def _float32(shape: TransformerShape, request: PeerRequest, folder: Path) -> Path:
    """The folder of the float32 peer, made unless it is there from the same request."""
    classes = CLASSES if request.train is None else len(set(request.train.labels))
    tokenizer, vocabulary = bert_tokenizer(VOCABULARY, request)
    made_from = {
        "shape": asdict(shape),
        "classes": classes,
        "seed": request.seed,
        "tokenizer": hashlib.sha256(tokenizer.encode()).hexdigest(),
    }
    place = folder / f"{shape.name}-float32"
    if (place / _RECORD).is_file() and _read_record(place)["made_from"] == made_from:
        return place
    (place / _RECORD).unlink(missing_ok=True)
    write_atomically(place / TOKENIZER, tokenizer.encode())
    write_labels(place, ())
    model = _classifier(shape, classes, request.seed)
    fused = _export(model, place / MODEL)
    error = _largest_error(model, place / MODEL)
    if not error <= MAX_ERROR:
        raise GateError(
            f"{shape.name} in ONNX differs from PyTorch by {error:.1e} of the largest logit, more than "
            f"{MAX_ERROR:.0e}; try another release of onnxruntime or torch."
        )
    record = {
        "made_from": made_from,
        "parameters": sum(item.numel() for item in model.parameters()),
        "note": f"{vocabulary}; {fused}; logits within {error:.0e} of PyTorch's",
    }
    _write_record(place, record)
    return place


def _int8(float32: Path) -> Path:
    """The folder of the int8 peer: weights quantized as onnxruntime advises for transformers."""
    onnx = require("onnx", extra=EXTRA)
    quantization = require("onnxruntime.quantization", extra=EXTRA)
    place = float32.with_name(float32.name.replace("float32", "int8"))
    place.mkdir(parents=True, exist_ok=True)
    for name in (TOKENIZER, LABELS):
        shutil.copyfile(float32 / name, place / name)
    with _quiet():
        quantization.quantize_dynamic(
            str(float32 / MODEL),
            str(place / MODEL),
            weight_type=quantization.QuantType.QInt8,
            extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
        )
    wanted, got = _answers(float32 / MODEL), _answers(place / MODEL)
    noise = sum(float(np.square(a - b).sum()) for a, b in zip(wanted, got, strict=True))
    signal = sum(float(np.square(a).sum()) for a in wanted)
    sqnr = 10 * math.log10(signal / noise)
    if not sqnr >= MIN_SQNR_DB:
        raise GateError(
            f"{place.name}: int8 logits have an SQNR of {sqnr:.1f} dB beside float32, less than "
            f"{MIN_SQNR_DB:.0f} dB; try another release of onnxruntime."
        )
    record = _read_record(float32)
    record["note"] += f"; int8 at {sqnr:.0f} dB SQNR"
    _write_record(place, record)
    return place


def _classifier(shape: TransformerShape, classes: int, seed: int) -> Any:  # noqa: ANN401
    torch = require("torch", extra=EXTRA)
    with _quiet():
        transformers = require("transformers", extra=EXTRA)
        model_class = getattr(transformers, shape.model)
    config = getattr(transformers, shape.config)(
        num_labels=classes, attn_implementation="eager", **shape.options
    )
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(seed)
        return model_class(config).eval()


def _export(model: Any, path: Path) -> str:  # noqa: ANN401 (torch is optional here)
    """Writes the graph with onnxruntime's fused operators; returns which, for people."""
    torch = require("torch", extra=EXTRA)
    optimizer = require("onnxruntime.transformers.optimizer", extra=EXTRA)

    class Logits(torch.nn.Module):  # type: ignore[name-defined, misc]
        """Positional inputs and one output, as the exporter wants them."""

        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, ids: Any, mask: Any) -> Any:  # noqa: ANN401
            return self.model(input_ids=ids, attention_mask=mask).logits

    with _quiet(), tempfile.TemporaryDirectory(dir=path.parent) as folder:
        raw = Path(folder) / MODEL
        torch.onnx.export(
            Logits().eval(), tuple(torch.from_numpy(item) for item in _example(2, 16)), raw,
            dynamo=False, opset_version=_OPSET, input_names=list(INPUTS), output_names=[OUTPUT],
            dynamic_axes={**{name: {0: "N", 1: "L"} for name in INPUTS}, OUTPUT: {0: "N"}},
        )  # fmt: skip
        fused = optimizer.optimize_model(
            str(raw),
            model_type="bert",
            num_heads=model.config.num_attention_heads,
            hidden_size=model.config.hidden_size,
            only_onnxruntime=False,
        )
        fused.save_model_to_file(str(path))
    found = {name: count for name, count in fused.get_fused_operator_statistics().items() if count}
    listed = ", ".join(f"{count} {name}" for name, count in sorted(found.items()))
    return f"fused: {listed}" if found else "nothing fused"


def _example(batch: int, length: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Tokens and mask [N, L]; the last text is shorter than the others."""
    ids = np.random.default_rng(batch).integers(1_000, VOCABULARY, (batch, length), np.int64)
    mask = np.ones_like(ids)
    if batch > 1:
        mask[-1, length // 2 :] = 0
    return ids, mask


def _answers(path: Path) -> list[NDArray[np.float32]]:
    """Logits of the examples."""
    session = open_session(path, threads=0)
    return [
        session.run([OUTPUT], dict(zip(INPUTS, _example(*size), strict=True)))[0] for size in _SIZES
    ]


def _largest_error(model: Any, path: Path) -> float:  # noqa: ANN401 (torch is optional here)
    """Of the file's logits against PyTorch's, over the largest of these."""
    torch = require("torch", extra=EXTRA)
    errors = []
    with torch.inference_mode():
        for size, found in zip(_SIZES, _answers(path), strict=True):
            ids, mask = (torch.from_numpy(item) for item in _example(*size))
            wanted = model(input_ids=ids, attention_mask=mask).logits.numpy()
            errors.append(float(np.abs(found - wanted).max() / np.abs(wanted).max()))
    return max(errors)


def _read_record(place: Path) -> dict[str, Any]:
    return dict(json.loads(read_limited(place / _RECORD, _RECORD_LIMIT)))


def _write_record(place: Path, record: Mapping[str, Any]) -> None:
    write_atomically(place / _RECORD, json.dumps(record).encode())


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The exporters tell of their own affairs at length."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            yield
        finally:
            logging.disable(logging.NOTSET)
