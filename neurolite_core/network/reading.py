"""What a network reads of texts: features, and where its rules look inside words their starts."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from neurolite_core.hashing.graph_arithmetic import first_ends
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.features import features_of
from neurolite_core.network.remembering import Remembering
from neurolite_core.network.rules import RulePath
from neurolite_core.network.words import NeuroLiteModel
from neurolite_core.rules.beginnings import word_starts
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import to_bytes, truncate


class Reading(Remembering):
    """A network whose features are made of texts on the host, or of bytes inside."""

    config: NeuroLiteConfig
    model: NeuroLiteModel
    rules: RulePath | None

    def features(self, input_texts: Sequence[str | bytes]) -> tuple[Tensor, ...]:
        """Hashes N texts on the host: what ``network`` takes (``features_of``, and starts of words for rules)."""
        found = features_of(input_texts, self.config)
        table = None if self.rules is None else self.rules.program.beginnings
        if table is None:
            return found
        config = self.config
        data = [truncate(to_bytes(text), config.max_bytes)[0] for text in input_texts]
        starts = word_starts(data, table, config.max_words, found[0].shape[1])
        return (*found, torch.from_numpy(starts).long())

    def offsets(
        self, input_texts: Sequence[str | bytes] | None, input_bytes: Tensor | None, length: int
    ) -> Tensor:
        """Where the words of N texts stand, int32 (N, L, 2), L ``length``; from one of the two inputs."""
        if input_bytes is None:
            most = self.config.max_bytes
            data = [truncate(to_bytes(text), most)[0] for text in input_texts or ()]
        else:
            data = [row.tobytes() for row in input_bytes.cpu().numpy().astype("uint8")]
        return torch.from_numpy(word_offsets(data, min(self.config.max_words, length), length))

    def featurize(
        self, input_texts: Sequence[str | bytes] | None, input_bytes: Tensor | None
    ) -> tuple[Tensor, ...]:
        """As ``features``, from exactly one of the two inputs; raises as ``NeuroLiteModel.featurize``."""
        starts = None if self.rules is None else self.rules.starts
        found = self.model.featurize(input_texts, input_bytes)
        if starts is None:
            return found
        if input_bytes is None:
            assert input_texts is not None  # noqa: S101  # one of the two is given
            return tuple(each.to(found[0].device) for each in self.features(input_texts))
        clusters = self.model.hash.read_clusters(input_bytes.to(found[0].device))
        _, running, _ = self.model.hash.hash_clusters(clusters)
        length = found[0].shape[1]
        return (*found, starts(clusters, running, first_ends(running, length), length))
