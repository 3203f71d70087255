"""The wide path by values, against dictionaries of n-grams in plain Python; and what files may hold of it."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from neurolite_core.artifact.checkpoint import load_checkpoint, save_checkpoint
from neurolite_core.artifact.model_id import model_id_of
from neurolite_core.evaluation.calibration import fold_shift, fold_temperature
from neurolite_core.ground.errors import CheckpointError, InputError
from neurolite_core.hashing.ngrams import (
    NO_NGRAM,
    NUM_BUCKETS,
    NgramConfig,
    hash_ngrams,
    number_ngrams,
)
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.counting import count_parameters
from neurolite_core.network.features import features_of
from neurolite_core.network.model import (
    NeuroLiteForClassification,
    NeuroLiteForEmbedding,
    NeuroLiteForMultiLabel,
)
from neurolite_core.network.wide import WideTable
from neurolite_core.network.wide_options import MOST_ROWS, MOST_WIDE_SYMBOLS, WideOptions
from neurolite_core.network.widening import with_wide, without_wide
from neurolite_core.text.words import pack_texts, to_bytes
from texts import generated_texts

OPTIONS = WideOptions(num_rows=300, max_symbols=40)
CONFIG = NeuroLiteConfig(
    table_size=512,
    projection_size=16,
    hidden_size=16,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=16),
    max_words=16,
    max_bytes=256,
    wide=OPTIONS,
)
LABELS = ("one", "two", "three", "four", "five")
TEXTS = ["book a table for two", "", "weather " * 20, "größe 東京", "a.b.c.d", "?!", "\0 \0"]


def table_of(
    options: WideOptions = OPTIONS, labels: int = len(LABELS), *, seed: int = 3, kept: float = 0.3
) -> WideTable:
    """Random rows; a share ``kept`` of all buckets has one."""
    random = np.random.default_rng(seed)
    remap = random.integers(1, options.num_rows + 1, NUM_BUCKETS)
    remap[random.random(NUM_BUCKETS) > kept] = 0
    rows = random.integers(-127, 128, (options.num_rows + 1, labels + 1))
    rows[:, -1] = random.integers(1, 128, len(rows))
    rows[0] = 0
    scales = random.uniform(0.001, 0.02, labels + 1)
    return WideTable(remap.astype(np.uint16), rows.astype(np.int8), scales.astype(np.float32))


def network_of(
    config: NeuroLiteConfig = CONFIG, *, seed: int = 0, table: WideTable | None = None
) -> NeuroLiteForClassification:
    torch.manual_seed(seed)
    network = NeuroLiteForClassification(config, labels=LABELS, threshold=0.5).eval()
    assert network.wide is not None
    network.wide.fill(table_of() if table is None else table)
    return network


def kept_ngrams(text: str | bytes, options: WideOptions, table: WideTable) -> dict[int, int]:
    """How often each row's n-grams stand in a text, read off one order and one value at a time."""
    counts: dict[int, int] = {}
    for order in range(options.lowest, options.highest + 1):
        config = NgramConfig(order, order, options.across_words, options.max_symbols)
        for value in hash_ngrams([to_bytes(text)], config).values[:, 0].tolist():
            row = 0 if value == NO_NGRAM else int(table.remap[value % NUM_BUCKETS])
            if row:
                counts[row] = counts.get(row, 0) + 1
    return counts


def wide_sums(text: str | bytes, options: WideOptions, table: WideTable) -> list[int]:
    counts = kept_ngrams(text, options, table)
    columns = table.rows.shape[1]
    return [sum(n * int(table.rows[r, c]) for r, n in counts.items()) for c in range(columns)]


def wide_logits(text: str | bytes, options: WideOptions, table: WideTable) -> list[float]:
    *sums, length = wide_sums(text, options, table)
    if not length:
        return [0.0] * len(sums)
    *scales, share = map(float, table.scales)
    return [
        scale * value / math.sqrt(share * length) for scale, value in zip(scales, sums, strict=True)
    ]


