"""What the options of ``neurolite-train`` say together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from neurolite_core.answer.tasks import EMBEDDING, GENERATION, SPANS
from neurolite_core.data.label_cells import DEFAULT_SEPARATOR, require_separator
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.configurable import Effective
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited
from neurolite_core.ground.values import shown
from neurolite_core.network.config import PRESETS, NeuroLiteConfig
from neurolite_core.network.exits_options import ExitsOptions
from neurolite_core.network.experts_options import MOST_CHOSEN, MOST_EXPERTS, ExpertsOptions
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.settings import with_backbone, with_settings
from neurolite_core.rules.reading import read_rules
from neurolite_core.training.choosing.candidates import (
    AUTO,
    DEFAULT_MOST,
    DEFAULT_MOST_WITH_SPANS,
    MEGABYTE,
    NONE,
    Candidate,
    Rates,
    starts_of,
)
from neurolite_core.training.choosing.deeper import deepens, deeper
from neurolite_core.training.generation.shaping import generator_config
from neurolite_core.training.kinds import CONVERSATIONS
from neurolite_core.training.options import WIDE_MODES, TrainingOptions

if TYPE_CHECKING:
    from neurolite_core.artifact.checkpoint import Checkpoint
    from neurolite_core.training.request import Request
    from neurolite_core.training.sources import DataFiles

DEFAULT_SIZE: Final = "tiny"
WORK: Final = "work"
MOST_MEGABYTES: Final = 1_000
_CONFIG_LIMIT: Final = 2**20
_WITHOUT_WIDE: Final = ("micro",)  # presets that flash has room for, but for nothing beside them
# Options that say what a model looks like, which an encoder to start with has decided.
_SHAPING: Final[Mapping[str, str]] = MappingProxyType(
    {
        "--size": "size",
        "--model-config": "model_config",
        "--backbone": "backbone",
        "--set": "settings",
        "--experts": "experts",
        "--exits": "exits",
    }
)
_DEPENDING: Final = tuple(field.name for field in fields(Rates))
# A table that was solved for is moved slowly, or the first minute destroys it; weights that know something get less
# than those that were drawn.
RATES: Final[Mapping[str, Rates]] = MappingProxyType(
    {
        "drawn": Rates(3e-3, 1.0),
        "start": Rates(1e-3, 1.0),
        EMBEDDING: Rates(2e-3, 0.25),
        GENERATION: Rates(3e-3, 1.0, batch_size=32, word_dropout=0.0),
        SPANS: Rates(
            5e-3,
            1.0,
            batch_size=64,
            weight_decay=0.05,
            word_dropout=0.05,
            teacher_weight=1.0,
            variants=7,
        ),
    }
)


def of_kinds(name: str) -> str:
    """What a field of ``Rates`` is in each kind of training, for help texts."""
    return ", ".join(f"{kind}: {getattr(rates, name):g}" for kind, rates in RATES.items())


def data_files(effective: Effective, kind: str) -> DataFiles:
    """What to read, and how; ``kind`` is of ``kinds.kind_of``.

    Raises:
        InputError: a separator of labels that cannot be one, or that one label a text does not need.
    """
    from neurolite_core.training.sources import DataFiles

    values = effective.values
    same = (
        "validation",
        "test",
        "text_column",
        "delimiter",
        "merge_labels",
        "conflicts",
        "keep_duplicates",
        "conversation",
    )
    return DataFiles(
        train=tuple(values["data"]),
        unlabelled=tuple(values["unlabelled"] or ()),
        out_of_scope=tuple(values["out_of_scope"] or ()),
        labelled=tuple(values["labelled"] or ()),
        label_column=tuple(values["label_column"] or ()),
        label_separator=separator_of(values["label_separator"], several=values["multi_label"]),
        on_bad="skip" if values["skip_bad_rows"] else "raise",
        spans=values["spans"] if kind == SPANS else None,
        **{name: values[name] for name in same},
    )


def separator_of(separator: str | None, *, several: bool) -> str | None:
    """What stands between labels, None where a text has one."""
    if several:
        return require_separator(DEFAULT_SEPARATOR if separator is None else separator)
    if separator is not None:
        raise InputError(
            f"--label-separator is {separator!r}, and a text has one label here. Of several labels a text: --multi-label"
        )
    return None


def candidates_of(effective: Effective, kind: str) -> tuple[Candidate, ...]:
    """What the options ask for: one model, or several of which one is picked.

    Args:
        effective: the options.
        kind: of training, of ``kinds.kind_of``.

    Raises:
        InputError: an encoder and a shape were named, and the shape is the encoder's; a value that cannot be.
    """
    values = effective.values
    size, path, settings = values["size"], values["model_config"], values["settings"] or ()
    layers = settings if deepens(values["start"], settings) else ()
    shaping = [name for name, key in _SHAPING.items() if values[key]]
    shaped = next((name for name in shaping if name != "--set" or not layers), None)
    drawn = config_of(size or DEFAULT_SIZE, path)
    if values["backbone"] is not None:
        drawn = with_backbone(drawn, values["backbone"])
    if kind == GENERATION:
        drawn = generator_config(drawn, values)
    drawn = with_settings(drawn, settings)
    drawn = with_experts(drawn, values["experts"], values["experts_top"])
    if values["exits"] and drawn.exits is None:
        drawn = replace(drawn, exits=ExitsOptions())
    if drawn.spans is not None and kind != SPANS:
        raise InputError(
            f"{path} has spans, and there are none to learn here. Take them out of it, or give texts with spans: --spans"
        )
    if kind in (EMBEDDING, GENERATION):  # which begin with nothing
        options = _training_options(effective, RATES[kind])
        return (Candidate(name=NONE, config=drawn, start=None, options=options),)
    turns = kind == CONVERSATIONS
    begins = NONE if turns and values["start"] == AUTO else values["start"]
    return tuple(
        Candidate(
            name=name,
            config=_shape(drawn, path, start, layers, remembers=turns),
            start=start,
            options=_training_options(effective, _rates(kind, start)),
        )
        for name, start in starts_of(begins, shaped=shaped).items()
    )


def _rates(kind: str, start: Checkpoint | None) -> Rates:
    if kind == SPANS:
        return RATES[SPANS]
    return RATES["drawn" if start is None else "start"]


def _shape(
    drawn: NeuroLiteConfig,
    path: Path | None,
    start: Checkpoint | None,
    layers: Sequence[str],
    *,
    remembers: bool,
) -> NeuroLiteConfig:
    """What was asked for or an encoder's, with a memory where turns are learned; or what a file holds, as it is."""
    # A head over words is of its own data, and is not taken over.
    config = drawn if start is None else replace(deeper(start.config, layers), spans=None)
    if remembers and path is None and config.memory is None:
        return replace(config, memory=MemoryOptions())
    return config


