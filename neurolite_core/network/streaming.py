"""A generator word by word: the same weights, which go on from a state in place of reading a window anew.

What is kept of a text is what each block of the backbone keeps (``layer_0``, ...), the last words' own vectors where a
window joins words with those before them (``behind``), and the last word's vector (``last``), so that a call without
words is answered as the one before it. Time and memory of a word do not depend on how many came before.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor

from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.network.pooling import LastPooling
from neurolite_core.network.remembering import initial_tensors
from neurolite_core.network.state_spec import StateSpec, check_specs
from neurolite_core.network.streams import Streams

MOST_WORDS: Final = 16  # of one call: more take more memory, and little less time a word
MOST_BYTES: Final = 512
_LAYER: Final = "layer_"
_BEHIND: Final = "behind"
_LAST: Final = "last"


class Streamed(NeuroLiteForGeneration):
    """The entry behind all words so far: ``logits`` float32 (N, V), and the next state.

    Args:
        whole: the generator, whose weights it takes; it reads at most ``MOST_WORDS`` words in one call.

    Raises:
        InputError: its backbone cannot read on from a state.
    """

    def __init__(self, whole: NeuroLiteForGeneration) -> None:
        super().__init__(_limited(whole.config), labels=whole.labels)
        self._whole = (whole,)  # in a tuple: none of its modules are this network's
        backbone = self.model.backbone
        if not isinstance(backbone, Streams):
            raise InputError(
                f"The backbone {whole.config.backbone!r} reads all of a text at once, and nothing of it goes on from "
                "word to word: --form stream needs one that keeps a state, as --backbone ssm. Export it with --form "
                "window"
            )
        self.load_state_dict(whole.state_dict())
        self.behind = LastPooling()
        self._specs = check_specs(
            (
                *(
                    StateSpec(name=f"{_LAYER}{number}", shape=(kept.shape[-1],))
                    for number, kept in enumerate(backbone.initial_state(1))
                ),
                *self._window_specs(),
                StateSpec(name=_LAST, shape=(self.config.hidden_size,)),
            )
        )
        self.eval()

    def _window_specs(self) -> tuple[StateSpec, ...]:
        config = self.config
        if not config.window:
            return ()
        return (StateSpec(name=_BEHIND, shape=(config.window, config.projection_size)),)

    @property
    def whole(self) -> NeuroLiteForGeneration:
        """The generator in its window form."""
        return self._whole[0]

    @property
    def state_specs(self) -> tuple[StateSpec, ...]:
        """What goes on from call to call."""
        return self._specs

    def network(
        self,
        indices: Tensor,
        counts: Tensor,
        *more: Tensor,
        state: Sequence[Tensor] = (),
        hidden: bool = False,
    ) -> dict[str, Tensor]:
        """Everything behind the hash; arguments as of ``TextNetwork.network``, and no ``more``."""
        assert not more, hidden  # noqa: S101  # of parts that no generator has
        model, backbone = self.model, self.model.backbone
        assert isinstance(backbone, Streams)  # noqa: S101  # looked at in the beginning
        kept = state or initial_tensors(self._specs, len(indices), indices.device)
        mask, first = _places(indices, counts)
        words = model.projection(indices, mask)
        *layers, last = kept
        before = layers.pop() if self.config.window else None
        rows = model.window.go_on(words, before)
        rows, following = backbone.go_on(rows, mask, first, layers)
        if before is not None:
            following = (*following, self._kept_words(before, words, mask))
        found = rows.reshape(*mask.shape[:2], -1)
        without_words = 1.0 - mask[:, 0]
        # ``last`` is less what an empty text has, so that a text that begins, all zeros, is one.
        vector = self.pool(found, mask) + without_words * (last + self.empty)
        following = (*following, vector - self.empty)
        named = {spec.next_name: value for spec, value in zip(self._specs, following, strict=True)}
        return self.answer(self.norm(vector)) | named

    def _kept_words(self, before: Tensor, words: Tensor, mask: Tensor) -> Tensor:
        """The last W of all words' own vectors: those before (N, W, E), words (N, L, E), mask -> (N, W, E)."""
        window = self.config.window
        joined = torch.cat([before, words], dim=1)
        real = torch.cat([before[:, :, :1] * 0.0 + 1.0, mask], dim=1)  # no format lacks these
        rows = [
            self.behind(joined[:, : -place if place else None], real[:, place:])
            for place in reversed(range(window))
        ]
        return torch.stack(rows, dim=1)


def _places(indices: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
    """The mask float32 (N, L, 1) of real words, and 1 for the first place alone, float32 (L, 1)."""
    positions = torch.arange(indices.shape[1], dtype=torch.float32, device=indices.device)[:, None]
    mask = (counts.to(torch.float32).reshape(-1, 1, 1) - positions).clamp(0.0, 1.0)
    return mask, (1.0 - positions).clamp(min=0.0)


def _limited(config: NeuroLiteConfig) -> NeuroLiteConfig:
    """With the limits of one call."""
    return dataclasses.replace(
        config,
        max_words=min(config.max_words, MOST_WORDS),
        max_bytes=min(config.max_bytes, MOST_BYTES),
    )