# --- Values ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("across_words", [False, True])
@pytest.mark.parametrize(("lowest", "highest"), [(2, 4), (3, 3), (2, 5)])
@torch.no_grad()
def test_sums_and_logits_are_those_of_dictionaries(
    across_words: bool, lowest: int, highest: int
) -> None:
    options = replace(OPTIONS, lowest=lowest, highest=highest, across_words=across_words)
    config = replace(CONFIG, wide=options)
    table = table_of(options)
    network = network_of(config, table=table)
    assert network.wide is not None
    texts: list[str | bytes] = [*TEXTS, *(t for t in generated_texts(40, seed=5) if len(t) <= 256)]
    indices, counts, ngrams = features_of(texts, config)
    expected = [wide_sums(text, options, table) for text in texts]
    assert any(map(any, expected))
    assert network.wide.sums(ngrams).tolist() == expected
    logits = network.wide(ngrams)
    np.testing.assert_allclose(
        logits.numpy(), [wide_logits(text, options, table) for text in texts], rtol=1e-5, atol=1e-6
    )
    assert not logits[1].any()  # an empty text
    both = network(texts)["logits"]
    deep = without_wide(network)(texts)["logits"]
    assert torch.equal(both, deep + logits)
    assert torch.equal(both, network.network(indices, counts, ngrams)["logits"])


@torch.no_grad()
def test_bytes_in_the_graph_give_what_texts_give() -> None:
    network = network_of()
    texts = [t for t in generated_texts(60, seed=6) if len(t) <= CONFIG.max_bytes]
    from_texts, from_bytes = network(texts), network(input_bytes=torch.tensor(pack_texts(texts)))
    for found, expected in zip(
        network.model.featurize(None, torch.tensor(pack_texts(texts))),
        network.model.featurize(texts, None),
        strict=True,
    ):
        assert torch.equal(found, expected.to(found.dtype))
    torch.testing.assert_close(from_bytes, from_texts, rtol=0, atol=1e-5)


@torch.no_grad()
def test_the_largest_sums_that_there_are_stay_exact() -> None:
    """32,768 symbols of four orders, each with 127 in every column, but for what text ends cut off."""
    options = WideOptions(lowest=2, highest=5, max_symbols=MOST_WIDE_SYMBOLS, num_rows=1)
    table = WideTable(
        np.ones(NUM_BUCKETS, np.uint16),
        np.array([[0, 0, 0], [127, -127, 127]], np.int8),
        np.ones(3, np.float32),
    )
    config = replace(CONFIG, max_bytes=65_536, wide=options)
    network = NeuroLiteForClassification(config, 2)
    assert network.wide is not None
    network.wide.fill(table)
    text = b"a" * 65_536
    sums = network.wide.sums(features_of([text], config)[2])
    found = 4 * MOST_WIDE_SYMBOLS - (1 + 2 + 3 + 4)
    assert sums.tolist() == [[127 * found, -127 * found, 127 * found]]


def test_numbers_of_ngrams_are_their_buckets_and_zero_for_none() -> None:
    values = np.array([[NO_NGRAM, 0], [65_535, 65_536], [262_143, 5]], np.int32)
    assert number_ngrams(values).tolist() == [[0, 1], [65_536, 1], [65_536, 6]]


@torch.no_grad()
def test_calibration_is_folded_into_both_paths() -> None:
    network, changed = network_of(), network_of()
    fold_temperature(changed, 2.5)
    fold_shift(changed, 0.75)
    torch.testing.assert_close(changed(TEXTS)["logits"], network(TEXTS)["logits"] / 2.5 + 0.75)
    assert torch.equal(changed(TEXTS)["embedding"], network(TEXTS)["embedding"])
    assert model_id_of(changed) == model_id_of(network) == model_id_of(without_wide(network))


@torch.no_grad()
def test_a_wide_path_is_put_beside_a_network_and_taken_away() -> None:
    torch.manual_seed(1)
    plain = NeuroLiteForMultiLabel(replace(CONFIG, wide=None), labels=LABELS, threshold=0.25).eval()
    assert without_wide(plain) is plain
    table = table_of()
    wide = with_wide(plain, OPTIONS, table)
    assert (wide.labels, wide.threshold, wide.training) == (LABELS, 0.25, False)
    assert isinstance(wide, NeuroLiteForMultiLabel)
    added = wide(TEXTS)["logits"] - plain(TEXTS)["logits"]
    expected = [wide_logits(text, OPTIONS, table) for text in TEXTS]
    np.testing.assert_allclose(added.numpy(), expected, rtol=1e-4, atol=1e-5)
    assert torch.equal(without_wide(wide)(TEXTS)["logits"], plain(TEXTS)["logits"])
    numbers = table.rows.size + table.scales.size
    assert count_parameters(wide) == count_parameters(plain) + numbers
    with pytest.raises(InputError, match=r"shape \(301, 6\); this wide path has \(201, 6\)"):
        with_wide(plain, replace(OPTIONS, num_rows=200), table)


