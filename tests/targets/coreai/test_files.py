"""Core AI exports: reproducible, complete for an app, and in the types that they claim."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from artifacts import Store
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.artifact.package import Package
from neurolite_core.artifact.seal import SEAL_KEY
from neurolite_core.ground.errors import ArtifactError
from neurolite_export.built import Built
from neurolite_export.targets import TARGETS
from texts import ROOT

BUILD = """
import pathlib, sys
from artifacts import Store
print(Store(pathlib.Path(sys.argv[1]))("coreai", "one", "int8").built.sha256)
"""


def files_of(done: Built) -> dict[str, bytes]:
    assert isinstance(done.content, Package)
    return dict(done.content.files)


def test_equal_jobs_give_equal_bytes_in_another_process(exported: Store, tmp_path: Path) -> None:
    first = exported("coreai", "one", "int8").built.sha256
    path = os.pathsep.join([str(ROOT / "tests"), *sys.path])
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", BUILD, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "77"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split()[-1] == first


def test_tiny_int8_is_small_and_has_a_function_for_each_bucket(exported: Store) -> None:
    built = exported("coreai", "tiny", "int8").built
    assert built.size_bytes <= 1_500_000
    assert built.measured_by.startswith("Core AI on ")
    contents = built.contents
    assert contents.products == {"int8 weights": 10}
    assert contents.weight_values["int8"] >= 0.99 * built.metadata.parameters
    assert contents.weight_values["float32"] < 5_000  # biases, norms, and scales of rows
    assert contents.hash_types == ("float32", "int32")
    assert contents.inputs[0].shape == (1, 4096)
    assert [port.name for port in contents.outputs] == ["logits", "embedding", "words", "indices"]
    assert contents.operations["blockwise_shift_scale"] == 10 * len(built.metadata.buckets)
    assert len(built.metadata.buckets) == 2


def test_float16_is_in_the_products_alone(exported: Store) -> None:
    built = exported("coreai", "one", "float16").built
    contents = built.contents
    assert contents.products == {"float16": contents.operations["conv2d"]}
    assert contents.hash_types == ("float32", "int32")
    assert contents.weight_values["float16"] >= 0.98 * built.metadata.parameters


def test_what_an_asset_says_of_itself(exported: Store) -> None:
    built = exported("coreai", "one", "int8").built
    files = files_of(built)
    assert set(files) == {"main.mlirb", "main.hash", "metadata.json"}
    assert files["main.hash"] == hashlib.sha256(files["main.mlirb"]).digest()
    facts = json.loads(files["metadata.json"])
    assert facts["author"] == "NeuroLite"
    assert facts["license"]
    assert facts["creationDate"] == "19800101T000000Z"
    assert facts["creatorDefinedMetadata"].keys() == {METADATA_KEY, SEAL_KEY}
    assert facts["creatorDefinedMetadata"][METADATA_KEY] == built.metadata.to_json()
    assert TARGETS["coreai"].load().metadata(built.content) == built.metadata.to_json()


def test_apples_package_reads_the_metadata_that_was_written_anew(
    exported: Store, tmp_path: Path
) -> None:
    from coreai.authoring import AIModelAsset

    done = exported("coreai", "one", "int8")
    facts: Any = AIModelAsset.load(done.path).metadata
    assert facts.creator_defined_metadata[METADATA_KEY] == done.built.metadata.to_json()
    assert facts.author == "NeuroLite"
    assert facts.creation_date == 315_532_800.0  # 1980, in UTC


def test_the_file_is_read_back_and_not_assumed(exported: Store) -> None:
    target = TARGETS["coreai"].load()
    with pytest.raises(ArtifactError, match="a Core AI asset is a folder"):
        target.inspect(b"\x08\x08")
    with pytest.raises(ArtifactError, match=r"lacks the file 'main\.hash'"):
        target.metadata(Package({"main.mlirb": b"ML\xefR", "metadata.json": b"{}"}))
    contents = target.inspect(exported("coreai", "two", "float32").built.content)
    assert contents.products == {"float32": contents.products["float32"]}
    assert contents.format_version == "Core AI asset 2.0, OS 27.0"


@torch.no_grad()
def test_half_products_are_what_a_product_in_float16_is() -> None:
    from neurolite_export.targets.coreai.narrow import HalfProducts

    torch.manual_seed(0)
    layer = nn.Linear(24, 10)
    x = torch.randn(2, 7, 24)
    half = nn.Linear(24, 10, dtype=torch.float16)
    half.load_state_dict(layer.state_dict())
    expected = functional.linear(x.half(), half.weight, half.bias).float()
    layer.weight = nn.Parameter(half.weight.detach().clone(), requires_grad=False)
    with HalfProducts():
        found = layer(x)
        untouched = functional.linear(x, torch.ones(3, 24))
    assert found.dtype == torch.float32
    assert found.shape == (2, 7, 10)
    assert float((found - expected).abs().max()) <= 2e-3  # sums in another order, a step of float16
    assert torch.equal(untouched, functional.linear(x, torch.ones(3, 24)))


@torch.no_grad()
def test_int8_weights_are_the_nearest_of_their_row() -> None:
    from neurolite_export.targets.coreai.narrow import narrow_products

    torch.manual_seed(0)
    layer, norm = nn.Linear(24, 10), nn.LayerNorm(10)
    layers = nn.Sequential(layer, norm)
    weight, others = layer.weight.detach().clone(), norm.weight
    narrow_products(layers, (torch.randn(3, 24),), "int8")
    found = layer.weight
    steps = weight.abs().amax(dim=1, keepdim=True) / 127
    assert float(((found - weight).abs() / steps).max()) <= 0.501
    assert norm.weight is others
    (stored,) = [each for each in layers.state_dict().values() if each.dtype == torch.int8]
    assert np.abs(stored.numpy()).max(axis=1).tolist() == [127] * 10
