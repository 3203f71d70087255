"""Which options go together: each kind of training refuses what it would leave unused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.answer.tasks import EMBEDDING, GENERATION, SPANS
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.configurable import Effective
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.training.choosing.candidates import AUTO
from neurolite_core.training.kinds import CONVERSATIONS, TEXTS, WITHOUT_SPANS
from neurolite_core.training.options import TUNED_HEAD, TrainingOptions

ACCELERATORS: Final = ("auto", "cpu", "gpu")
PRECISIONS: Final = ("auto", "float32", "bfloat16")
MOST_WORKERS: Final = 256


def require_machine(effective: Effective) -> None:
    """Refuses machines that there are not."""
    values = effective.values
    require_choice("--accelerator", values["accelerator"], ACCELERATORS)
    require_choice("--precision", values["precision"], PRECISIONS)
    require_range("--devices", values["devices"], 1, 4096)
    require_range("--nodes", values["nodes"], 1, 65_536)
    if values["workers"] is not None:
        require_range("--workers", values["workers"], 0, MOST_WORKERS)


def require_teacher(unlabelled: list[str] | None, teacher: list[Path] | None) -> None:
    """Refuses unlabelled texts that nobody would answer."""
    if unlabelled and not teacher:
        raise InputError(
            "--unlabelled was given without --teacher; only a teacher can say what unlabelled "
            "texts mean. Add --teacher FOLDER."
        )


def require_encoder(labelled: list[str] | None, task: str) -> None:
    """Refuses labelled texts beside the labelled texts that are trained on."""
    if labelled and task != EMBEDDING:
        raise InputError(
            "--labelled says what an encoder's cosines mean, with --task embedding. Give texts to learn from as DATA, and "
            "those that decide which weights are kept as --validation."
        )


# Options that say what to do with labels.
_UNSET: Final[Mapping[str, object]] = MappingProxyType(
    {
        "validation": None,
        "test": None,
        "unlabelled": None,
        "out_of_scope": None,
        "multi_label": False,
        "label_separator": None,
        "merge_labels": False,
        "conflicts": "keep",
        "class_weights": "none",
        "start": AUTO,
        "max_mb": None,
        "wide": "auto",
        "rules": None,
    }
)


def require_texts_alone(effective: Effective) -> None:
    """Refuses what an encoder, which has no labels, would leave unused."""
    unused = dict(_UNSET)
    if not effective.values["labelled"]:
        unused["label_column"] = None
    for name, unset in unused.items():
        if effective.values[name] not in (unset, None, []):
            raise InputError(
                f"--{name.replace('_', '-')} was given with --task embedding, which learns from texts alone. Leave it out."
            )
    for name in ("devices", "nodes"):
        if effective.values[name] != 1:
            raise InputError(
                f"--{name} is {shown(effective.values[name])}; --task embedding runs as one process: leave it at 1."
            )
    if not effective.values["teacher"]:
        raise InputError("--task embedding learns the vectors of a larger model: --teacher FOLDER")


# Options that a training on conversations has no use for.
_UNSET_FOR_TURNS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "teacher": None,
        "unlabelled": None,
        "out_of_scope": None,
        "multi_label": False,
        "label_separator": None,
        "merge_labels": False,
        "conflicts": "keep",
        "keep_duplicates": False,
        "minutes": None,
        "max_mb": None,
    }
)


def require_conversations(effective: Effective) -> None:
    """Refuses what a training on conversations would leave unused."""
    for name, unset in _UNSET_FOR_TURNS.items():
        if effective.values[name] not in (unset, None, []):
            raise InputError(
                f"--{name.replace('_', '-')} was given with --conversation, which trains one classifier through the turns "
                "of labelled conversations. Leave one of them out."
            )
    if effective.values["wide"] == "on":
        raise InputError(
            "--wide on was given with --conversation; a wide path knows one text alone. Leave one of them out."
        )
    for name in ("devices", "nodes"):
        if effective.values[name] != 1:
            raise InputError(
                f"--{name} is {shown(effective.values[name])}; --conversation runs as one process: leave it at 1."
            )


# Options that a training with spans has no use for.
_UNSET_FOR_SPANS: Final[Mapping[str, object]] = MappingProxyType(
    {
        "conversation": None,
        "unlabelled": None,
        "out_of_scope": None,
        "rules": None,
    }
)


def require_spans(effective: Effective) -> None:
    """Refuses what a training with spans would leave unused."""
    values = effective.values
    for name, unset in _UNSET_FOR_SPANS.items():
        if values[name] not in (unset, None, []):
            raise InputError(
                f"--{name.replace('_', '-')} was given with texts with spans, of which a network learns labels and spans as "
                "they are written, text by text. Leave it out, or the spans: --spans none"
            )
    if values["folds"] != TrainingOptions().folds:
        raise InputError(
            f"--folds is {shown(values['folds'])}, and texts with spans are learned once: validation texts choose the "
            "thresholds. Leave it out."
        )
    if values["wide"] == "on":
        raise InputError(
            "--wide on was given with texts with spans, beside which no wide path is trained. Leave one of them out."
        )
    _require_one_tagger(values)
    if values["task"] == SPANS:
        _require_no_labels(values)
    for name in ("devices", "nodes"):
        if values[name] != 1:
            raise InputError(
                f"--{name} is {shown(values[name])}; a training with spans runs as one process: leave it at 1."
            )


def _require_one_tagger(values: Mapping[str, Any]) -> None:
    """Refuses teachers that cannot say what each word is."""
    teachers = values["teacher"] or []
    if len(teachers) > 1:
        raise InputError(
            f"--teacher was given {len(teachers)} times with texts with spans, which are learned from one. Leave one of "
            "them."
        )
    if values["teacher_head"] != TUNED_HEAD:
        raise InputError(
            f"--teacher-head {values['teacher_head']} was given with texts with spans; a teacher has to be tuned to them. "
            "Leave it out."
        )


def _require_no_labels(values: Mapping[str, Any]) -> None:
    """Refuses what says how labels are read, or that there are no spans, where spans are learned alone."""
    given = {
        "--label-column": bool(values["label_column"]),
        "--multi-label": values["multi_label"],
        "--class-weights": values["class_weights"] != "none",
        "--merge-labels": values["merge_labels"],
        "--conflicts": values["conflicts"] != "keep",
        f"--spans {WITHOUT_SPANS}": values["spans"] == WITHOUT_SPANS,
    }
    for name, is_given in given.items():
        if is_given:
            raise InputError(
                f"{name} was given with --task spans, which learns spans alone. Leave one of them out."
            )


def _without_spans(effective: Effective) -> None:
    """Refuses that spans are asked for where none are learned."""
    values = effective.values
    if values["spans"] not in (AUTO, WITHOUT_SPANS):
        why = "--conversation" if values["conversation"] is not None else f"--task {values['task']}"
        raise InputError(
            f"--spans {values['spans']} was given with {why}, which learns none. Leave one of them out."
        )
    if values["spans_weight"] != TrainingOptions().spans_weight:
        raise InputError(
            f"--spans-weight is {values['spans_weight']}, and there are no spans to learn. Leave it out."
        )


def _alone(effective: Effective) -> None:
    if effective.values["conversation"] is not None:
        raise InputError(
            "--conversation was given with --task embedding; turns are learned by their labels. Leave one of them out."
        )
    _without_spans(effective)
    require_texts_alone(effective)


def _turns(effective: Effective) -> None:
    _without_spans(effective)
    require_conversations(effective)


# Options that say what to do with labels, columns or teachers, of which a generator has none.
_UNSET_FOR_WRITING: Final[Mapping[str, object]] = MappingProxyType(
    {
        **{name: unset for name, unset in _UNSET.items() if name not in ("validation", "test")},
        "teacher": None,
        "experts": None,
        "experts_top": None,
        "text_column": None,
        "label_column": None,
        "delimiter": None,
        "conversation": None,
        "keep_duplicates": False,
        "label_smoothing": TrainingOptions().label_smoothing,
        "typos": TrainingOptions().typos,
        "folds": TrainingOptions().folds,
    }
)
# Those that only a generator has.
_OF_WRITING: Final = (
    "vocab_size",
    "seq_length",
    "max_samples",
    "hidden_size",
    "num_layers",
    "word_noise",
)


def _writing(effective: Effective) -> None:
    """Refuses what a training of a generator would leave unused."""
    _without_spans(effective)
    for name, unset in _UNSET_FOR_WRITING.items():
        if effective.values[name] not in (unset, None, []):
            raise InputError(
                f"--{name.replace('_', '-')} was given with --task generation, which learns the words of whole texts. "
                "Leave it out."
            )
    for name in ("devices", "nodes"):
        if effective.values[name] != 1:
            raise InputError(
                f"--{name} is {shown(effective.values[name])}; --task generation runs as one process: leave it at 1."
            )


_REQUIRED: Final[Mapping[str, Callable[[Effective], None]]] = MappingProxyType(
    {
        EMBEDDING: _alone,
        GENERATION: _writing,
        CONVERSATIONS: _turns,
        SPANS: require_spans,
        TEXTS: _without_spans,
    }
)


def require_exits(effective: Effective, kind: str) -> None:
    """Refuses exits where something else than one label of a single text is learned, and what would open none."""
    values = effective.values
    if values["exit_loss"] is not None and not (values["exits"] or values["model_config"]):
        raise InputError(
            f"--exit-loss is {shown(values['exit_loss'])}, and there are no exits that could answer early. Add --exits, or "
            "leave it out."
        )
    if values["exits"] and (kind != TEXTS or values["multi_label"]):
        raise InputError(
            "--exits was given, and only a classifier of one label a text answers before its last layer: not with several "
            "labels, spans, conversations, embeddings or generation. Leave it out."
        )


def require_kind(effective: Effective, kind: str) -> None:
    """Refuses options that another kind of training has; ``kind`` is of ``kinds.kind_of``."""
    if effective.values["use_memory"]:
        raise InputError(
            "--use-memory is not built: a generator remembers what it has read by the state of its backbone, ssm or liquid, "
            "and turns with labels have a memory by --conversation COLUMN. Leave it out."
        )
    _REQUIRED[kind](effective)
    for name in () if kind == GENERATION else _OF_WRITING:
        if effective.values[name] is not None:
            raise InputError(
                f"--{name.replace('_', '-')} is {shown(effective.values[name])}, and nothing is written here: add --task "
                "generation, or leave it out."
            )
    turns = effective.values["turns"]
    if kind not in (EMBEDDING, CONVERSATIONS) and turns != TrainingOptions().turns:
        raise InputError(
            f"--turns is {turns}, and rows stand alone: name the column of their conversations, --conversation "
            "COLUMN, or leave --turns out."
        )


def require_together(effective: Effective, kind: str) -> None:
    """Refuses options that do not go together, or with the kind of training; ``kind`` is of ``kinds.kind_of``."""
    values = effective.values
    require_kind(effective, kind)
    require_exits(effective, kind)
    require_encoder(values["labelled"], values["task"])
    require_teacher(values["unlabelled"], values["teacher"])
    require_machine(effective)