def test_ngrams_are_asked_for_where_there_is_a_wide_path_and_nowhere_else() -> None:
    network = network_of()
    indices, counts, ngrams = features_of(TEXTS, CONFIG)
    with pytest.raises(ValueError, match="takes indices, counts and ngrams"):
        network.network(indices, counts)
    with pytest.raises(ValueError, match="takes the first two"):
        without_wide(network).network(indices, counts, ngrams)
    assert len(features_of(TEXTS, replace(CONFIG, wide=None))) == 2
    with pytest.raises(InputError, match="an embedding model has none"):
        NeuroLiteForEmbedding(CONFIG)


# --- Options ---------------------------------------------------------------------------------------


@given(
    st.integers(2, 5).flatmap(lambda low: st.tuples(st.just(low), st.integers(low, 5))),
    st.booleans(),
    st.integers(1, MOST_WIDE_SYMBOLS),
    st.integers(1, MOST_ROWS),
)
def test_options_go_through_json(
    orders: tuple[int, int], across: bool, symbols: int, rows: int
) -> None:
    options = WideOptions(
        lowest=orders[0],
        highest=orders[1],
        across_words=across,
        max_symbols=symbols,
        num_rows=rows,
    )
    config = replace(CONFIG, wide=options)
    assert NeuroLiteConfig.from_json(config.to_json()) == config
    assert options.ngrams == NgramConfig(*orders, across, symbols)


@given(
    st.sampled_from(["lowest", "highest", "max_symbols", "num_rows", "across_words"]),
    st.one_of(
        st.integers(max_value=0), st.integers(min_value=100_000), st.floats(), st.text(), st.none()
    ),
)
def test_options_out_of_range_are_refused_by_name(name: str, value: object) -> None:
    values = json.loads(CONFIG.to_json())
    values["wide"][name] = value
    with pytest.raises(InputError, match=f"wide's {name} is "):
        NeuroLiteConfig.from_json(json.dumps(values))


@pytest.mark.parametrize(
    ("wide", "said"),
    [
        (7, "wide is 7; it must be a JSON object, or null"),
        ([], r"wide is \[\]; it must be a JSON object, or null"),
        ({"rank": 3}, "Unknown key 'rank' in wide; known: across_words, highest"),
        ({"lowest": 4, "highest": 3}, "wide's highest is 3; give a whole number from 4 to 5"),
        ({"num_rows": True}, "wide's num_rows is True"),
    ],
)
def test_configs_with_another_wide_are_refused(wide: object, said: str) -> None:
    values = json.loads(CONFIG.to_json()) | {"wide": wide}
    with pytest.raises(InputError, match=said):
        NeuroLiteConfig.from_json(json.dumps(values))


def test_configs_from_before_there_was_a_wide_path_are_read() -> None:
    values = json.loads(CONFIG.to_json())
    del values["wide"]
    assert NeuroLiteConfig.from_json(json.dumps(values)) == replace(CONFIG, wide=None)
    with pytest.raises(InputError, match="wide is 3; give WideOptions, or None"):
        replace(CONFIG, wide=3)  # type: ignore[arg-type]


# --- Tables and checkpoints ------------------------------------------------------------------------


def changed(what: str, place: Any, value: float) -> dict[str, Any]:  # noqa: ANN401
    """A table's arrays with one value replaced."""
    table = table_of()
    arrays: dict[str, Any] = {
        name: getattr(table, name).copy() for name in ("remap", "rows", "scales")
    }
    arrays[what][place] = value
    return arrays


BAD = [
    ("remap", 65_535, 301, "remap names row 301; there are rows up to 300"),
    ("rows", (0, 2), 1, "row 0 is not zero"),
    ("rows", (7, 2), -128, "rows hold -128; give numbers from -127 to 127"),
    ("rows", (7, 5), 0, "last column, the share of the squared length, is 0 or less"),
    ("rows", (7, 5), -3, "last column, the share of the squared length, is 0 or less"),
    ("scales", 1, math.inf, "scales are not finite numbers"),
    ("scales", 1, math.nan, "scales are not finite numbers"),
    ("scales", 1, -1e13, "scales are not finite numbers"),
    ("scales", 5, 0, "scales are not finite numbers"),
    ("scales", 5, -1, "scales are not finite numbers"),
]


