"""A shape by words of a command: a preset with another backbone, and single values by ``NAME=VALUE``."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.backbones.options import BackboneOptions
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import NeuroLiteConfig

BACKBONE_HELP: Final = f"what mixes its words, {', '.join(BACKBONES)}; of about as many parameters."
SET_HELP: Final = "another value of the shape, may be repeated: a field of config.json or an option of the backbone."
_KINDS: Final[Mapping[type, str]] = MappingProxyType(
    {bool: "true or false", int: "a whole number", float: "a number", str: "a name"}
)
_FLAGS: Final = MappingProxyType({"true": True, "false": False})
# Decided elsewhere: by an option of its own, and by the release.
_NOT_SET: Final = ("backbone", "hash_version")


def with_backbone(config: NeuroLiteConfig, name: str) -> NeuroLiteConfig:
    """A preset's shape with another backbone, of about as many parameters.

    Raises:
        InputError: there is no such backbone, or the config is no preset's and has one of its own already.
    """
    require_choice("--backbone", name, BACKBONES)
    if name == config.backbone:
        return config
    options = config.backbone_options
    if not isinstance(options, MixerOptions):
        raise InputError(
            f"--backbone is {name!r}, and the config's is {config.backbone!r} with options of its own. "
            "Leave --backbone out, or give a preset: --size"
        )
    own = BACKBONES[name].like(options, config.hidden_size)
    return replace(config, backbone=name, backbone_options=own)


def with_settings(config: NeuroLiteConfig, settings: Sequence[str]) -> NeuroLiteConfig:
    """A config with values of its fields and of its backbone's options in place of its own.

    Args:
        config: the shape.
        settings: each ``NAME=VALUE``, such as ``hidden_size=128`` or ``num_layers=3``; of two of a name the last
            counts.

    Raises:
        InputError: no such name, or a value that it cannot have.
    """
    own, inner = _typed(NeuroLiteConfig), _typed(type(config.backbone_options))
    values: dict[str, Any] = {}
    options: dict[str, Any] = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InputError(f"--set is {shown(setting)}; give NAME=VALUE, such as num_layers=3.")
        kind = own.get(name) or inner.get(name)
        if kind is None:
            raise _unknown(name, config.backbone, [*own, *inner])
        (values if name in own else options)[name] = _value(name, text, kind)
    if options:
        values["backbone_options"] = replace(config.backbone_options, **options)
    return replace(config, **values) if values else config


def _typed(kind: type[NeuroLiteConfig] | type[BackboneOptions]) -> dict[str, type]:
    """The fields that one value says, by name."""
    hints = typing.get_type_hints(kind)
    names = (item.name for item in fields(kind) if item.name not in _NOT_SET)
    return {name: hints[name] for name in names if hints[name] in _KINDS}


def _unknown(name: str, backbone: str, known: list[str]) -> InputError:
    near = get_close_matches(name, known, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
    return InputError(
        f"--set has nothing that is called {shown(name)} in a config with the backbone {backbone!r}. {hint}"
    )


def _value(name: str, text: str, kind: type) -> object:
    try:
        return _FLAGS[text] if kind is bool else kind(text)
    except (KeyError, ValueError):
        raise InputError(f"--set {name}= has {shown(text)}; give {_KINDS[kind]}.") from None
