"""What a user would pick instead: BERT-base in onnxruntime, random weights of its real shape.

Weights do not change how long a dense model takes, so none are needed to time it.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurolite_bench.sessions import session_of
from neurolite_core.dependencies import require

TOKENS: Final = 256
_OPSET: Final = 18


def build_bert_base(folder: Path) -> dict[str, Path]:
    """Writes BERT-base as ONNX, float32 and dynamically quantized int8, as onnxruntime advises.

    Returns:
        Paths by precision.

    Raises:
        MissingDependencyError: torch, transformers or onnx is not installed.
    """
    torch = require("torch", extra="bench")
    transformers = require("transformers", extra="bench")
    onnx = require("onnx", extra="bench")
    quantization = require("onnxruntime.quantization", extra="bench")
    optimizer = require("onnxruntime.transformers.optimizer", extra="bench")

    config = transformers.BertConfig(attn_implementation="eager")
    bert = transformers.BertModel(config, add_pooling_layer=False)

    class Encoder(torch.nn.Module):  # type: ignore[name-defined, misc]
        """Positional inputs and one output, as the exporter wants them."""

        def __init__(self) -> None:
            super().__init__()
            self.bert = bert

        def forward(self, ids: Any, mask: Any) -> Any:  # noqa: ANN401 (torch is optional here)
            return self.bert(input_ids=ids, attention_mask=mask).last_hidden_state

    model = Encoder().eval()
    raw, float32, int8 = (folder / f"bert-{name}.onnx" for name in ("raw", "float32", "int8"))
    example = (
        torch.ones((1, TOKENS), dtype=torch.int64),
        torch.ones((1, TOKENS), dtype=torch.int64),
    )
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        try:
            torch.onnx.export(
                model, example, raw, dynamo=False, opset_version=_OPSET,
                input_names=["input_ids", "attention_mask"], output_names=["hidden"],
            )  # fmt: skip
            fused = optimizer.optimize_model(
                str(raw), model_type="bert", num_heads=12, hidden_size=768, only_onnxruntime=False
            )
            fused.save_model_to_file(str(float32))
            quantization.quantize_dynamic(
                str(float32),
                str(int8),
                weight_type=quantization.QuantType.QInt8,
                extra_options={"DefaultTensorType": onnx.TensorProto.FLOAT},
            )
        finally:
            logging.disable(logging.NOTSET)
    return {"float32": float32, "int8": int8}


def bert_runner(path: Path) -> Callable[[], object]:
    """A call that runs one text of 256 tokens on one thread."""
    session = session_of(path)
    ids = np.random.default_rng(0).integers(1_000, 30_000, (1, TOKENS), dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids)}
    return lambda: session.run(None, feed)
