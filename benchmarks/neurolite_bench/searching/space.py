"""What is searched: the choices, and the configuration that drawn values mean; without torch and without optuna."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from types import MappingProxyType
from typing import Any, Final, cast

from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import PRESETS, NeuroLiteConfig
from neurolite_core.network.settings import with_settings
from neurolite_core.training.closed_form.run import BACKBONE as RESERVOIR


@dataclass(frozen=True, slots=True)
class Choice:
    """One of some values, all of one type."""

    values: tuple[bool | int | float | str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """A number from ``low`` to ``high``; with ``log`` its logarithm is drawn."""

    low: float
    high: float
    log: bool = False


Choices = dict[str, Choice | Range]

# Of every backbone: fields of the config, and what a mixer would have, of which ``BackboneRow.like`` makes the others.
_FIELDS: Final[Mapping[str, Choice]] = MappingProxyType(
    {
        "table_size": Choice((1024, 2048, 4096, 8192, 16_384)),
        "projection_size": Choice((32, 48, 64, 96, 128)),
        "hidden_size": Choice((32, 48, 64, 96, 128)),
        "num_hashes": Choice((4, 8, 16)),
        "window": Choice((0, 1, 2)),
    }
)
_LAYERS: Final = "num_layers"
_MIXING, _CHANNELS = "token_hidden", "channel_factor"
_SHAPE: Final[Mapping[str, Choice]] = MappingProxyType(
    {
        _LAYERS: Choice((1, 2, 3, 4)),
        _MIXING: Choice((16, 32, 64, 128)),
        _CHANNELS: Choice((1, 2, 3)),
    }
)
# Options that one backbone alone has, under their own names.
_OWN: Final[Mapping[str, Mapping[str, Choice | Range]]] = MappingProxyType(
    {
        "hypermixer": {"tied": Choice((False, True))},
        "fnet": {"period": Choice((16, 32, 64))},
        "ssm": {"state": Choice((2, 4, 8))},
        "spiking": {"steps": Choice((2, 4))},
        RESERVOIR: {
            "units": Choice((32, 64, 96, 128, 192, 256)),
            "read_hidden": Choice((64, 96, 128, 192, 256, 384, 512)),
            "spectral_radius": Range(0.1, 0.99),
            "leak": Range(0.1, 1.0),
            "density": Range(0.02, 1.0, log=True),
            "input_scale": Range(0.1, 3.0, log=True),
            "reservoir_seed": Choice(tuple(range(8))),
            "predictive": Choice((False, True)),
        },
    }
)
# What decides what a reservoir's fixed weights are, and not how many: files of one size and one time.
WEIGHTS_ALONE: Final[Mapping[str, float | int]] = MappingProxyType(
    {
        "spectral_radius": 0.9,
        "leak": 0.5,
        "density": 0.1,
        "input_scale": 1.0,
        "reservoir_seed": 0,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """What may be drawn.

    Attributes:
        backbones: keys of ``BACKBONES``, at least one.
        settings: values of the shape that are not searched, each ``NAME=VALUE``.
        closed_form: whether what is drawn is solved, not trained: reservoirs alone.
    """

    backbones: tuple[str, ...]
    settings: tuple[str, ...] = ()
    closed_form: bool = False

    def __post_init__(self) -> None:
        if not self.backbones:
            raise InputError(f"--backbones is empty; choose from: {', '.join(BACKBONES)}.")
        for name in self.backbones:
            require_choice("--backbones", name, BACKBONES)
        if self.closed_form and self.backbones != (RESERVOIR,):
            raise InputError(
                f"--epochs 0 was given, by which a reservoir is solved in closed form, and --backbones is "
                f"{','.join(self.backbones)}. Give --backbones {RESERVOIR}, or epochs."
            )
        for setting in self.settings:
            if setting.partition("=")[0] == "bag":
                raise InputError("--set bag= was given, and models with a bag are not searched.")

    @property
    def fixed(self) -> frozenset[str]:
        """Names that the settings say."""
        return frozenset(setting.partition("=")[0] for setting in self.settings)


def choices_of(space: Space) -> Choices:
    """All that is drawn, by name: of every backbone, so that crossing two configurations always has a meaning."""
    found: Choices = {}
    if len(space.backbones) > 1:
        found["backbone"] = Choice(space.backbones)
    found |= {name: choice for name, choice in _FIELDS.items() if name not in space.fixed}
    if space.closed_form:  # whose window lets each word pass alone
        found.pop("window", None)
    mixes = space.backbones != (RESERVOIR,)
    for name, choice in _SHAPE.items():
        if name not in space.fixed and (name == _LAYERS or mixes):
            found[name] = choice
    for backbone in space.backbones:
        for name, own in _OWN.get(backbone, {}).items():
            if name not in space.fixed:
                found[f"{backbone}.{name}"] = own
    return found


def config_of(space: Space, drawn: Mapping[str, Any]) -> NeuroLiteConfig:
    """The configuration of drawn values; what is not drawn is as in the preset tiny.

    Args:
        space: of which they were drawn.
        drawn: by the names of ``choices_of``.

    Raises:
        InputError: a setting that this backbone has not, or a value that it cannot have.
    """
    preset = PRESETS["tiny"]()
    backbone = str(drawn.get("backbone", space.backbones[0]))
    shared = {field.name for field in fields(NeuroLiteConfig)}
    base = with_settings(preset, [s for s in space.settings if s.partition("=")[0] in shared])
    values = {name: drawn[name] for name in _FIELDS if name in drawn}
    if space.closed_form and "window" not in space.fixed:
        values["window"] = 0
    base = replace(base, **values)
    mixer = cast("MixerOptions", preset.backbone_options)
    hidden = base.hidden_size
    wanted = MixerOptions(
        num_layers=drawn.get(_LAYERS, mixer.num_layers),
        token_hidden=drawn.get(_MIXING, mixer.token_hidden),
        channel_hidden=drawn.get(_CHANNELS, 2) * hidden,
    )
    options = BACKBONES[backbone].like(wanted, hidden)
    own = {
        name: drawn[key]
        for name in _OWN.get(backbone, {})
        if (key := f"{backbone}.{name}") in drawn
    }
    if own:
        options = replace(options, **own)
    config = replace(base, backbone=backbone, backbone_options=options)
    return with_settings(config, [s for s in space.settings if s.partition("=")[0] not in shared])


def first_draws(space: Space) -> list[dict[str, Any]]:
    """Values to begin with: each backbone as in the preset tiny, with every size of table, the largest first."""
    preset = PRESETS["tiny"]()
    mixer = cast("MixerOptions", preset.backbone_options)
    known = choices_of(space)
    found = []
    for backbone in space.backbones:
        options = BACKBONES[backbone].like(mixer, preset.hidden_size)
        values: dict[str, Any] = {name: getattr(preset, name) for name in _FIELDS}
        values |= {"backbone": backbone, _LAYERS: mixer.num_layers, _MIXING: mixer.token_hidden}
        values[_CHANNELS] = mixer.channel_hidden // preset.hidden_size
        for name, own in _OWN.get(backbone, {}).items():
            values[f"{backbone}.{name}"] = _nearest(getattr(options, name), own)
        values = {name: value for name, value in values.items() if name in known}
        tables = _FIELDS["table_size"].values if "table_size" in known else ()
        found += [{**values, "table_size": rows} for rows in reversed(tables)] or [values]
    return found


def shape_of(config: NeuroLiteConfig) -> NeuroLiteConfig:
    """The configuration without what changes neither a file's size nor its time."""
    if config.backbone != RESERVOIR:
        return config
    return replace(config, backbone_options=replace(config.backbone_options, **WEIGHTS_ALONE))


def _nearest(value: Any, choice: Choice | Range) -> Any:  # noqa: ANN401  # a value of any option
    if isinstance(choice, Range) or value in choice.values:
        return value
    numbers = cast("Sequence[float]", choice.values)
    return min(numbers, key=lambda one: abs(one - value))
