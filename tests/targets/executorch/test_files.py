"""The ExecuTorch target: what its files hold, and that buckets and rewriting change no answer."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch

from artifacts import Store
from neurolite_core.artifact.buckets import Bucket, buckets_of
from neurolite_core.artifact.formats.table import require_whole
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import single_file
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import (
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    TextNetwork,
)
from neurolite_core.text.words import pack_texts
from neurolite_export.fixed_shape import FixedShapeNetwork
from neurolite_export.parity import measure_parity
from neurolite_export.probes import built_in_probes
from neurolite_export.target import ExportJob, Target
from neurolite_export.targets import TARGETS

ROW = TARGETS["executorch"]
SMALLEST = NeuroLiteConfig(
    table_size=128,
    projection_size=8,
    hidden_size=8,
    num_hashes=4,
    max_words=16,
    max_bytes=64,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=16),
)


@pytest.fixture(scope="module")
def target() -> Target:
    """Imported when it is first used: ExecuTorch takes 10 s, also of a worker that has none of its tests."""
    return ROW.load()


def job(network: TextNetwork, precision: str, name: str = "smallest") -> ExportJob:
    config = network.config
    metadata = ArtifactMetadata(
        task=network.task,
        labels=network.labels,
        threshold=network.threshold,
        max_words=config.max_words,
        max_bytes=config.max_bytes,
        num_hashes=config.num_hashes,
        table_size=config.table_size,
        embedding_size=config.hidden_size,
        parameters=sum(parameter.numel() for parameter in network.parameters()),
        target="executorch",
        precision=precision,
        name=name,
        weights="random",
        input_name="bytes",
        input_type="uint8",
        buckets=buckets_of(config.max_bytes, config.max_words),
        outputs=("logits", "embedding") if network.labels else ("embedding",),
        tools={},
    )
    return ExportJob(network, metadata, built_in_probes())


def test_tiny_int8_is_small_int8_and_taken_by_xnnpack(exported: Store) -> None:
    built = exported("executorch", "tiny", "int8").built
    assert built.size_bytes <= 1_500_000
    contents = built.contents
    assert contents.products == {"int8": 10}
    assert contents.weight_values["int8"] >= 0.99 * built.metadata.parameters
    assert contents.weight_values["float32"] < 1_000  # biases
    assert contents.hash_types == ("float32", "int32", "uint8")
    assert contents.inputs[0].shape == (1, 4096)
    assert [port.name for port in contents.outputs] == ["logits", "embedding", "words", "indices"]
    delegation = contents.delegation
    assert delegation is not None
    assert delegation.share > 0.95
    assert set(delegation.left) == {"aten::embedding", "dim_order_ops::_to_dim_order_copy"}


def test_metadata_is_read_back(exported: Store, target: Target) -> None:
    built = exported("executorch", "tiny", "int8").built
    text = target.metadata(built.content)
    assert text == built.metadata.to_json()
    sizes = [row["num_bytes"] for row in json.loads(text)["buckets"]]
    assert sizes == [64, 4096]


def test_equal_jobs_give_equal_bytes(exported: Store, tmp_path: Path) -> None:
    """In int8, which has all the steps of float32 and its own."""
    first = exported("executorch", "one", "int8").built
    assert Store(tmp_path)("executorch", "one", "int8").built.sha256 == first.sha256


def test_embeddings_and_max_pooling_fall_back_where_xnnpack_has_nothing(target: Target) -> None:
    torch.manual_seed(0)
    config = dataclasses.replace(SMALLEST, pooling="max", window=0)
    network = NeuroLiteForEmbedding(config).eval()
    content = target.build(job(network, "float32"))
    report = measure_parity(network, target.open(content), built_in_probes())
    assert report.indices_different == 0
    assert report.max_abs_error < 1e-5
    delegation = target.inspect(content).delegation
    assert delegation is not None
    assert delegation.left["aten::amax"] >= 1


@torch.no_grad()
@pytest.mark.parametrize("bucket", [Bucket(64, 16), Bucket(512, 128), Bucket(4096, 256)])
def test_the_rewritten_network_is_the_reference(bucket: Bucket) -> None:
    from neurolite_export.targets.executorch.network import network_for_xnnpack

    torch.manual_seed(0)
    network = NeuroLiteForClassification(NeuroLiteConfig.tiny()).eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    outputs = ("logits", "embedding")
    rewritten = network_for_xnnpack(network, bucket, outputs, "float32")
    reference = FixedShapeNetwork(network, bucket, outputs)
    for text in (b"", b"Book a table for 2, please!", "Größe 42".encode()):
        packed = torch.zeros((1, bucket.num_bytes), dtype=torch.uint8)
        packed[0, : len(text)] = torch.from_numpy(pack_texts([text]))[0, : len(text)]
        for found, expected in zip(rewritten(packed), reference(packed), strict=True):
            assert torch.allclose(found, expected, atol=1e-5)
    assert network.state_dict().keys() == before.keys()
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_what_is_no_file_of_ours_is_refused(exported: Store) -> None:
    content = single_file(exported("executorch", "tiny", "int8").built.content)
    for damaged in (content[:1000], content[:-1], b"\0" * 4 + b"ET12" + b"\0" * 100):
        with pytest.raises(ArtifactError, match="not exported by neurolite-export, or cut short"):
            require_whole(damaged, "executorch", "model.pte")
    changed = b"\0" + content[1:]
    with pytest.raises(ArtifactError, match="damaged, or changed since it was exported"):
        require_whole(changed, "executorch", "model.pte")
    assert not require_whole(changed, "executorch", "model.pte", unsealed=True)
