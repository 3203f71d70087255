"""The hash without the network behind it, built for each runtime as its files are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_bench.sessions import session_of
from neurolite_core.artifact.buckets import Bucket, buckets_of, first_bucket, padded
from neurolite_core.ground.extras import require
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.words import pack_texts
from neurolite_runtimes.native_library import NativeLibrary, load_library

if TYPE_CHECKING:
    from torch import Tensor, nn

NATIVE_KERNEL: Final = "onnx, native op"
_Call = Callable[[], object]


def _onnx(config: NeuroLiteConfig, text: bytes) -> _Call:
    """The function body in onnxruntime; packing is inside, as the text's length is free."""
    return _in_onnxruntime(config, text, None)


def _onnx_native(config: NeuroLiteConfig, text: bytes) -> _Call:
    """The native op in onnxruntime."""
    return _in_onnxruntime(config, text, load_library())


def _in_onnxruntime(config: NeuroLiteConfig, text: bytes, library: NativeLibrary | None) -> _Call:
    from neurolite_export.targets.onnx.hash_model import hash_model

    require("onnx", extra="export")
    session = session_of(hash_model(config), library)
    return lambda: session.run(None, {"bytes": pack_texts([text])})


def _executorch(config: NeuroLiteConfig, text: bytes) -> _Call:
    bucket, packed = _in_bucket(config, text)
    return in_executorch(_module(config, bucket), packed)


def _litert(config: NeuroLiteConfig, text: bytes) -> _Call:
    bucket, packed = _in_bucket(config, text)
    return in_litert(_module(config, bucket), packed)


def in_executorch(module: nn.Module, packed: NDArray[np.uint8]) -> Callable[[], list[Any]]:
    """A module of bytes uint8 (1, T), lowered as our files are, on what ``packed`` holds whenever it is called.

    One thread, as the sessions of the same process have set it.
    """
    from neurolite_export.targets.executorch.lowering import lower

    torch = require("torch", extra="bench")
    library = require("executorch.extension.pybindings.portable_lib", extra="bench")
    with torch.no_grad():
        program = torch.export.export(module, (torch.from_numpy(packed),))
    content = lower({"forward": program}, {})
    loaded = library._load_for_executorch_from_buffer(content)

    def call() -> list[Any]:
        found: list[Any] = loaded.forward([torch.from_numpy(packed)])
        # The buffer must outlive the program that reads from it.
        return found if content else []

    return call


def in_litert(module: nn.Module, packed: NDArray[np.uint8]) -> Callable[[], list[Any]]:
    """The same, converted and rewritten as our LiteRT files are."""
    import litert_torch
    from ai_edge_litert.interpreter import Interpreter

    from neurolite_export.targets.litert.model import read_model, write_model
    from neurolite_export.targets.litert.rewrite import fold_constants, guard_aliases, split_clamps

    torch = require("torch", extra="bench")
    converted = litert_torch.convert(module, (torch.from_numpy(packed),))
    model = read_model(converted.model_content())
    fold_constants(model)
    split_clamps(model)
    guard_aliases(model)
    interpreter = Interpreter(model_content=write_model(model), num_threads=1)
    interpreter.allocate_tensors()
    place = interpreter.get_input_details()[0]["index"]
    outputs = [detail["index"] for detail in interpreter.get_output_details()]

    def call() -> list[Any]:
        interpreter.set_tensor(place, packed)
        interpreter.invoke()
        return [interpreter.get_tensor(number) for number in outputs]

    return call


def _in_bucket(config: NeuroLiteConfig, text: bytes) -> tuple[Bucket, NDArray[np.uint8]]:
    """The text's bucket, and the text padded to it, uint8 [1, T]."""
    buckets = buckets_of(config.max_bytes, config.max_words)
    bucket = buckets[first_bucket(buckets, len(text))]
    return bucket, padded(np.frombuffer(text, np.uint8), bucket)


def _module(config: NeuroLiteConfig, bucket: Bucket) -> nn.Module:
    from torch import nn

    from neurolite_core.network.features import graph_hash

    class HashAlone(nn.Module):
        """bytes uint8 (1, T) -> indices int32 (1, L, K), words (1)."""

        def __init__(self) -> None:
            super().__init__()
            self.hash = graph_hash(config)

        def forward(self, input_bytes: Tensor) -> tuple[Tensor, Tensor]:
            found: Any = self.hash.fixed(input_bytes, bucket.num_words)
            return found[0], found[1]

    return HashAlone().eval()


# Target, or kernel of a target -> what hashes a text alone, ready to be called again and again.
HASHES: Final[Mapping[str, Callable[[NeuroLiteConfig, bytes], _Call]]] = MappingProxyType(
    {"onnx": _onnx, NATIVE_KERNEL: _onnx_native, "executorch": _executorch, "litert": _litert}
)
