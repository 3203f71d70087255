"""How a model is trained, apart from its data and its shape: a frozen, validated dataclass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from neurolite_core.ground.checks import require_choice, require_fraction, require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.text.vocabulary import FIRST_WORD, MAX_ENTRIES

CLASS_WEIGHTS: Final = ("none", "balanced")
WIDE_MODES: Final = ("auto", "on", "off")
TUNED_HEAD: Final = "tuned"
SOLVED_HEAD: Final = "solved"
TEACHER_HEADS: Final = (TUNED_HEAD, SOLVED_HEAD)
MAX_SEED: Final = 2**31 - 1
MOST_MINUTES: Final = 43_200  # 30 days
MOST_LEARNING_RATE: Final = 10
MOST_WEIGHT: Final = 100
# What counts from 1 where it is given, and up to what.
_COUNTS: Final = {"epochs": 10_000, "patience": 10_000, "max_samples": 2**31 - 1}
_SHARES: Final = {"teacher_weight": 1.0, "extra_share": 0.95, "exit_loss": 0.5}  # from 0 up to
# docs/training.md has the study on validation rows.
_TEXTS_SEEN: Final = 400_000
_TEXTS_SEEN_STARTED: Final = 200_000  # by what began with an encoder
_FEWEST_EPOCHS: Final = 5
_MOST_EPOCHS: Final = 200
_ENOUGH_EPOCHS: Final = 40
_FEWEST_TEXTS: Final = 25_600  # however few rows there are


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingOptions:
    """Everything that decides a training besides data, config and teacher.

    Attributes:
        seed: of weights, order, distortion and dropout, 0 to 2**31 - 1.
        epochs: passes over the labelled rows, 1 to 10,000; None for ``default_epochs``.
        minutes: time budget in place of ``epochs``; speed is measured first, and the number of steps
            then fixed, so that the learning rate still falls to zero. Above 0, up to ``MOST_MINUTES``.
        batch_size: texts per step over all processes, 1 to 65,536.
        learning_rate: highest of the schedule, above 0, up to ``MOST_LEARNING_RATE``.
        table_rate: the projection table's learning rate as a share of ``learning_rate``, above 0, up to 1.
        weight_decay: of AdamW, 0 <= weight_decay < 1.
        label_smoothing: for rows without a teacher's answer, 0 <= label_smoothing < 1.
        typos: share of the words that get an edit, in every second text, with spans in nine of ten, 0 <= typos < 1.
        word_dropout: share of the words left out, likewise, 0 <= word_dropout < 1.
        class_weights: one of ``CLASS_WEIGHTS``.
        patience: evaluations without a better validation accuracy after which training stops, at
            least 1; None for never.
        teacher_weight: weight of the teacher's answer against the row's own label, 0 to 1.
        teacher_head: one of ``TEACHER_HEADS``: a transformer is tuned to the labels, or it stays as it is and a head on
            its vectors is solved for.
        extra_share: share of a step's texts that have no label but a teacher's answer, 0 to 0.95.
        variants: distorted copies of each labelled text that the teacher answers, 0 to 100; with spans of each text.
        folds: parts in which rows are answered by models that did not learn them, where validation rows are too few
            to choose a threshold (``cross_fitting``): 2 to 20, or 0 for none.
        turns: of conversations: turns through which the loss is traced back, 1 to 1,000.
        spans_weight: of spans: the weight of their words' tags against the label, above 0, up to 100.
        vocab_size: of generators: entries V to choose from, 259 to 65,536.
        seq_length: of generators: words of a window, which the network reads, 2 to 8,192.
        word_noise: of generators: share of the words that are read as others while it learns, 0 <= word_noise < 1.
        max_samples: of generators: documents to learn at most, at least 1; None for all.
        exit_loss: of networks with exits: share of the validation texts that may be lost by answering before the last
            layer, 0 to 0.5.
        wide: one of ``WIDE_MODES``: whether a wide path of n-grams is joined to a classifier where validation rows show
            a clear gain, in any case, or not at all.

    Raises:
        InputError: a value is out of its range; the message names it.
    """

    seed: int = 0
    epochs: int | None = None
    minutes: float | None = None
    batch_size: int = 128
    learning_rate: float = 3e-3
    table_rate: float = 1.0
    weight_decay: float = 0.01
    label_smoothing: float = 0.1
    typos: float = 0.1
    word_dropout: float = 0.1
    class_weights: str = "none"
    patience: int | None = None
    teacher_weight: float = 0.8
    teacher_head: str = TUNED_HEAD
    extra_share: float = 0.6
    variants: int = 8
    folds: int = 3
    turns: int = 32
    spans_weight: float = 2.0
    exit_loss: float = 0.002
    wide: str = "auto"
    vocab_size: int = 10_000
    seq_length: int = 64
    max_samples: int | None = None
    word_noise: float = 0.0

    def __post_init__(self) -> None:
        require_range("seed", self.seed, 0, MAX_SEED)
        for name, largest in _COUNTS.items():
            if (count := getattr(self, name)) is not None:
                require_range(name, count, 1, largest)
        if self.epochs is not None and self.minutes is not None:
            raise InputError("--epochs and --minutes were both given; give one of them.")
        for name, most in (
            ("minutes", MOST_MINUTES),
            ("learning_rate", MOST_LEARNING_RATE),
            ("table_rate", 1),
            ("spans_weight", MOST_WEIGHT),
        ):
            value = getattr(self, name)
            if value is not None and not 0 < value <= most:
                raise InputError(f"{name} is {value!r}; give a number above 0, up to {most:,}.")
        require_range("batch_size", self.batch_size, 1, 65_536)
        for name in ("weight_decay", "label_smoothing", "typos", "word_dropout", "word_noise"):
            require_fraction(name, getattr(self, name))
        require_choice("class_weights", self.class_weights, CLASS_WEIGHTS)
        require_choice("teacher_head", self.teacher_head, TEACHER_HEADS)
        for name, share in _SHARES.items():
            if not 0 <= getattr(self, name) <= share:
                raise InputError(f"{name} is {getattr(self, name)!r}; give 0 to {share:g}.")
        require_range("variants", self.variants, 0, 100)
        require_range("turns", self.turns, 1, 1_000)
        require_choice("wide", self.wide, WIDE_MODES)
        require_range("vocab_size", self.vocab_size, FIRST_WORD + 1, MAX_ENTRIES)
        require_range("seq_length", self.seq_length, 2, 8_192)
        if self.folds != 0:
            require_range("folds", self.folds, 2, 20)


def default_epochs(rows: int, extra_share: float, *, started: bool = False) -> int:
    """Passes over ``rows`` labelled texts, from 5 to 200.

    As many as show some 400,000 texts, or 200,000 to a network that began with an encoder, but at most 40 where those
    show 25,600 texts: a few hundred rows are learned by heart by then.

    Args:
        rows: N, labelled.
        extra_share: of all texts that are seen, those that have no label.
        started: whether it began with an encoder.
    """
    seen_per_epoch = max(1.0, rows / (1.0 - extra_share))
    wanted = (_TEXTS_SEEN_STARTED if started else _TEXTS_SEEN) / seen_per_epoch
    most = max(_ENOUGH_EPOCHS, _FEWEST_TEXTS / seen_per_epoch)
    return min(_MOST_EPOCHS, max(_FEWEST_EPOCHS, round(min(wanted, most))))
