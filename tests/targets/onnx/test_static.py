"""Files of one fixed shape: nothing but plain operators, and the same answers in engines that are not ONNX Runtime."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import onnxruntime
import openvino
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper
from onnx.reference import ReferenceEvaluator

from artifacts import ONE, SOURCES, TWO, Store
from commands import call_command
from neurolite_core.artifact.buckets import Bucket, padded
from neurolite_core.ground.errors import InputError
from neurolite_core.network.state_spec import initial_state
from neurolite_core.text.words import truncate
from neurolite_export.exporting import Exported, export, metadata_of
from neurolite_export.limits import bucket_of, limited
from neurolite_export.probes import built_in_probes
from neurolite_export.target import ExportJob
from neurolite_export.targets.onnx.static_target import StaticOnnxTarget
from neurolite_export.targets.onnx.target import OnnxTarget
from neurolite_runtimes.onnx_session import STANDARD
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import run
from texts import generated_texts

Outputs = Mapping[str, NDArray[Any]]

NUM_BYTES: Final = 128  # of the models that read 192
TEXTS: Final = (
    *generated_texts(40, seed=7),
    b"",
    b"please book a table for two at eight",
    b"a " * 60,
)
# What every engine that was tried has, and whose output has a shape that is known before it runs.
PLAIN: Final = frozenset(
    [
        "Abs",
        "Add",
        "Cast",
        "Clip",
        "Concat",
        "DequantizeLinear",
        "Div",
        "Floor",
        "Gather",
        "Gemm",
        "LayerNormalization",
        "MatMul",
        "Max",
        "Min",
        "Mul",
        "Pad",
        "QuantizeLinear",
        "ReduceL2",
        "ReduceMax",
        "ReduceMean",
        "ReduceSum",
        "Relu",
        "Reshape",
        "Sigmoid",
        "Slice",
        "Softmax",
        "Sqrt",
        "Sub",
        "Transpose",
        "Unsqueeze",
    ]
)
KINDS: Final = ("two", "packed", "wide", "remembering", "experts", "rules", "finding")
# OpenVINO takes bfloat16 for float32 on processors that have it, in which no hash can be computed.
EXACT: Final = {"INFERENCE_PRECISION_HINT": "f32"}


def built(kind: str, precision: str, num_bytes: int | None = None) -> bytes:
    """A file without its gates."""
    source = SOURCES[kind]()
    target = StaticOnnxTarget(num_bytes or min(NUM_BYTES, source.network.config.max_bytes))
    metadata = metadata_of(source, target, precision)
    network = limited(source.network, metadata.buckets)
    return target.build(ExportJob(network, metadata, built_in_probes()))


@pytest.fixture(scope="module")
def files(exported: Store) -> Callable[[str, str], bytes]:
    def file(kind: str, precision: str) -> bytes:
        path = exported.folder / f"static-{kind}-{precision}.onnx"
        with exported.locked(path.name):
            if not path.exists():
                path.write_bytes(built(kind, precision))
        return path.read_bytes()

    return file


# --- What is in them -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "precision"), [*((kind, "float32") for kind in KINDS), ("two", "int8")]
)
def test_nothing_but_plain_operators_on_shapes_that_are_numbers(
    files: Callable[[str, str], bytes], kind: str, precision: str
) -> None:
    model = onnx.load_model_from_string(files(kind, precision))
    assert not model.functions
    assert [(item.domain, item.version) for item in model.opset_import] == [("", 17)]
    assert {node.op_type for node in model.graph.node} <= PLAIN
    constants = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    pads = [node for node in model.graph.node if node.op_type == "Pad"]
    assert pads
    assert all((constants[node.input[1]] >= 0).all() for node in pads)
    inferred = onnx.shape_inference.infer_shapes(model, strict_mode=True, data_prop=True).graph
    known = [*inferred.input, *inferred.output, *inferred.value_info]
    assert {name for node in inferred.node for name in node.output} <= {v.name for v in known}
    for value in known:
        kind_of = value.type.tensor_type
        assert all(item.HasField("dim_value") for item in kind_of.shape.dim), value.name
        # OpenVINO computes int64 in 32 bits: of the ordinary file's 2^32 it makes 2^31 - 1.
        assert kind_of.elem_type != TensorProto.INT64, value.name


def test_equal_jobs_give_equal_bytes(files: Callable[[str, str], bytes]) -> None:
    assert built("two", "int8") == files("two", "int8")


# --- What other engines make of them ---------------------------------------------------------------


def inputs_of(content: bytes, texts: tuple[bytes, ...]) -> list[dict[str, NDArray[Any]]]:
    """Each text as a new conversation."""
    (name, *kept) = (item.name for item in onnx.load_model_from_string(content).graph.input)
    graph = onnx.load_model_from_string(content).graph
    size = graph.input[0].type.tensor_type.shape.dim[1].dim_value
    state = {
        item.name: np.zeros(
            [dim.dim_value for dim in item.type.tensor_type.shape.dim],
            onnx.helper.tensor_dtype_to_np_dtype(item.type.tensor_type.elem_type),
        )
        for item in graph.input
        if item.name in kept
    }
    bucket = Bucket(size, 1)
    rows = (np.frombuffer(truncate(text, size)[0], np.uint8) for text in texts)
    return [{name: padded(row, bucket), **state} for row in rows]


def by_onnxruntime(content: bytes) -> list[Outputs]:
    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    names = [item.name for item in session.get_outputs()]
    return [
        dict(zip(names, session.run(names, feed), strict=True))
        for feed in inputs_of(content, TEXTS)
    ]


def by_openvino(content: bytes) -> list[Outputs]:
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(content), "CPU", EXACT)
    names = [item.name for item in onnx.load_model_from_string(content).graph.output]
    found: list[Outputs] = []
    for feed in inputs_of(content, TEXTS):
        values = compiled(feed)
        found.append({name: np.array(values[name]) for name in names})
    return found


def by_reference(content: bytes) -> list[Outputs]:
    model = onnx.load_model_from_string(content)
    names = [item.name for item in model.graph.output]
    evaluator = ReferenceEvaluator(model)
    return [
        {
            name: np.asarray(value)
            for name, value in zip(names, evaluator.run(names, feed), strict=True)
        }
        for feed in inputs_of(content, TEXTS)
    ]


@pytest.mark.filterwarnings("ignore:overflow")  # in the evaluator's sigmoid
@pytest.mark.parametrize("engine", [by_openvino, by_reference])
@pytest.mark.parametrize("kind", KINDS)
def test_float32_is_the_same_in_other_engines(
    files: Callable[[str, str], bytes], kind: str, engine: Callable[[bytes], list[Outputs]]
) -> None:
    content = files(kind, "float32")
    for expected, found in zip(by_onnxruntime(content), engine(content), strict=True):
        assert expected.keys() == found.keys()
        for name, values in expected.items():
            np.testing.assert_allclose(found[name], values, atol=2e-5, rtol=0, err_msg=name)
            if values.dtype == np.int32:
                assert np.array_equal(found[name], values), name


def test_int8_is_nearly_the_same_in_openvino(files: Callable[[str, str], bytes]) -> None:
    """Engines round a product's half to either side, which moves a logit by a step."""
    content = files("two", "int8")
    pairs = list(zip(by_onnxruntime(content), by_openvino(content), strict=True))
    for expected, found in pairs:
        assert np.array_equal(expected["words"], found["words"])
        assert np.abs(expected["logits"] - found["logits"]).max() < 0.05
    tops = [(a["logits"].argmax(), b["logits"].argmax()) for a, b in pairs]
    assert sum(one == other for one, other in tops) >= len(tops) - 1


