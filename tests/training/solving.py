"""What tests of solved reservoirs share: small settings, small data, and PyTorch's network beside what was solved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core import NeuroLiteConfig, load_checkpoint
from neurolite_core.artifact.checkpoint_files import write_classifier
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.training.closed_form.names import named_tensors
from neurolite_core.training.closed_form.stages import Penalties, logits, solve
from neurolite_core.training.pretraining.word_bags import word_bags
from training.making import rows


def settings_of(channels: int) -> list[str]:
    """``--set`` of a small reservoir with so many channels, in the table and behind it."""
    sizes = {"projection_size": channels, "hidden_size": channels, "table_size": 512}
    sizes |= {"max_words": 16, "max_bytes": 64, "units": 16, "read_hidden": 24}
    return [word for name, size in sizes.items() for word in ("--set", f"{name}={size}")]


@dataclass(frozen=True)
class Case:
    """Ninety texts of three labels, and the network that is to learn them."""

    config: NeuroLiteConfig
    texts: list[bytes]
    names: list[str]
    label_ids: NDArray[np.int64]

    def bags(self, texts: Sequence[bytes] | None = None) -> Any:  # noqa: ANN401
        """Words of these texts, by default of its own."""
        own = list(self.texts if texts is None else texts)
        return word_bags(lambda some: [own[row] for row in some], len(own), self.config)

    def solve(self, **more: Any) -> Any:  # noqa: ANN401
        """As the command does it, with seed 3."""
        count = len(self.names)
        return solve(
            self.config, self.bags(), self.label_ids, count, seed=3, penalties=Penalties(), **more
        )


def case_of(options: ReservoirOptions, table_size: int) -> Case:
    """Twelve numbers of each word, 16 channels."""
    config = NeuroLiteConfig(
        table_size=table_size,
        projection_size=12,
        hidden_size=16,
        backbone="reservoir",
        backbone_options=options,
        max_words=16,
        max_bytes=64,
    )
    data = rows(90)
    names = sorted({label for _, label in data})
    label_ids = np.array([names.index(label) for _, label in data])
    return Case(config, [text.encode() for text, _ in data], names, label_ids)


@torch.no_grad()
def check_beside_pytorch(
    case: Case,
    solved: Any,  # noqa: ANN401
    folder: Path,
    probes: Sequence[tuple[str, str | None]] = (),
    threshold: float | None = None,
) -> None:
    """The checkpoint's network says what was solved, of any bytes, and has learned the texts."""
    named = named_tensors(case.config, solved)
    write_classifier(folder, case.config, named, case.names, list(probes), threshold)
    asked = [*case.texts, b"", b"\xff\xfe", b"one word " * 20]
    expected = load_checkpoint(folder)(asked)["logits"].numpy()
    found = logits(case.config, solved, case.bags(asked))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert np.mean(found.argmax(axis=1)[: len(case.texts)] == case.label_ids) > 0.9
