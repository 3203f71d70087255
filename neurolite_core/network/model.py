"""The reference: bytes -> words -> indices -> projection -> window -> backbone -> memory -> head, n-grams beside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final

import torch
from torch import Tensor, nn

from neurolite_core.answer.labels import check_labels, default_labels
from neurolite_core.answer.outputs import EFFECTS, OFFSETS, RULES, TAGS
from neurolite_core.answer.scores import check_threshold
from neurolite_core.answer.similarity import Similarity
from neurolite_core.answer.tasks import (
    CLASSIFICATION,
    EMBEDDING,
    GENERATION,
    MULTI_LABEL,
    SEVERAL_THRESHOLD,
    SPANS,
)
from neurolite_core.ground.errors import InputError
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.early import early_answers
from neurolite_core.network.exits import Exits
from neurolite_core.network.experts import Routed, build_experts
from neurolite_core.network.experts_options import OUTPUT as EXPERT
from neurolite_core.network.heads import BagHead, ClassificationHead, EmbeddingHead, EntryHead
from neurolite_core.network.initialise import initialise
from neurolite_core.network.memory.path import MemoryPath
from neurolite_core.network.pooling import POOLING_MODULES, RootSum
from neurolite_core.network.reading import Reading
from neurolite_core.network.remembering import initial_tensors
from neurolite_core.network.rules import RulePath
from neurolite_core.network.spans import SpanPath
from neurolite_core.network.state_spec import StateSpec, check_specs
from neurolite_core.network.task_checks import (
    check_early,
    check_generation,
    check_without_labels,
    options_of,
)
from neurolite_core.network.wide import WidePath
from neurolite_core.network.words import NeuroLiteModel
from neurolite_core.text.vocabulary import Vocabulary


class TextNetwork(Reading):
    """Base of the tasks: a model, its pooling and norm, and named outputs.

    Attributes:
        wide: the wide path of a config that has one, whose logits are added to the head's; else None.
        memory: the memory of a config that has one, between a text's vector and the head; else None.
        rules: rules that decide beside the network (``ruling.with_rules``); else None.
        spans: the head over words of a config that has one, which finds spans beside the task's answer; else None.
        task: key in ``TASKS``.
        labels: the C labels, empty where the task has none.
        threshold: a text whose scope score (``scores.scope_scores``) is below it should get no answer; 0 always
            answers. 0 <= threshold < 1, checked where it is stored; None where it was never chosen. With several
            labels a text, the score from which on a label is given.
        similarities: what cosines of the vectors mean, for each length to which they may be cut, the shortest first;
            empty where training did not measure it.
        exits: classifiers behind layers before the last, of a config that has some; else None.
        span_thresholds: of each type of spans the score below which one is not given; empty where none was chosen.
    """

    task: str
    labels: tuple[str, ...]
    threshold: float | None = None
    similarities: tuple[Similarity, ...] = ()
    span_thresholds: tuple[float, ...] = ()
    wide: WidePath | None
    memory: MemoryPath | None
    rules: RulePath | None
    spans: SpanPath | None
    exits: Exits | None

    def __init__(self, config: NeuroLiteConfig) -> None:
        super().__init__()
        check_generation(self.task, config)
        check_early(self.task, config)
        self.wide = None
        self.rules = None
        self.config = config
        self.model = NeuroLiteModel(config)
        self.pool = POOLING_MODULES[config.pooling]()
        # After pooling rather than before: a mean over many words is small, a single word is not,
        # and int8 has one range for both. Accuracy was the same either way.
        self.norm = nn.LayerNorm(config.hidden_size)
        self.exits = None
        if config.exits is not None:
            self.exits = Exits(config.hidden_size, config.num_layers)
        self.experts = build_experts(config)
        if config.bag:
            self.bag = RootSum()
            self.joined = BagHead(config.hidden_size, config.text_size)
            initialise(self.joined)
        self.memory = None
        if config.memory is not None:
            self.memory = MemoryPath(config.text_size, config.memory, config.dropout)
        self.spans = None
        if config.spans is not None:
            self.spans = SpanPath(config.hidden_size, config.spans, config.dropout)
            initialise(self.spans)

    @property
    def state_specs(self) -> tuple[StateSpec, ...]:
        """What the network keeps from one call to the next; empty where it keeps nothing."""
        return () if self.memory is None else check_specs(self.memory.specs)

    def answer(self, text: Tensor) -> dict[str, Tensor]:
        """Named outputs from the text's vector (N, D), D the config's ``text_size``."""
        raise NotImplementedError

    def text_vector(self, indices: Tensor, counts: Tensor) -> Tensor:
        """A text by itself, without what is remembered: indices int (N, L, K), counts (N) -> float32 (N, D)."""
        return self._routed(*self.model.encode(indices, counts)).text

    def _routed(self, hidden: Tensor, words: Tensor, mask: Tensor) -> Routed:
        """The text's vector, and its experts, of what ``NeuroLiteModel.encode`` gives."""
        pooled, expert = self.norm(self.pool(hidden, mask)), None
        if self.experts is not None:
            pooled, expert = self.experts(pooled, words, mask)
        text = self.joined(self.bag(words, mask), pooled) if self.config.bag else pooled
        return Routed(text, expert)

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
            hidden: give also what rules made of the text alone, under ``EFFECTS``, where there are rules, and ``parts``
                of ``exits.Early``, where there are exits.

        Returns:
            Named outputs: those of the task, ``tags`` float32 (N, L, T) where there is a head over words, ``expert``
            where texts choose experts, ``depth`` int32 (N) where layers before the last may answer, and behind them the
            next state, each part by its spec's ``next_name``.

        Raises:
            ValueError: as many of ``more`` are not given.
        """
        wanted = [self.wide is not None, self.rules is not None and self.rules.starts is not None]
        if len(more) != sum(wanted):
            raise ValueError(
                "A network with a wide path takes indices, counts and ngrams, one without takes the first two; behind "
                "them rules on parts of words take starts: network(*network.features(texts))."
            )
        answers, following = self._answered(indices, counts, more, state, hidden=hidden)
        if self.rules is not None:
            starts = more[-1] if wanted[1] else None
            answers["logits"], answers[RULES], effects = self.rules(
                answers["logits"], indices, starts
            )
            if hidden:
                answers[EFFECTS] = effects
        return answers | {
            spec.next_name: value for spec, value in zip(self.state_specs, following, strict=True)
        }

    def _answered(
        self,
        indices: Tensor,
        counts: Tensor,
        more: Sequence[Tensor],
        state: Sequence[Tensor],
        *,
        hidden: bool,
    ) -> tuple[dict[str, Tensor], Sequence[Tensor]]:
        """``network`` without its rules: named outputs, and the next state."""
        if self.exits is not None:
            return early_answers(self, indices, counts, *more, hidden=hidden), ()
        encoded = self.model.encode(indices, counts)
        text, expert = self._routed(*encoded)
        following: Sequence[Tensor] = ()
        if self.memory is not None:
            if self.state_specs and not state:
                state = initial_tensors(self.state_specs, len(text), text.device)
            text, following = self.memory(text, state)
        answers = self.answer(text)
        if self.wide is not None:
            answers["logits"] = answers["logits"] + self.wide(more[0])
        if self.spans is not None:
            hidden_words, _, mask = encoded
            answers[TAGS] = self.spans(hidden_words, mask)
        if expert is not None:
            answers[EXPERT] = expert
        return answers, following

    def forward(
        self,
        input_texts: Sequence[str | bytes] | None = None,
        *,
        input_bytes: Tensor | None = None,
        update_memory: bool = False,
    ) -> dict[str, Tensor]:
        """Named outputs of a batch, in the light of what the network remembers; with ``tags`` also ``offsets``.

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
        if self.spans is not None:
            answers[OFFSETS] = self.offsets(input_texts, input_bytes, features[0].shape[1])
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
        if config.spans is not None:
            raise InputError(
                "The config has spans, which an embedding model does not find: NeuroLiteForSpans and classifiers do. "
                "Leave spans out."
            )
        check_without_labels(config, labels, "an embedding model")
        self.embedding = EmbeddingHead()

    def answer(self, text: Tensor) -> dict[str, Tensor]:
        """text (N, D) -> embedding (N, D)."""
        return {"embedding": self.embedding(text)}


