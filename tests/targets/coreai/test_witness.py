"""Core ML's numpy evaluator beside Apple's own code: the same network in two formats of Apple's, one answer."""

from __future__ import annotations

import numpy as np

from artifacts import Store
from neurolite_runtimes import open_artifact, run
from texts import generated_texts, real_texts

NEAR = 1e-5


def test_the_evaluator_and_apples_runtime_agree(exported: Store) -> None:
    """2,000 texts: what ``docs/coreai.md`` says of them."""
    texts = [*generated_texts(2_000, seed=21), *real_texts(5)][:2_000]
    coreml, coreai = (
        run(open_artifact(exported(target, "one", "float32").path), texts)
        for target in ("coreml", "coreai")
    )
    assert coreml.words.tolist() == coreai.words.tolist()
    assert coreml.truncated.tolist() == coreai.truncated.tolist()
    errors = {
        name: float(np.abs(values - coreai.values[name]).max())
        for name, values in coreml.values.items()
    }
    print(errors)  # noqa: T201 (how far apart, also when it passes)
    assert errors.keys() == {"logits", "embedding"}
    assert max(errors.values()) <= NEAR
