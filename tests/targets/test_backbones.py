"""Every backbone in every target: equal indices, near answers; and those that the target c refuses."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import onnx
import pytest
import torch

from agreement import measure, measure_ungated
from artifacts import SOURCES, Store
from backbones import ONE, OTHER_FORMS
from neurolite_bench.parity import TOLERANCES
from neurolite_core.artifact.package import Content, single_file
from neurolite_core.ground.errors import UnsupportedError
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.target import ExportJob
from neurolite_export.targets import EVERY_PART, TARGETS
from neurolite_export.targets.litert.model import Op, code_of
from neurolite_export.targets.litert.model import read_model as litert_model
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model
from texts import generated_texts

if TYPE_CHECKING:
    from neurolite_export.targets.executorch.inspect import Program

TEXTS: Final = [each for each in generated_texts(120, seed=71) if len(each) <= ONE.max_bytes][:60]
LONG: Final = [b" ".join(TEXTS[place : place + 4]) for place in range(0, 40, 4)]
OTHERS: Final = tuple(name for name in BACKBONES if name != "mixer")  # which all other tests have
IN_C: Final = ("hypermixer", "ssm", "liquid", "reservoir")
IN_C_SQNR: Final = {"hypermixer": 20.0}
FLOATS: Final = 1e-4  # the largest difference in float32
# Weights that are computed, times what they are computed of: both are rounded. Spikes that what is rounded makes or
# unmakes. Of random weights; dB.
OWN_SQNR: Final = {"hypermixer": 24.0, "spiking": 22.0}
SHARING: Final = (
    "onnx",
    "litert",
)  # targets whose precisions share a conversion, which is most of an export
# Backbones whose ExecuTorch file has exits: how any is cut into methods ``executorch/test_stages.py`` has.
STAGED: Final = ("ssm",)


def source_and_texts(name: str, target: str) -> tuple[str, list[bytes]]:
    """Two layers with an exit between them where that is another graph or file; a layer where all are computed anyway.

    ONNX has one graph for all lengths, and is held to those of two buckets.
    """
    if target == "onnx":
        return f"exits-{name}-two", [*TEXTS, *LONG]
    if target == "litert" or (target == "executorch" and name in STAGED):
        return f"exits-{name}", TEXTS
    return f"backbone-{name}", TEXTS


@pytest.mark.parametrize(
    ("target", "name", "precision"),
    [
        (target, name, precision)  # one behind the other, as some share a conversion
        for target in EVERY_PART
        for name in OTHERS
        for precision in ("float32", "int8")
        if precision == "float32" or target in SHARING or name in OWN_SQNR
    ],
)
def test_a_whole_file_agrees(exported: Store, target: str, name: str, precision: str) -> None:
    """Beside the reference; in ONNX and LiteRT with an exit, and in ONNX some texts are of 40 words.

    Where int8 is a conversion of its own, it is tried of what rounding moves most; the others' products are the same.
    """
    if precision == "float32":
        check_float32(exported, target, name)
    else:
        check_int8(exported, target, name)


def check_float32(exported: Store, target: str, name: str) -> None:
    """Through every gate of an export."""
    source, texts = source_and_texts(name, target)
    report = measure(exported, target, source, "float32", texts)
    assert report.indices_different == 0
    assert report.other_depth == (0 if source.startswith("exits-") else None)
    assert report.indices > 1_000
    assert report.max_abs_error <= FLOATS
    assert set(exported(target, source, "float32").built.contents.products) == {"float32"}


def check_int8(exported: Store, target: str, name: str) -> None:
    """Through the gates; or without, where the float32 file's conversion is taken: its exits are too close calls."""
    if target in SHARING:
        source, texts = source_and_texts(name, target)
        report, contents = measure_ungated(exported, target, source, "int8", texts)
        assert report.other_depth is not None
        assert report.other_depth <= len(texts) // 10
    else:
        report = measure(exported, target, f"backbone-{name}", "int8", TEXTS)
        contents = exported(target, f"backbone-{name}", "int8").built.contents
    assert report.indices_different == 0
    assert report.indices > 1_000
    assert report.sqnr_db >= min(
        TOLERANCES[target, "int8"].min_sqnr_db, OWN_SQNR.get(name, math.inf)
    )
    assert set(contents.products) <= {"int8", "int8 weights"}
    assert contents.weight_values["int8"] > 20 * contents.weight_values.get("float32", 0)


@pytest.mark.parametrize("name", OTHERS)
def test_the_later_layer_stands_behind_a_condition(exported: Store, name: str) -> None:
    """Where a format has conditions."""
    graph = onnx.load_from_string(single_file(_float32(exported, "onnx", name))).graph
    assert [node.op_type for node in graph.node].count("If") == 1
    model = litert_model(single_file(_float32(exported, "litert", name)))
    kinds = [[code_of(model, each) for each in part.operators] for part in model.subgraphs]
    assert [own.count(Op.IF) for own in kinds] == [1, 0, 0]


@pytest.mark.parametrize("name", STAGED)
def test_the_later_layer_is_a_method(exported: Store, name: str) -> None:
    program = _program(single_file(_float32(exported, "executorch", name)))
    for method in ("forward", "forward_layer_2"):
        assert program.plan(method).delegates


def _program(content: bytes) -> Program:
    TARGETS["executorch"].load()  # quietly
    from neurolite_export.targets.executorch.inspect import read_program

    return read_program(content)


def _float32(exported: Store, target: str, name: str) -> Content:
    return exported(target, source_and_texts(name, target)[0], "float32").built.content


@pytest.mark.parametrize("name", [name for name in IN_C if name != "ssm"])
def test_c_agrees_in_whole_numbers(exported: Store, name: str) -> None:
    """Through the gates of an export; of random weights HyperMixer's answers move most with what is rounded."""
    built = exported("c", f"backbone-{name}", "int8").built
    report = measure(exported, "c", f"backbone-{name}", "int8", TEXTS)
    assert report.indices_different == 0
    assert report.sqnr_db >= min(TOLERANCES["c", "int8"].min_sqnr_db, IN_C_SQNR.get(name, math.inf))
    assert built.contents.products["int8"] >= 3


@pytest.mark.parametrize("name", sorted(OTHER_FORMS))
def test_other_forms_agree_in_c(exported: Store, name: str) -> None:
    """Of random weights with five labels, which are close calls: the answers' numbers, not which is the greatest."""
    source = f"backbone-{name}"
    content = exported.ungated("c", source, "int8").read_bytes()
    reference, network = NlmEvaluator(read_model(content, source)), SOURCES[source]().network
    found = np.concatenate([reference.run(text)["logits"] for text in TEXTS])
    with torch.no_grad():
        wanted = np.concatenate([network([text])["logits"].numpy() for text in TEXTS])
    error = np.square(found - wanted).mean()
    assert 10 * np.log10(np.square(wanted).mean() / error) >= 22.0


@pytest.mark.parametrize("name", [name for name in OTHERS if name not in IN_C])
def test_c_refuses_by_name_what_it_cannot_compute(name: str) -> None:
    source, target = SOURCES[f"backbone-{name}"](), TARGETS["c"].load()
    kind = type(source.network.model.backbone).__name__
    job = ExportJob(source.network, metadata_of(source, target, "int8"), built_in_probes())
    with pytest.raises(UnsupportedError, match=f"The target c cannot compute {kind}"):
        target.build(job)