@pytest.mark.parametrize(("what", "place", "value", "said"), BAD)
def test_tables_that_cannot_be_are_refused(what: str, place: Any, value: float, said: str) -> None:  # noqa: ANN401
    with pytest.raises(InputError, match=said):
        WideTable(**changed(what, place, value))


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        ("remap", np.zeros(65_535, np.uint16), r"remap are uint16 \(65535,\); give uint16 \(65536,\)"),
        ("remap", np.zeros(65_536, np.int64), "remap are int64"),
        ("rows", np.zeros((3, 6), np.int16), "rows are int16"),
        ("rows", np.zeros((1, 6), np.int8), r"rows have the shape \(1, 6\); give \(R \+ 1, C \+ 1\)"),
        ("rows", np.zeros(6, np.int8), r"rows have the shape \(6,\)"),
        ("rows", np.zeros((MOST_ROWS + 2, 6), np.int8), r"rows have the shape \(32769, 6\)"),
        ("scales", np.ones(5, np.float32), r"scales are float32 \(5,\); give float32 \(6,\)"),
        ("scales", np.ones(6), "scales are float64"),
    ],
)  # fmt: skip
def test_tables_of_other_shapes_are_refused(
    name: str, values: np.ndarray[Any, Any], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        WideTable(**(changed("scales", 0, 1.0) | {name: values}))


def test_rows_that_are_zero_need_no_share() -> None:
    table = table_of()
    rows = table.rows.copy()
    rows[7] = 0
    network = network_of(table=WideTable(table.remap, rows, table.scales))
    assert network.wide is not None
    again = network.wide.table()
    assert np.array_equal(again.remap, table.remap)
    assert np.array_equal(again.rows, rows)
    assert np.array_equal(again.scales, table.scales)


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 2**20))
def test_checkpoints_give_the_same_answers(seed: int, tmp_path_factory: Any) -> None:  # noqa: ANN401
    folder = tmp_path_factory.mktemp("wide")
    network = network_of(seed=seed, table=table_of(seed=seed))
    save_checkpoint(network, folder)
    loaded = load_checkpoint(folder)
    assert loaded.config == CONFIG
    with torch.no_grad():
        assert torch.equal(loaded(TEXTS)["logits"], network(TEXTS)["logits"])


@pytest.mark.parametrize(
    ("name", "place", "value", "said"),
    [
        ("sums.remap", 65_536, 301, "remap names row 301"),
        ("sums.remap", 4, -1, "remap names rows below 0"),
        ("sums.remap", 0, 3, "or one for no n-gram"),
        ("sums.rows", (0, 0), 5, "row 0 is not zero"),
        ("sums.rows", (9, 1), -128, "rows hold -128"),
        ("scales", 2, math.nan, "not finite"),
        ("scales", 5, 0.0, "scales are not finite numbers up to"),
    ],
)
def test_damaged_checkpoints_are_refused(
    tmp_path: Any,  # noqa: ANN401
    name: str,
    place: Any,  # noqa: ANN401
    value: float,
    said: str,
) -> None:
    network = network_of()
    network.state_dict()[f"wide.{name}"][place] = value
    save_checkpoint(network, tmp_path)
    with pytest.raises(CheckpointError, match=said):
        load_checkpoint(tmp_path)


def test_checkpoints_of_another_shape_are_refused(tmp_path: Any) -> None:  # noqa: ANN401
    network = network_of()
    network.config = replace(CONFIG, wide=replace(OPTIONS, num_rows=299))
    save_checkpoint(network, tmp_path)
    with pytest.raises(CheckpointError, match=r"'wide.sums.rows' is torch.int8 \(301, 6\)"):
        load_checkpoint(tmp_path)
    network.config = replace(CONFIG, wide=None)
    save_checkpoint(network, tmp_path)
    with pytest.raises(
        CheckpointError, match=r"has a tensor 'wide\.scales' that its config does not"
    ):
        load_checkpoint(tmp_path)
