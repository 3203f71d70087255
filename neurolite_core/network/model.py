"""The reference: bytes -> words -> indices -> projection -> window -> backbone -> memory -> head, n-grams beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn

from neurolite_core.answer.labels import check_labels, default_labels
from neurolite_core.answer.outputs import EFFECTS, RULES
from neurolite_core.answer.scores import check_threshold
from neurolite_core.answer.similarity import Similarity
from neurolite_core.answer.tasks import (
    CLASSIFICATION,
    EMBEDDING,
    MULTI_LABEL,
    SEVERAL_THRESHOLD,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.experts import Routed, build_experts
from neurolite_core.network.experts_options import OUTPUT as EXPERT
from neurolite_core.network.features import features_of, graph_hash, graph_ngrams
from neurolite_core.network.heads import BagHead, ClassificationHead, EmbeddingHead
from neurolite_core.network.initialise import initialise
from neurolite_core.network.memory.path import MemoryPath
from neurolite_core.network.pooling import POOLING_MODULES, RootSum
from neurolite_core.network.projection import PROJECTIONS, WindowMixing
from neurolite_core.network.remembering import Remembering, initial_tensors
from neurolite_core.network.rules import RulePath
from neurolite_core.network.state_spec import StateSpec, check_specs
from neurolite_core.network.wide import WidePath
from neurolite_core.rules.beginnings import word_starts
from neurolite_core.text.words import to_bytes, truncate


class NeuroLiteModel(nn.Module):
    """Texts to one vector per word.

    Example::

        hidden = NeuroLiteModel(NeuroLiteConfig.tiny())(input_texts=["book a table"])  # (1, 3, H)
    """

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.config = config
        self.hash = graph_hash(config)
        self.ngrams = graph_ngrams(config)
        self.projection = PROJECTIONS[config.table_bits](config)
        self.window = WindowMixing(config)
        self.backbone = BACKBONES[config.backbone].build(config)
        initialise(self)

    def encode(self, indices: Tensor, counts: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The network behind the hash, which every target lowers.

        Args:
            indices: int (N, L, K), each below the table size.
            counts: int or float32 (N), real words of each text; later positions are padding.

        Returns:
            float32 (N, L, H); the words' own vectors float32 (N, L, E), zero where padded; and the mask float32
            (N, L, 1) of 1 for real words.
        """
        positions = torch.arange(indices.shape[1], dtype=torch.float32, device=indices.device)
        # Arithmetic, not a comparison: accelerators take it, and both numbers are small integers.
        mask = (counts.to(torch.float32).reshape(-1, 1, 1) - positions[:, None]).clamp(0.0, 1.0)
        words = self.projection(indices, mask)
        return self.backbone(self.window(words), mask), words, mask

    def featurize(
        self, input_texts: Sequence[str | bytes] | None, input_bytes: Tensor | None
    ) -> tuple[Tensor, ...]:
        """As ``features_of``, from exactly one of the two inputs.

        Raises:
            InputError: none or both were given, or they are of the wrong kind.
        """
        device = self.window.linear.weight.device
        if input_bytes is None and input_texts is not None:
            found = features_of(input_texts, self.config)
        elif input_bytes is not None and input_texts is None:
            if input_bytes.dim() != 2 or input_bytes.dtype not in (torch.uint8, torch.int32):
                raise InputError(
                    f"input_bytes is {input_bytes.dtype} of shape {tuple(input_bytes.shape)}; "
                    "give uint8 or int32 of shape (N, T)."
                )
            clusters = self.hash.read_clusters(input_bytes.to(device))
            indices, counts = self.hash.of_clusters(clusters)
            found = (indices, counts.clamp(max=self.config.max_words))
            if self.ngrams is not None:
                found = (*found, self.ngrams(clusters)[0])
        else:
            raise InputError("Give exactly one of input_texts and input_bytes.")
        return tuple(each.to(device) for each in found)

    def forward(
        self,
        input_texts: Sequence[str | bytes] | None = None,
        *,
        input_bytes: Tensor | None = None,
    ) -> Tensor:
        """Word vectors of a batch.

        Args:
            input_texts: N texts, str or UTF-8 bytes.
            input_bytes: in their place, zero-padded UTF-8, uint8 or int32 (N, T).

        Returns:
            float32 (N, L, H), L the longest text in words but at least 1; padded positions hold
            values that no head reads.
        """
        indices, counts, *_ = self.featurize(input_texts, input_bytes)
        return self.encode(indices, counts)[0]


