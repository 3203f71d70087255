"""Core ML packages as a library opens them: by content, checked, and computed by the reference."""

from __future__ import annotations

import json
import random
import shutil
import struct
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from agreement import check_answers_of_two
from artifacts import Store
from commands import call_command
from neurolite_core.artifact.formats import mlpackage
from neurolite_core.artifact.package import Package, read_content
from neurolite_core.artifact.seal import Seal
from neurolite_core.ground.errors import ArtifactError, InputError, MissingDependencyError
from neurolite_runtimes import coreml_session, open_artifact, run
from neurolite_runtimes.coreml_reference.blobs import read_blob
from neurolite_runtimes.coreml_reference.evaluator import Evaluator
from neurolite_runtimes.coreml_reference.model import CoreMLModel, read_model
from neurolite_runtimes.coreml_reference.wire import decode
from neurolite_runtimes.coreml_session import CoreMLSession

SPECIFICATION = "Data/com.apple.CoreML/model.mlmodel"
WEIGHTS = "Data/com.apple.CoreML/weights/weight.bin"
SOURCE = Path("model.mlpackage")


@pytest.fixture(scope="module")
def path(exported: Store) -> Path:
    return exported("coreml", "two", "float32").path


@pytest.fixture(scope="module")
def package(path: Path) -> Package:
    content = read_content(path, 2**29)
    assert isinstance(content, Package)
    return content


@pytest.fixture(scope="module")
def model(package: Package) -> CoreMLModel:
    return read_model(package)


def changed(package: Package, **files: bytes | None) -> Package:
    names = {"specification": SPECIFICATION, "weights": WEIGHTS, "manifest": "Manifest.json"}
    new = {names[key]: data for key, data in files.items()}
    return Package({k: v for k, v in (dict(package.files) | new).items() if v is not None})


@torch.no_grad()
def test_answers_as_the_reference_model_and_says_what_computed_them(
    path: Path, tmp_path: Path
) -> None:
    anonymous = tmp_path / "no-name"
    shutil.copytree(path, anonymous)
    session = open_artifact(anonymous)
    check_answers_of_two(session)
    assert session.is_reference
    assert session.runtime == "Core ML reference evaluator (numpy), not Core ML"


def test_shapes_that_are_not_listed_are_refused(model: CoreMLModel) -> None:
    evaluator = Evaluator(model)
    for wrong in (np.zeros((1, 65), np.int32), np.zeros((1, 64), np.int64)):
        with pytest.raises(InputError, match=r"must be int32 of one of .*\(1, 64\)"):
            evaluator.run({"bytes": wrong})
    with pytest.raises(InputError, match="bytes is missing"):
        evaluator.run({})


def test_a_package_runs_from_the_command_line(path: Path, tmp_path: Path) -> None:
    done = call_command("neurolite-run", path, "Book a table", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    assert b"not Core ML" in done.stderr
    assert json.loads(done.stdout)["words"] == 3


def _cut(package: Package) -> Package:
    return changed(package, specification=package.files[SPECIFICATION][:-7])


def _short_weights(package: Package) -> Package:
    return changed(package, weights=package.files[WEIGHTS][:-64])


def _other_weights(package: Package) -> Package:
    return changed(package, weights=struct.pack("<II", 0, 1) + package.files[WEIGHTS][8:])


def _unknown_operation(package: Package) -> Package:
    data = package.files[SPECIFICATION].replace(b"\x0a\x0alayer_norm", b"\x0a\x0alater_norm")
    return changed(package, specification=data)


def _other_program(package: Package) -> Package:
    data = package.files[SPECIFICATION].replace(b"CoreML7", b"CoreML8")
    return changed(package, specification=data)


def _foreign(package: Package) -> Package:
    data = package.files[SPECIFICATION].replace(b"\x0a\x09neurolite\x12", b"\x0a\x09something\x12")
    return changed(package, specification=data)


def _newer(package: Package) -> Package:
    data = package.files[SPECIFICATION]
    assert b'"schema_version":2' in data
    return changed(
        package, specification=data.replace(b'"schema_version":2', b'"schema_version":3')
    )


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (_cut, "cut off or damaged"),
        (lambda package: changed(package, specification=None), "names a model .* missing"),
        (lambda package: changed(package, specification=b""), "not an ML program"),
        (lambda package: changed(package, manifest=b'{"com.apple.CoreML":1}'), "Manifest.json"),
        (lambda package: changed(package, weights=None), "not in the package"),
        (_short_weights, "outside"),
        (_other_weights, "version 2 of MIL's blob storage"),
        (_unknown_operation, "operation 'later_norm', which the reference does not know"),
        (_other_program, "CoreML8"),
        (_foreign, "NeuroLite did not make it"),
        (_newer, "schema_version 3"),
    ],
)
def test_damaged_and_foreign_packages(
    package: Package, spoil: Callable[[Package], Package], message: str, tmp_path: Path
) -> None:
    folder = tmp_path / "x.mlpackage"
    for name, data in spoil(package).files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    with pytest.raises(ArtifactError, match=message):
        open_artifact(folder, unsealed=True)


def test_no_changed_package_is_opened(package: Package, path: Path) -> None:
    assert mlpackage.seal_of(package) is Seal.WHOLE
    rng = random.Random(4)
    for number in range(300):
        name = rng.choice(sorted(package.files))
        data = bytearray(package.files[name])
        at = rng.randrange(len(data))
        if number % 3:
            data[at] ^= 1 << rng.randrange(8)
        else:
            del data[at:]
        with pytest.raises(ArtifactError):
            CoreMLSession(Package({**package.files, name: bytes(data)}), path)
    for files in ({**package.files, "more": b""}, dict(list(package.files.items())[:-1])):
        with pytest.raises(ArtifactError):
            CoreMLSession(Package(files), path)


