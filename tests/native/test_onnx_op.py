"""One file, three ways to hash: function body, native op, onnxruntime-extensions; and how a session chooses."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest

from commands import call_command, run_command
from neurolite_bench.measuring.hash_alone import NATIVE_KERNEL
from neurolite_bench.measuring.hash_share import kernel_of
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.text.words import pack_texts
from neurolite_export.probes import built_in_probes
from neurolite_export.targets.onnx.hash_model import hash_model
from neurolite_runtimes import open_artifact, run
from neurolite_runtimes.native_library import (
    FOLDER_VARIABLE,
    NativeLibrary,
    digest_path,
    library_path,
)
from neurolite_runtimes.onnx_extensions import bloom_hash
from neurolite_runtimes.onnx_session import (
    EXTENSIONS,
    FUNCTION_BODY,
    KERNEL_VARIABLE,
    NATIVE,
    OnnxSession,
)
from texts import generated_texts

needs_extensions = pytest.mark.skipif(
    importlib.util.find_spec("onnxruntime_extensions") is None,
    reason="onnxruntime-extensions absent: pip install 'neurolite[extensions]'",
)
TEXTS = [*built_in_probes().texts, *generated_texts(200, seed=9)]


def opened(path: Path, kernel: str | None = None) -> OnnxSession:
    return OnnxSession(path, kernel=kernel)


@pytest.mark.parametrize("kernel", [NATIVE, pytest.param(EXTENSIONS, marks=needs_extensions)])
def test_kernels_give_identical_answers(
    tiny_file: Path, native_in_use: NativeLibrary, kernel: str
) -> None:
    expected = run(opened(tiny_file, FUNCTION_BODY), TEXTS)
    found = run(opened(tiny_file, kernel), TEXTS)
    np.testing.assert_array_equal(found.words, expected.words)
    for name, values in expected.values.items():
        np.testing.assert_array_equal(found.values[name], values)


@pytest.mark.parametrize("kernel", [NATIVE, pytest.param(EXTENSIONS, marks=needs_extensions)])
def test_string_files_answer_like_byte_files(
    tiny_file: Path, string_file: Path, native_in_use: NativeLibrary, kernel: str
) -> None:
    texts = TEXTS if kernel == NATIVE else [text for text in TEXTS if is_utf8(text)]
    assert len(texts) > 200
    expected = run(opened(tiny_file, FUNCTION_BODY), texts)
    found = run(opened(string_file, kernel), texts)
    np.testing.assert_array_equal(found.words, expected.words)
    np.testing.assert_array_equal(found.truncated, expected.truncated)
    np.testing.assert_array_equal(found.values["logits"], expected.values["logits"])


def is_utf8(text: bytes) -> bool:
    try:
        text[:4096].decode()  # max_bytes of tiny
    except UnicodeDecodeError:
        return False
    return True


def test_string_op_takes_any_host_string(native_in_use: NativeLibrary, string_file: Path) -> None:
    options = onnxruntime.SessionOptions()
    options.register_custom_ops_library(str(native_in_use.path))
    session = onnxruntime.InferenceSession(
        str(string_file), options, providers=["CPUExecutionProvider"]
    )
    texts = ["hello world", "", "naïve 東京", "a much longer text than the others"]
    words = session.run(["words"], {"bytes": np.array(texts, dtype=object)})[0]
    assert words.tolist() == [2, 0, 3, 7]
    assert session.run(["words"], {"bytes": np.array([], dtype=object)})[0].tolist() == []


def test_the_native_kernel_really_runs(
    tiny_file: Path, native_in_use: NativeLibrary, tmp_path: Path
) -> None:
    def kinds(register: bool) -> set[str]:
        options = onnxruntime.SessionOptions()
        options.enable_profiling = True
        options.profile_file_prefix = str(tmp_path / f"profile-{register}")
        if register:
            options.register_custom_ops_library(str(native_in_use.path))
        session = onnxruntime.InferenceSession(
            str(tiny_file), options, providers=["CPUExecutionProvider"]
        )
        session.run(None, {"bytes": pack_texts([b"hello"])})
        events: list[dict[str, Any]] = json.loads(Path(session.end_profiling()).read_text())
        return {event["args"]["op_name"] for event in events if event["cat"] == "Node"}

    assert {"BloomHash", "RowSum"} <= kinds(True)
    assert "CumSum" not in kinds(True)
    assert not {"BloomHash", "RowSum"} & kinds(False)
    assert "CumSum" in kinds(False)


def test_a_session_finds_the_library_and_says_so(
    tiny_file: Path, native_in_use: NativeLibrary
) -> None:
    session = opened(tiny_file)
    assert session.kernel == NATIVE
    assert f"native ({native_in_use.instruction_set})" in session.runtime


def test_the_share_of_the_hash_is_that_of_the_op_in_use(
    tiny_file: Path, native_in_use: NativeLibrary
) -> None:
    assert kernel_of(open_artifact(tiny_file)) == NATIVE_KERNEL
    assert kernel_of(opened(tiny_file, FUNCTION_BODY)) == "onnx"


def test_without_a_library_the_body_runs(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    session = opened(tiny_file)
    assert session.kernel == FUNCTION_BODY
    assert session.runtime.endswith("hash by function body")
    with pytest.raises(InputError, match="neurolite-ops build"):
        opened(tiny_file, NATIVE)


def test_a_broken_library_is_said_and_not_fatal(
    tiny_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    library_path().write_bytes(b"\x7fELF, but no library")
    session = opened(tiny_file)
    assert session.kernel == FUNCTION_BODY
    assert "native not used" in session.runtime
    assert "neurolite-ops build" in session.runtime


@pytest.mark.parametrize("damage", ["cut", "zeros"])
def test_a_damaged_library_takes_no_command_down(
    damage: str,
    tiny_file: Path,
    library: NativeLibrary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loading the first ended the process by SIGBUS, and the first text of the second by SIGSEGV."""
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    shutil.copy(digest_path(library.path), tmp_path)
    content = library.path.read_bytes()
    middle = len(content) // 2
    damaged = (
        content[:5000]
        if damage == "cut"
        else content[:middle] + bytes(2048) + content[middle + 2048 :]
    )
    library_path().write_bytes(damaged)
    done = run_command("neurolite-run", tiny_file, "hi", cwd=tmp_path)
    assert done.returncode == 0
    assert json.loads(done.stdout)["words"] == 1
    assert done.stderr.count(b"\n") == 1
    assert b"is damaged" in done.stderr
    done = run_command("neurolite-ops", "status", cwd=tmp_path)
    assert done.returncode == 1
    assert b"is damaged" in done.stdout


