"""The reference model through litert-torch: one float32 signature for each bucket."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

import torch

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.formats.tflite import signature_name
from neurolite_core.network.model import TextNetwork
from neurolite_export.fixed_shape import FixedShapeNetwork
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.targets.litert.modules import REPLACEMENTS

_STDERR: Final = 2
_MOST_KEPT: Final = 4
# A conversion takes most of an export's time, and every precision starts from the same one.
_CONVERTED: Final[dict[str, bytes]] = {}


def convert(network: TextNetwork, buckets: Sequence[Bucket], outputs: tuple[str, ...]) -> bytes:
    """A flatbuffer with a subgraph and a signature per bucket, in their order.

    Args:
        network: the reference.
        buckets: smallest first.
        outputs: names of the network's outputs.

    Returns:
        the converter's file: unnamed inputs and outputs, those of ``FixedShapeNetwork`` in its order.
    """
    key = _key(network, buckets, outputs)
    if key not in _CONVERTED:
        while len(_CONVERTED) >= _MOST_KEPT:
            del _CONVERTED[next(iter(_CONVERTED))]
        _CONVERTED[key] = _convert(network, buckets, outputs)
    return _CONVERTED[key]


def _convert(network: TextNetwork, buckets: Sequence[Bucket], outputs: tuple[str, ...]) -> bytes:
    with _quiet():
        import litert_torch

        litert_torch.config.show_progress = False
        converter = litert_torch.Converter()
        for bucket in buckets:
            # Every precision starts from the float32 file.
            lowering = Lowering(bucket.num_words, "float32")
            replaced = with_replacements(network, REPLACEMENTS, lowering)
            module = FixedShapeNetwork(
                replaced, bucket, outputs, shows_effects=True, shows_exits=True
            ).eval()
            converter.add_signature(signature_name(bucket), module, module.example(torch.uint8))
        content: bytes = converter.convert().model_content()
    return content


def _key(network: TextNetwork, buckets: Sequence[Bucket], outputs: tuple[str, ...]) -> str:
    """A digest of all that decides the conversion, the weights included."""
    found = hashlib.sha256(repr((network.config, tuple(buckets), outputs)).encode())
    if network.rules is not None:
        found.update(network.rules.program.rules.text.encode())
    for name, value in network.state_dict().items():
        found.update(f"{name} {tuple(value.shape)}".encode())
        found.update(value.numpy().tobytes())
    return found.hexdigest()


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keeps what the converter and its imports say of their own insides from the terminal."""
    kept = os.dup(_STDERR)  # C++ writes there directly
    try:
        with warnings.catch_warnings(), tempfile.TemporaryFile() as nowhere:
            warnings.simplefilter("ignore")
            os.dup2(nowhere.fileno(), _STDERR)
            yield
    finally:
        os.dup2(kept, _STDERR)
        os.close(kept)