# --- What the project makes of them ----------------------------------------------------------------


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Exported]:
    folder = tmp_path_factory.mktemp("static")
    source, target = SOURCES["two"](), StaticOnnxTarget(NUM_BYTES)
    probes = built_in_probes()
    done = {"ordinary": export(source, OnnxTarget(), "float32", folder, probes)}
    return done | {p: export(source, target, p, folder, probes) for p in target.precisions}


def test_it_passes_the_gates_beside_the_ordinary_file(three: Mapping[str, Exported]) -> None:
    assert [item.path.name for item in three.values()] == [
        "neurolite-two-float32.onnx",
        f"neurolite-two-float32-static-{NUM_BYTES}.onnx",
        f"neurolite-two-int8-static-{NUM_BYTES}.onnx",
    ]
    assert all(item.path.is_file() for item in three.values())
    assert three["float32"].built.parity.indices_different == 0
    assert set(three["int8"].built.contents.products) == {"int8"}
    certificate = three["ordinary"].certificate.read_text()
    assert all(item.path.name in certificate for item in three.values())
    ids = {item.built.metadata.model_id for item in three.values()}
    assert len(ids) == 1  # vectors of all of them compare


def test_the_session_cuts_texts_where_the_metadata_says(three: Mapping[str, Exported]) -> None:
    static, ordinary = (open_artifact(three[name].path) for name in ("float32", "ordinary"))
    assert (static.metadata.max_bytes, static.metadata.max_words) == (NUM_BYTES, NUM_BYTES // 4)
    assert STANDARD in static.runtime
    short = [text for text in TEXTS if len(text) <= NUM_BYTES]
    expected, found = run(ordinary, short), run(static, short)
    fits = expected.words <= static.metadata.max_words
    assert fits.sum() > 20
    np.testing.assert_allclose(
        found.values["logits"][fits], expected.values["logits"][fits], atol=1e-5
    )
    assert np.array_equal(found.words, expected.words)
    words = ["w" * (1 + place % 3) for place in range(40)]
    long = run(static, [" ".join(words), "x " * 300, "short"])
    assert long.truncated.tolist() == [True, True, False]
    cut = run(ordinary, [" ".join(words[: static.metadata.max_words])])
    np.testing.assert_allclose(long.values["logits"][:1], cut.values["logits"], atol=1e-5)


def test_a_state_goes_on(files: Callable[[str, str], bytes], tmp_path: Path) -> None:
    path = tmp_path / "remembering.onnx"
    path.write_bytes(files("remembering", "float32"))
    session, network = open_artifact(path), SOURCES["remembering"]().network
    state = None
    kept = initial_state(network.state_specs, 1)
    for text in ("good morning", "book a table", "and a taxi"):
        found = run(session, [text], state=state)
        with torch.no_grad():
            given = [torch.from_numpy(kept[spec.name]) for spec in network.state_specs]
            expected = network.network(*network.features([text]), state=given)
        np.testing.assert_allclose(found.values["logits"], expected["logits"].numpy(), atol=1e-4)
        state = found.state
        kept = {spec.name: expected[spec.next_name].numpy() for spec in network.state_specs}


# --- What cannot be had ----------------------------------------------------------------------------


@pytest.mark.parametrize("num_bytes", [0, -64, 63, 100, 256])
def test_shapes_that_no_file_has(num_bytes: int) -> None:
    with pytest.raises(InputError, match=f"--static is {num_bytes}; .* from 64 to 192"):
        bucket_of(TWO, num_bytes)


def test_a_model_that_fits_is_its_own_reference() -> None:
    network = SOURCES["one"]().network
    assert limited(network, ()) is network
    assert limited(network, (bucket_of(ONE, 64),)) is network


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--static", "100"], "--static is 100; give bytes in steps of 64"),
        (["--static", "256", "--target", "litert"], "--static is about --target onnx"),
        (["--static", "256", "--input", "string"], "Leave one of them out"),
    ],
)
def test_the_command_says_what_it_cannot_do(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    done = call_command("neurolite-export", "--size", "tiny", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in " ".join(done.stderr.decode().split())
    assert b"Traceback" not in done.stderr
    assert not list(tmp_path.glob("*.onnx"))