def test_another_hash_version_is_said_and_not_fatal(
    tiny_file: Path, native_in_use: NativeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neurolite_runtimes.native_library.HASH_VERSION", 3)
    session = opened(tiny_file)
    assert session.kernel == FUNCTION_BODY
    assert "has hash version 2; this release uses 3" in session.runtime


def test_the_variable_chooses_and_is_checked(
    tiny_file: Path, native_in_use: NativeLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KERNEL_VARIABLE, FUNCTION_BODY)
    assert opened(tiny_file).kernel == FUNCTION_BODY
    monkeypatch.setenv(KERNEL_VARIABLE, "gpu")
    with pytest.raises(InputError, match=r"gpu.*auto, native"):
        opened(tiny_file)


def test_damaged_files_are_refused_with_the_library_too(
    tiny_file: Path, native_in_use: NativeLibrary, tmp_path: Path
) -> None:
    content = tiny_file.read_bytes()
    damaged = tmp_path / "damaged.onnx"
    damaged.write_bytes(content[: len(content) // 2] + b"BloomHash")
    with pytest.raises(ArtifactError, match="damaged"):
        OnnxSession(damaged)


def test_string_file_without_any_kernel_names_the_fix(
    string_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    monkeypatch.setitem(sys.modules, "onnxruntime_extensions", None)
    with pytest.raises(InputError, match="neurolite-ops build"):
        opened(string_file)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("hash_version", 1, "version 2 only"),
        ("num_hashes", 0, "1 to 64"),
        ("num_hashes", 65, "1 to 64"),
        ("table_size", -(2**63), "64 to 65536"),
        ("table_size", 65_537, "64 to 65536"),
        ("max_words", 2**31, "1 to 2147483647"),
    ],
)
def test_the_op_refuses_attributes_by_name(
    native_in_use: NativeLibrary, name: str, value: int, allowed: str
) -> None:
    model = onnx.load_model_from_string(hash_model(NeuroLiteConfig.tiny()))
    attribute = next(a for a in model.graph.node[0].attribute if a.name == name)
    attribute.i = value
    options = onnxruntime.SessionOptions()
    options.register_custom_ops_library(str(native_in_use.path))
    with pytest.raises(Exception, match=f"{name} is {value}; .*{allowed}"):
        onnxruntime.InferenceSession(
            model.SerializeToString(), options, providers=["CPUExecutionProvider"]
        )


def test_the_python_operator_refuses_another_version() -> None:
    with pytest.raises(InputError, match="hash_version is 1"):
        bloom_hash(
            np.zeros((1, 1), np.uint8), hash_version=1, num_hashes=1, table_size=64, max_words=1
        )


@needs_extensions
def test_extensions_refuse_strings_that_are_no_utf8(string_file: Path) -> None:
    session = opened(string_file, EXTENSIONS)
    with pytest.raises(InputError, match="not UTF-8"):
        run(session, [b"caf\xe9"])


@pytest.mark.parametrize("arguments", [["--verbose"], []])
def test_the_command_says_what_runs(
    tiny_file: Path, native_in_use: NativeLibrary, arguments: list[str]
) -> None:
    done = call_command("neurolite-run", tiny_file, "hi", *arguments, cwd=tiny_file.parent)
    assert done.returncode == 0
    assert json.loads(done.stdout)["words"] == 1
    assert (b"hash by native" in done.stderr) == bool(arguments)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--input", "tokens"], "--input is 'tokens'; choose one of: bytes, string."),
        (["--input", "string", "--target", "x"], "--target is 'x'; choose one of: onnx, all."),
    ],
)
def test_the_input_option_is_checked(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = call_command("neurolite-export", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.decode() == f"Error: {message}\n"


def test_string_files_by_the_command(tmp_path: Path) -> None:
    done = call_command("neurolite-export", "--input", "string", "--int8", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    path = tmp_path / "neurolite-intents-int8-string.onnx"
    assert onnx.load(path).graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.STRING
    assert "stock onnxruntime cannot" in done.stderr.decode().replace("\n", " ")
