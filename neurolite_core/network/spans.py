"""A head over words: of each word the logits of its tags, in the light of its neighbours on both sides."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from neurolite_core.answer.spans import num_tags
from neurolite_core.network.projection import joined_neighbours
from neurolite_core.network.spans_options import SpansOptions


class SpanPath(nn.Module):
    """The backbone's vectors of each word and its neighbours to tags, by one hidden layer.

    It is that small because the backbone has seen the neighbours before, and every operation costs a short text as much
    as all its arithmetic: with two layers more, each with a norm and a residual, a text of 12 words took 1.6 times the
    classifier's time where this takes 1.1.

    Args:
        hidden_size: H, of the backbone's vectors.
        options: types, width D and window.
        dropout: probability during training.
    """

    def __init__(self, hidden_size: int, options: SpansOptions, dropout: float) -> None:
        super().__init__()
        self.window = options.window
        self.dropout = nn.Dropout(dropout)
        self.first = nn.Linear((2 * options.window + 1) * hidden_size, options.width)
        self.last = nn.Linear(options.width, num_tags(len(options.types)))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Logits of the words' tags.

        Args:
            hidden: float32 (N, L, H), the backbone's.
            mask: float32 (N, L, 1), 1 for real words.

        Returns:
            float32 (N, L, T), T = 1 + 2 * types in the order of ``answer.spans.tag_names``; padded words have values
            that nobody reads.
        """
        batch, length, _ = hidden.shape
        joined = joined_neighbours(hidden * mask, self.window, self.window)
        x = functional.relu(self.first(self.dropout(joined).reshape(batch * length, -1)))
        tags: Tensor = self.last(self.dropout(x)).reshape(batch, length, -1)
        return tags