def test_any_damage_is_an_error_or_an_answer_but_no_crash(package: Package) -> None:
    rng = random.Random(3)
    row = np.frombuffer(b"book a table".ljust(64, b"\0"), np.uint8)[None]
    original = package.files[SPECIFICATION]
    refused = 0
    for _ in range(120):
        data = bytearray(original)
        for _ in range(rng.randint(1, 3)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        if rng.random() < 0.2:
            del data[rng.randrange(len(data)) :]
        try:
            CoreMLSession(changed(package, specification=bytes(data)), SOURCE).run_bytes(row)
        except (ArtifactError, InputError):
            refused += 1
    assert refused > 60  # the others changed names, weights or texts


def test_blobs_are_read_within_their_file(package: Package) -> None:
    data = package.files[WEIGHTS]
    with pytest.raises(ArtifactError, match="outside"):
        read_blob(data, len(data) - 63, np.dtype(np.float32), 1)
    with pytest.raises(ArtifactError, match="outside"):
        read_blob(data, -64, np.dtype(np.float32), 1)
    with pytest.raises(ArtifactError, match="not 3 values of float16"):
        read_blob(data, 64, np.dtype(np.float16), 3)
    values = np.arange(3, dtype=np.float16).tobytes()
    entry = struct.pack("<IIQQ", 0xDEADBEEF, 1, 6, 128).ljust(64, b"\0")
    made = struct.pack("<II", 1, 2).ljust(64, b"\0") + entry + values
    assert read_blob(made, 64, np.dtype(np.float16), 3).tolist() == [0, 1, 2]
    with pytest.raises(ArtifactError, match="ends outside"):
        read_blob(made[:-1], 64, np.dtype(np.float16), 3)


def test_reading_agrees_with_protobuf(package: Package, model: CoreMLModel) -> None:
    from coremltools.proto import Model_pb2

    official = Model_pb2.Model.FromString(package.files[SPECIFICATION])
    block = official.mlProgram.functions["main"].block_specializations["CoreML7"]
    assert [item.type for item in model.operations] == [item.type for item in block.operations]
    assert model.version == official.specificationVersion == 8
    assert model.user == dict(official.description.metadata.userDefined)
    for own, theirs in zip(model.operations, block.operations, strict=True):
        assert [name for name, _ in own.outputs] == [item.name for item in theirs.outputs]
        if own.type == "const" and isinstance(own.inputs["val"], np.ndarray):
            stored = theirs.attributes["val"].immediateValue.tensor
            if stored.floats.values:
                assert own.inputs["val"].ravel().tolist() == list(stored.floats.values)
            if stored.ints.values:
                assert own.inputs["val"].ravel().tolist() == list(stored.ints.values)


def test_deep_nesting_is_refused() -> None:
    data = b""
    for level in range(200):  # a block in an operation in a block ...
        length = len(data)
        size = bytes([length]) if length < 128 else bytes([length & 127 | 128, length >> 7])
        data = (b"\x1a" if level % 2 else b"\x22") + size + data
    with pytest.raises(ArtifactError, match="nested too deeply"):
        decode(data, "Block")


class _FakeMLModel:
    """What CoreMLSession needs of coremltools, computed by the reference."""

    def __init__(self, path: str, compute_units: str) -> None:
        assert compute_units == "cpu"
        assert path.endswith(".mlpackage")
        content = read_content(Path(path), 2**29)
        assert isinstance(content, Package)
        self._inner = Evaluator(read_model(content))

    def predict(self, feeds: dict[str, NDArray[np.int32]]) -> Mapping[str, object]:
        return self._inner.run(feeds)


def test_on_macos_core_ml_itself_is_called(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = ModuleType("coremltools")
    fake.__dict__.update(
        models=SimpleNamespace(MLModel=_FakeMLModel),
        ComputeUnit=SimpleNamespace(CPU_ONLY="cpu"),
        __version__="9.0",
    )
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(coreml_session, "require", lambda module, extra: fake)
    session = CoreMLSession(package, SOURCE)
    assert not session.is_reference
    assert session.runtime == "Core ML, CPU only, by coremltools 9.0"
    monkeypatch.undo()
    reference = CoreMLSession(package, SOURCE)
    for name, values in run(reference, ["book a table"]).values.items():
        assert np.array_equal(values, run(session, ["book a table"]).values[name])


def test_on_macos_a_missing_coremltools_is_named(
    package: Package, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setitem(sys.modules, "coremltools", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'neurolite\[coreml\]'"):
        CoreMLSession(package, SOURCE)


def test_empty_tensors_are_refused_as_core_ml_does(model: CoreMLModel) -> None:
    wide = replace(
        model,
        inputs=(replace(model.inputs[0], shapes=((1, 64), (1, 0))),),
    )
    with pytest.raises(ArtifactError, match=r"\(1, 0\)"):
        Evaluator(wide).run({"bytes": np.zeros((1, 0), np.int32)})


def test_other_inputs_than_the_metadata_says_are_refused(package: Package) -> None:
    data = package.files[SPECIFICATION]
    old = b'"num_bytes":192'
    assert old in data
    with pytest.raises(ArtifactError, match="not what its metadata says"):
        CoreMLSession(
            changed(package, specification=data.replace(old, b'"num_bytes":193')),
            SOURCE,
            unsealed=True,
        )


def test_manifest_is_what_core_ml_expects(package: Package) -> None:
    manifest = json.loads(package.files["Manifest.json"])
    entries = manifest["itemInfoEntries"]
    paths = {entry["path"] for entry in entries.values()}
    assert paths == {"com.apple.CoreML/model.mlmodel", "com.apple.CoreML/weights"}
    assert entries[manifest["rootModelIdentifier"]]["name"] == "model.mlmodel"