class TextNetwork(Remembering):
    """Base of the tasks: a model, its pooling and norm, and named outputs.

    Attributes:
        wide: the wide path of a config that has one, whose logits are added to the head's; else None.
        memory: the memory of a config that has one, between a text's vector and the head; else None.
        rules: rules that decide beside the network (``ruling.with_rules``); else None.
        task: key in ``TASKS``.
        labels: the C labels, empty where the task has none.
        threshold: a text whose scope score (``scores.scope_scores``) is below it should get no answer; 0 always
            answers. 0 <= threshold < 1, checked where it is stored; None where it was never chosen. With several
            labels a text, the score from which on a label is given.
        similarities: what cosines of the vectors mean, for each length to which they may be cut, the shortest first;
            empty where training did not measure it.
    """

    task: str
    labels: tuple[str, ...]
    threshold: float | None = None
    similarities: tuple[Similarity, ...] = ()
    wide: WidePath | None
    memory: MemoryPath | None
    rules: RulePath | None

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        self.wide = None
        self.rules = None
        self.config = config
        self.model = NeuroLiteModel(config)
        self.pool = POOLING_MODULES[config.pooling]()
        # After pooling rather than before: a mean over many words is small, a single word is not,
        # and int8 has one range for both. Accuracy was the same either way.
        self.norm = nn.LayerNorm(config.hidden_size)
        self.experts = build_experts(config)
        if config.bag:
            self.bag = RootSum()
            self.joined = BagHead(config.hidden_size, config.text_size)
            initialise(self.joined)
        self.memory = None
        if config.memory is not None:
            self.memory = MemoryPath(config.text_size, config.memory, config.dropout)

    @property
    def state_specs(self) -> tuple[StateSpec, ...]:
        """What the network keeps from one call to the next; empty where it keeps nothing."""
        return () if self.memory is None else check_specs(self.memory.specs)

    def answer(self, text: Tensor) -> dict[str, Tensor]:
        """Named outputs from the text's vector (N, D), D the config's ``text_size``."""
        raise NotImplementedError

    def text_vector(self, indices: Tensor, counts: Tensor) -> Tensor:
        """A text by itself, without what is remembered: indices int (N, L, K), counts (N) -> float32 (N, D)."""
        return self._routed(indices, counts).text

    def _routed(self, indices: Tensor, counts: Tensor) -> Routed:
        """The text's vector, and its experts."""
        hidden, words, mask = self.model.encode(indices, counts)
        pooled, expert = self.norm(self.pool(hidden, mask)), None
        if self.experts is not None:
            pooled, expert = self.experts(pooled, words, mask)
        text = self.joined(self.bag(words, mask), pooled) if self.config.bag else pooled
        return Routed(text, expert)

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
        return (*found, starts(clusters, running, found[0].shape[1]))

    def network(
        self,
        indices: Tensor,
        counts: Tensor,
        *more: Tensor,
        state: Sequence[Tensor] = (),
        hidden: bool = False,
    ) -> dict[str, Tensor]:
        """Everything behind the hash.

        Args:
            indices: int (N, L, K).
            counts: (N).
            more: of a network with a wide path n-grams int (N, P, O); then of one whose rules look inside words
                their starts int (N, L).
            state: one tensor (N, *shape) for each of ``state_specs``; none for what conversations begin with.
            hidden: give also what rules made of the text alone, under ``EFFECTS``, where there are rules.

        Returns:
            Named outputs: those of the task, ``expert`` where texts choose experts, and behind them the next state,
            each part by its spec's ``next_name``.

        Raises:
            ValueError: as many of ``more`` are not given.
        """
        wanted = [self.wide is not None, self.rules is not None and self.rules.starts is not None]
        if len(more) != sum(wanted):
            raise ValueError(
                "A network with a wide path takes indices, counts and ngrams, one without takes the first two; behind "
                "them rules on parts of words take starts: network(*network.features(texts))."
            )
        text, expert = self._routed(indices, counts)
        specs = self.state_specs
        following: Sequence[Tensor] = ()
        if self.memory is not None:
            if specs and not state:
                state = initial_tensors(specs, len(text), text.device)
            text, following = self.memory(text, state)
        answers = self.answer(text)
        if self.wide is not None:
            answers["logits"] = answers["logits"] + self.wide(more[0])
        if expert is not None:
            answers[EXPERT] = expert
        if self.rules is not None:
            starts = more[-1] if wanted[1] else None
            answers["logits"], answers[RULES], effects = self.rules(
                answers["logits"], indices, starts
            )
            if hidden:
                answers[EFFECTS] = effects
        return answers | {
            spec.next_name: value for spec, value in zip(specs, following, strict=True)
        }

    def forward(
        self,
        input_texts: Sequence[str | bytes] | None = None,
        *,
        input_bytes: Tensor | None = None,
        update_memory: bool = False,
    ) -> dict[str, Tensor]:
        """Named outputs of a batch, in the light of what the network remembers.

        Args:
            input_texts: N texts; as in ``NeuroLiteModel.forward``.
            input_bytes: as there.
            update_memory: keep the state that follows for the next call: text n is the next turn of conversation n.
                Gradients flow through it from call to call, until ``memory_state`` is set or reset. Without, nothing
                changes, and where one conversation is remembered, any number of texts may be asked about it.

        Raises:
            InputError: the network keeps no state, or that of other numbers of conversations than there are texts.
        """
        features = self.featurize(input_texts, input_bytes)
        state = self.kept_for(len(features[0]), update=update_memory)
        answers = self.network(*features, state=state)
        if update_memory:
            self.keep(answers)
        return answers


