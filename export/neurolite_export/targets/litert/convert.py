"""The reference model through litert-torch: one float32 signature for each bucket."""

from __future__ import annotations

import contextlib
import os
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from typing import Final

import torch

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.formats.tflite import signature_name
from neurolite_core.network.model import TextNetwork
from neurolite_export.conversions import Conversions, key_of
from neurolite_export.fixed_shape import FixedShapeNetwork
from neurolite_export.replacing import Lowering, with_replacements
from neurolite_export.targets.litert.modules import REPLACEMENTS
from neurolite_export.targets.litert.split_rows import splits_rows

_STDERR: Final = 2
_CONVERTED: Final = Conversions(4)


def convert(network: TextNetwork, buckets: Sequence[Bucket], outputs: tuple[str, ...]) -> bytes:
    """A flatbuffer with a subgraph and a signature per bucket, in their order.

    Args:
        network: the reference.
        buckets: smallest first.
        outputs: names of the network's outputs.

    Returns:
        the converter's file: unnamed inputs and outputs, those of ``FixedShapeNetwork`` in its order.
    """
    key = key_of(network, tuple(buckets), outputs, splits_rows(network))
    return _CONVERTED.get(key, lambda: _convert(network, buckets, outputs))


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
