"""The shapes of trained reference points, without torch."""

from __future__ import annotations

from dataclasses import dataclass

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class LstmShape:
    """One layer of an LSTM between a word's vector and its logits.

    Attributes:
        entries: V.
        width: D numbers of a word where it is said; the LSTM's state is brought to them by a matrix.
        hidden: H numbers of the state.
        read: numbers of a word where it is read; 0 for the matrix of ``width`` in both places (arXiv:1608.05859).
        dropout: of the vectors that are read and said, one mask a text (arXiv:1512.05287).
        word_dropout: of words that are read as nothing.
        recurrent_dropout: of the weights between states (arXiv:1708.02182).

    Raises:
        InputError: a number is out of its range.
    """

    entries: int
    width: int
    hidden: int
    read: int = 0
    dropout: float = 0.0
    word_dropout: float = 0.0
    recurrent_dropout: float = 0.0

    def __post_init__(self) -> None:
        for name in ("entries", "width", "hidden"):
            require_range(name, getattr(self, name), 1, 2**17)
        require_range("read", self.read, 0, 2**17)
        for name in ("dropout", "word_dropout", "recurrent_dropout"):
            require_share(name, getattr(self, name))


@dataclass(frozen=True, slots=True, kw_only=True)
class TransformerShape:
    """A causal transformer with layer norms before its parts, and learned weights of distances.

    Attributes:
        entries: V.
        width: D numbers of a word, read and said by one matrix.
        hidden: H numbers between layers; brought to and from D by a matrix each where they differ.
        layers: of attention and two products.
        heads: of attention, each H / heads wide.
        inner: numbers between a layer's two products.
        window: C words that attention reads, the word itself among them.
        dropout: of what each part adds, and of the words' vectors.

    Raises:
        InputError: a number is out of its range, or heads do not divide ``hidden``.
    """

    entries: int
    width: int
    hidden: int
    layers: int
    heads: int
    inner: int
    window: int = 256
    dropout: float = 0.0

    def __post_init__(self) -> None:
        for name in ("entries", "width", "hidden", "layers", "heads", "inner", "window"):
            require_range(name, getattr(self, name), 1, 2**17)
        require_share("dropout", self.dropout)
        if self.hidden % self.heads:
            raise InputError(f"heads is {self.heads}; give a divisor of hidden, {self.hidden}.")


Shape = LstmShape | TransformerShape


def require_share(name: str, value: float) -> None:
    """Refuses what is not a share below 1.

    Raises:
        InputError: it is not.
    """
    if not 0 <= value < 1:
        raise InputError(f"{name} is {value!r}; give a share from 0 to below 1.")