def request_of(effective: Effective, kind: str) -> tuple[Request, Effective]:
    """The training that the options ask for, and the options with those in place that depend on others.

    Args:
        effective: the options.
        kind: of training, of ``kinds.kind_of``.

    Raises:
        InputError: a value that cannot be; an encoder, config or rules that cannot be read.
    """
    from neurolite_core.training.launching import Machine
    from neurolite_core.training.request import Request

    values = effective.values
    first, *others = candidates = candidates_of(effective, kind)
    out: Path = values["out"]
    machine = ("accelerator", "devices", "nodes", "precision", "workers")
    request = Request(
        files=data_files(effective, kind),
        config=first.config,
        start=first.start,
        options=first.options,
        task=values["task"],
        name=first.name,
        also=tuple(others),
        most_bytes=most_bytes(effective, kind),
        machine=Machine(**{name: values[name] for name in machine}),
        out=out,
        work=values["work"] or out / WORK,
        rules=None if values["rules"] is None else read_rules(values["rules"]),
        teachers=tuple(values["teacher"] or ()),
        restart=values["restart"],
        pictures=values["pictures"],
    )
    return request, in_effect(effective, candidates)


def most_bytes(effective: Effective, kind: str) -> int | None:
    """Of an int8 ONNX file: what was given, else the default of the kind where nobody named a model.

    Raises:
        InputError: not above 0.
    """
    values = effective.values
    most: float | None = values["max_mb"]
    if most is not None and not 0 < most <= MOST_MEGABYTES:
        raise InputError(f"--max-mb is {most!r}; give a number above 0, up to {MOST_MEGABYTES:,}.")
    named = [key for key in _SHAPING.values() if values[key]]
    if most is None and (named or values["start"] != AUTO or kind in (EMBEDDING, GENERATION)):
        return None
    default = DEFAULT_MOST_WITH_SPANS if kind == SPANS else DEFAULT_MOST
    return round((default if most is None else most) * MEGABYTE)


def _training_options(effective: Effective, rates: Rates) -> TrainingOptions:
    """Of the command's options, those that ``TrainingOptions`` has by the same name."""
    names = {field.name for field in fields(TrainingOptions)}
    values = {k: v for k, v in effective.values.items() if k in names}
    for name in _DEPENDING:
        if values[name] is None:
            values[name] = getattr(rates, name)
    if values["wide"] == WIDE_MODES[0] and effective.values["size"] in _WITHOUT_WIDE:
        values["wide"] = WIDE_MODES[-1]
    return TrainingOptions(**{k: v for k, v in values.items() if v is not None})


def in_effect(effective: Effective, candidates: Sequence[Candidate]) -> Effective:
    """The options of a call with those in place that depend on others, so that the saved file says all.

    Of several candidates each has learning rates of its own, which the file leaves to be chosen again.
    """
    values = dict(effective.values)
    if len(candidates) == 1:
        (only,) = candidates
        for name in _DEPENDING:
            values[name] = getattr(only.options, name)
        if only.start is None and values["model_config"] is None:
            values["size"] = values["size"] or DEFAULT_SIZE
    return replace(effective, values=values)


def with_experts(config: NeuroLiteConfig, count: int | None, top: int | None) -> NeuroLiteConfig:
    """A shape with so many experts, of which a text uses so many; the rest of their options as they were.

    Raises:
        InputError: a number that cannot be, or experts for each text without experts.
    """
    if count is None and top is None:
        return config
    if count is not None:
        require_range("--experts", count, 1, MOST_EXPERTS)
    elif config.experts is None:
        raise InputError(
            f"--experts-top is {shown(top)}, and the model has no experts. Say how many: --experts N"
        )
    given = config.experts or ExpertsOptions()
    most = given.count if count is None else count
    if top is not None:
        require_range("--experts-top", top, 1, min(MOST_CHOSEN, most))
    chosen = min(given.top, most) if top is None else top
    return replace(config, experts=replace(given, count=most, top=chosen))


def config_of(size: str, path: Path | None) -> NeuroLiteConfig:
    """A preset, or what a file holds."""
    if path is None:
        return PRESETS[size]()
    return NeuroLiteConfig.from_json(read_limited(path, _CONFIG_LIMIT).decode("utf-8", "replace"))
