"""What the encoder and a wide path cost: the files that are timed, and the table."""

from __future__ import annotations

import numpy as np

from neurolite_bench.encoder_cost import KEPT, LABELS, build, encoder_cost_table
from neurolite_core.network.features import features_of


def test_files_have_a_wide_path_that_speaks() -> None:
    network = build("tiny", wide=True)
    assert network.wide is not None
    table = network.wide.table()
    assert abs((table.remap > 0).mean() - KEPT) < 0.01
    plain = build("tiny", wide=False)
    texts = ["book a table for two", "play some music"]
    mine = network.network(*features_of(texts, network.config))["logits"].detach().numpy()
    other = plain.network(*features_of(texts, plain.config))["logits"].detach().numpy()
    assert mine.shape == (2, LABELS)
    assert np.abs(mine - other).max() > 0.01


def test_a_wide_path_is_compared_with_the_same_without() -> None:
    way = "12 words, native op"
    ratios = {"median": 1.25, "lowest": 1.2, "highest": 1.3}
    one = {"median": 1.0, "lowest": 1.0, "highest": 1.0}
    files = {
        "tiny": {"megabytes": 1.0, way: {"milliseconds": 0.1, "times_tiny": one}},
        "tiny, wide path": {
            "megabytes": 1.1,
            way: {"milliseconds": 0.2, "times_tiny": one, "times_without": ratios},
        },
    }
    assert encoder_cost_table({"files": files}).splitlines() == [
        "| ONNX int8, 150 labels | 12 words, native op |",
        "|---|---|",
        "| tiny | 0.10 ms |",
        "| tiny, wide path | 0.20 ms, 1.25 (1.20 to 1.30) |",
    ]
