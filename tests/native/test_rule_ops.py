"""RuleFacts and RuleEffects: body, native kernel and PyTorch give the same, and kernels refuse what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper

from artifacts import SOURCES
from native.op_session import op_session
from neurolite_core.network.rules import RulePath
from neurolite_export.rule_tables import effects_tables, facts_tables
from neurolite_export.targets.onnx.hash_function import DOMAIN
from neurolite_export.targets.onnx.rule_functions import (
    EFFECTS_INPUTS,
    FACTS_INPUTS,
    RULE_EFFECTS,
    RULE_FACTS,
    rule_effects_function,
    rule_facts_function,
)
from neurolite_export.targets.onnx.target import OPSET
from neurolite_runtimes.native_library import NativeLibrary
from rules_made import WORDS

Arrays = Mapping[str, NDArray[Any]]
NAMES = ("rules", "rules-two")
_KINDS = {np.dtype(np.int32): TensorProto.INT32, np.dtype(np.float32): TensorProto.FLOAT}


@cache
def rules_of(name: str) -> RulePath:
    rules = SOURCES[name]().network.rules
    assert rules is not None
    return rules


def texts(count: int) -> list[str]:
    rng = np.random.default_rng(5)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 14))) for _ in range(count)]


def session(
    kind: str,
    feeds: Arrays,
    function: onnx.FunctionProto,
    library: NativeLibrary | None,
    **attributes: int,
) -> Any:  # noqa: ANN401  # onnxruntime ships no types
    node = helper.make_node(kind, list(feeds), ["found"], domain=DOMAIN)
    node.attribute.extend(helper.make_attribute(key, value) for key, value in attributes.items())
    graph = helper.make_graph(
        [node],
        "rules",
        [
            helper.make_tensor_value_info(name, _KINDS[value.dtype], [None] * value.ndim)
            for name, value in feeds.items()
        ],
        [helper.make_tensor_value_info("found", TensorProto.FLOAT, None)],
    )
    return op_session(graph, function, library)


def of_facts(
    rules: RulePath, feeds: Arrays, library: NativeLibrary | None, depth: int | None = None
) -> NDArray[np.float32]:
    function = rule_facts_function(rules.program, OPSET, looks_inside=True)
    depth = rules.program.trie.depth if depth is None else depth
    found: NDArray[np.float32] = session(RULE_FACTS, feeds, function, library, depth=depth).run(
        None, feeds
    )[0]
    return found


def of_effects(
    rules: RulePath, feeds: Arrays, library: NativeLibrary | None
) -> NDArray[np.float32]:
    function = rule_effects_function(rules.effects, OPSET)
    several = int(rules.effects.several)
    found: NDArray[np.float32] = session(
        RULE_EFFECTS, feeds, function, library, several=several
    ).run(None, feeds)[0]
    return found


def facts_feeds(name: str, own: Sequence[str]) -> dict[str, NDArray[Any]]:
    indices, *_, starts = SOURCES[name]().network.features(own)
    hashed = {
        "indices": indices.numpy().astype(np.int32),
        "starts": starts.numpy().astype(np.int32),
    }
    return hashed | facts_tables(rules_of(name).program)


def effects_feeds(name: str, count: int) -> dict[str, NDArray[Any]]:
    """Logits also beyond what rules leave of them, and any rules fired together."""
    rules, rng = rules_of(name), np.random.default_rng(6)
    logits = rng.normal(0, 60, (count, rules.effects.num_labels)).astype(np.float32)
    fired = (rng.random((count, rules.count)) < 0.4).astype(np.float32)
    tables = effects_tables(rules.effects, rules.scale())
    return {"logits": logits, "fired": fired} | tables


@pytest.mark.parametrize("name", NAMES)
def test_facts_of_body_kernel_and_pytorch_agree(name: str, library: NativeLibrary) -> None:
    feeds = facts_feeds(name, texts(300))
    indices, starts = (torch.from_numpy(feeds[key]).long() for key in ("indices", "starts"))
    with torch.no_grad():
        expected = rules_of(name).text(indices, starts).numpy()
    assert tuple(feeds) == FACTS_INPUTS
    assert 0 < expected.mean() < 1
    assert expected.any(axis=0).all()  # each fact and rule is true of a text
    for own in (None, library):
        assert np.array_equal(of_facts(rules_of(name), feeds, own), expected)


@pytest.mark.parametrize("name", NAMES)
def test_effects_of_body_kernel_and_pytorch_agree(name: str, library: NativeLibrary) -> None:
    rules, feeds = rules_of(name), effects_feeds(name, 300)
    with torch.no_grad():
        expected, _ = rules.effects(
            torch.from_numpy(feeds["logits"]), torch.from_numpy(feeds["fired"]), rules.scale()
        )
    assert tuple(feeds) == EFFECTS_INPUTS
    assert len(np.unique(expected)) > 100
    for own in (None, library):
        found = of_effects(rules, feeds, own)
        assert np.allclose(found, expected.numpy(), rtol=0, atol=1e-5)
        decided = np.abs(expected.numpy()) == 60
        assert np.array_equal(found[decided], expected.numpy()[decided])


Change = Callable[[dict[str, NDArray[Any]]], None]


def put(name: str, value: float) -> Change:
    def change(feeds: dict[str, NDArray[Any]]) -> None:
        feeds[name] = np.full_like(feeds[name], value)

    return change


def cut(name: str, axis: int = 0) -> Change:
    def change(feeds: dict[str, NDArray[Any]]) -> None:
        feeds[name] = np.delete(feeds[name], 0, axis=axis)

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cut("words"), "a power of two is needed"),
        (cut("moves"), "a power of two is needed"),
        (cut("words", 1), "width of a table of rules is 3"),
        (cut("edges", 1), "width of a table of rules is 2"),
        (cut("weights"), "number of weights of rules"),
        (cut("biases"), "number of conditions"),
        (cut("starts"), "words with a start"),
        (put("starts", 1_000), "damaged"),
        (put("starts", -1), "damaged"),
        (put("moves", np.nan), "damaged"),
        (put("weights", -1), "damaged"),
        (put("sets", 1e6), "damaged"),
        (put("sets", -1), "damaged"),
        (put("others", 1e6), "damaged"),
        (put("others", np.inf), "damaged"),
    ],
)
def test_the_kernel_refuses_tables_that_lead_nowhere(
    change: Change, said: str, library: NativeLibrary
) -> None:
    feeds = facts_feeds("rules", ["refund order 12", "re e-mail"])
    change(feeds)
    with pytest.raises(Exception, match=said):
        of_facts(rules_of("rules"), feeds, library)


def test_the_kernel_refuses_other_sizes_and_depths(library: NativeLibrary) -> None:
    with pytest.raises(Exception, match="1 to 8 is allowed"):
        of_facts(rules_of("rules"), facts_feeds("rules", ["re"]), library, depth=9)
    for table in ("limits", "contested", "strengths", "chosen", "forbids", "evidence"):
        name = next(each for each in NAMES if len(effects_feeds(each, 2)[table]))
        feeds = effects_feeds(name, 2)
        feeds[table] = np.delete(feeds[table], 0, axis=1)
        with pytest.raises(Exception, match="rules with effects"):
            of_effects(rules_of(name), feeds, library)
    feeds = effects_feeds("rules", 3)
    feeds["fired"] = feeds["fired"][1:]
    with pytest.raises(Exception, match="texts with rules is 2"):
        of_effects(rules_of("rules"), feeds, library)