class NeuroLiteForSpans(TextNetwork):
    """Spans of a text alone: ``tags`` float32 (N, L, T), and ``offsets`` int32 (N, L, 2) beside them.

    Spans beside a label are found by a classifier whose config has ``spans``.
    """

    task = SPANS
    labels = ()

    def __init__(self, config: NeuroLiteConfig, *, labels: Sequence[str] | None = None) -> None:
        super().__init__(config)
        if config.spans is None:
            raise InputError(
                "The config has no spans: spans=SpansOptions(types=...) says which are to be found."
            )
        check_without_labels(config, labels, "a model of spans alone")

    def answer(self, text: Tensor) -> dict[str, Tensor]:  # noqa: ARG002  # nothing is said of the text as a whole
        """Nothing; ``tags`` come from the words."""
        return {}


class NeuroLiteForGeneration(TextNetwork):
    """The entry behind a text's last word: ``logits`` float32 (N, V).

    Args:
        config: with ``generation``'s options; what else it must be says ``generation.check_generation``.
        labels: V entries of a ``text.vocabulary.Vocabulary``.
    """

    task = GENERATION

    def __init__(self, config: NeuroLiteConfig, *, labels: Sequence[str] | None = None) -> None:
        super().__init__(config)
        self.labels = Vocabulary(tuple(labels or ())).labels
        self.empty = nn.Parameter(torch.zeros(config.hidden_size))
        size = options_of(config).size
        self.head = EntryHead(config.hidden_size, size, len(self.labels), config.dropout)
        initialise(self.head)

    def _routed(self, hidden: Tensor, words: Tensor, mask: Tensor) -> Routed:  # noqa: ARG002
        without_words = 1.0 - mask[:, 0]
        return Routed(self.norm(self.pool(hidden, mask) + without_words * self.empty), None)

    def answer(self, text: Tensor) -> dict[str, Tensor]:
        """text (N, H) -> logits (N, V)."""
        return {"logits": self.head(text)}

    def following(self, indices: Tensor, counts: Tensor) -> Tensor:
        """What ``head`` makes the logits behind every word of, for training.

        Returns:
            float32 (N, L + 1, H): row 0 is what the empty text has, row i what the first i words have; ``targets`` of
            a vocabulary are in this order. Rows behind a text's last word have values that nobody reads.
        """
        return self.vectors_behind(self.model.encode(indices, counts)[0])

    def vectors_behind(self, hidden: Tensor) -> Tensor:
        """The same of what ``model.encode`` makes of the words, float32 (N, L, H)."""
        first = self.empty.expand(len(hidden), 1, -1)
        vectors: Tensor = self.norm(torch.cat([first, hidden], dim=1))
        return vectors


TASKS: Final[
    Mapping[
        str,
        type[NeuroLiteForClassification]
        | type[NeuroLiteForEmbedding]
        | type[NeuroLiteForSpans]
        | type[NeuroLiteForGeneration],
    ]
] = MappingProxyType(
    {
        NeuroLiteForClassification.task: NeuroLiteForClassification,
        NeuroLiteForMultiLabel.task: NeuroLiteForMultiLabel,
        NeuroLiteForEmbedding.task: NeuroLiteForEmbedding,
        NeuroLiteForSpans.task: NeuroLiteForSpans,
        NeuroLiteForGeneration.task: NeuroLiteForGeneration,
    }
)