class NeuroLiteForClassification(TextNetwork):
    """One label per text.

    Args:
        config: the model's shape.
        num_labels: C, 2 to 65,536; may be left out where ``labels`` is given.
        labels: C distinct names; ``LABEL_0`` ... where left out.
        threshold: below which scope score the model abstains; 0 never does, None cannot.

    Outputs: ``logits`` float32 (N, C) and ``embedding`` float32 (N, D), the unit text vector.
    """

    task = CLASSIFICATION

    def __init__(
        self,
        config: NeuroLiteConfig,
        num_labels: int | None = None,
        *,
        labels: Sequence[str] | None = None,
        threshold: float | None = None,
    ) -> None:
        super().__init__(config)
        if labels is None:
            labels = default_labels(2 if num_labels is None else num_labels)
        self.labels = check_labels(labels, num_labels)
        self.threshold = check_threshold(threshold, self.labels)
        self.head = ClassificationHead(config.text_size, len(self.labels), config.dropout)
        initialise(self.head)
        self.embedding = EmbeddingHead()
        if config.wide is not None:
            self.wide = WidePath(config.wide, len(self.labels))

    def answer(self, text: Tensor) -> dict[str, Tensor]:
        """text (N, D) -> logits (N, C), embedding (N, D)."""
        return {"logits": self.head(text), "embedding": self.embedding(text)}


class NeuroLiteForMultiLabel(NeuroLiteForClassification):
    """Any number of labels per text, none included: those whose sigmoid(logit) reaches the threshold.

    Arguments and outputs as those of ``NeuroLiteForClassification``. Training folds a threshold for each label into
    the head's bias, so that 0.5 is right for all of them.
    """

    task = MULTI_LABEL

    def __init__(
        self,
        config: NeuroLiteConfig,
        num_labels: int | None = None,
        *,
        labels: Sequence[str] | None = None,
        threshold: float = SEVERAL_THRESHOLD,
    ) -> None:
        super().__init__(config, num_labels, labels=labels, threshold=threshold)


class NeuroLiteForEmbedding(TextNetwork):
    """One unit vector per text: ``embedding`` float32 (N, D)."""

    task = EMBEDDING
    labels = ()

    def __init__(self, config: NeuroLiteConfig, *, labels: Sequence[str] | None = None) -> None:
        super().__init__(config)
        if config.wide is not None:
            raise InputError(
                "The config has a wide path, which adds to labels' scores; an embedding model has none. "
                "Leave wide out."
            )
        if config.rules is not None:
            raise InputError(
                "The config has a symbolic module, whose rules decide on labels; an embedding model has none. "
                "Leave it out: use_symbolic_module=False"
            )
        if labels:
            raise InputError(f"labels is {list(labels)!r}; an embedding model has no labels.")
        self.embedding = EmbeddingHead()

    def answer(self, text: Tensor) -> dict[str, Tensor]:
        """text (N, D) -> embedding (N, D)."""
        return {"embedding": self.embedding(text)}


TASKS: Final[Mapping[str, type[NeuroLiteForClassification] | type[NeuroLiteForEmbedding]]] = (
    MappingProxyType(
        {
            NeuroLiteForClassification.task: NeuroLiteForClassification,
            NeuroLiteForMultiLabel.task: NeuroLiteForMultiLabel,
            NeuroLiteForEmbedding.task: NeuroLiteForEmbedding,
        }
    )
)
