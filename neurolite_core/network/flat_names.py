"""Flat names of a config, such as ``use_external_memory``, to the fields that they stand for.

Each stands for the options of one field: a config stores, writes and compares the field alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from types import MappingProxyType
from typing import Any, Final

from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.network.backbones.mixer_options import MOST_LAYERS, MixerOptions
from neurolite_core.network.config_values import SIZES, ConfigValues, FlatValues
from neurolite_core.network.experts_options import MOST_EXPERTS, ExpertsOptions
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.rules_options import RulesOptions

MIXER: Final = "mixer"
Values = Mapping[str, Any]


def nearest_preset(values: Values) -> dict[str, Any]:
    """What a config is not given: the preset of ``SIZES`` whose hidden size is nearest, of two the smaller.

    It is tiny without a hidden size. With a hidden size of one's own, the mixer's MLP over channels is as many times as
    wide as in that preset.

    Raises:
        InputError: the hidden size is out of range.
    """
    if "hidden_size" not in values:
        return {**SIZES["tiny"]}
    size = values["hidden_size"]
    require_range("hidden_size", size, 4, 4096)
    preset = min(SIZES.values(), key=lambda each: abs(each["hidden_size"] - size))
    options = preset["backbone_options"]
    assert isinstance(options, MixerOptions)  # noqa: S101  # presets have no other backbone
    width = options.channel_hidden * size // preset["hidden_size"]
    return {**preset, "backbone_options": replace(options, channel_hidden=width)}


def resolved(before: Values, changes: ConfigValues) -> dict[str, Any]:
    """Values of fields, with those that are named in place of others.

    Args:
        before: fields, from a preset or another config.
        changes: fields and flat names.

    Returns:
        Fields alone; their values are not checked yet.

    Raises:
        InputError: an unknown name, a flat name out of range, or two of the names contradict each other.
    """
    given = {name: value for name, value in changes.items() if name in ConfigValues.__annotations__}
    for name in sorted(changes.keys() - given.keys()):
        known = list(ConfigValues.__annotations__)
        near = get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are: {', '.join(known)}."
        raise InputError(f"A config has nothing that is called {shown(name)}. {hint}")
    flat = {name: given.pop(name) for name in FlatValues.__annotations__ if name in given}
    values = {**before, **given}
    for field, put in _FIELDS.items():
        values[field] = put(values, given, flat)
    return values


def mixer_layers(options: object) -> int:
    """Mixer blocks of a config's ``backbone_options``; 0 of another backbone's."""
    return options.num_layers if isinstance(options, MixerOptions) else 0


def _flag(flat: Values, name: str) -> bool | None:
    """A flat name that says yes or no; None where it was not given."""
    value = flat.get(name)
    if name in flat and not isinstance(value, bool):
        raise InputError(f"{name} is {shown(value)}; give true or false.")
    return value


def _contradiction(flat: Values, name: str, field: str, given: object) -> InputError:
    return InputError(
        f"{name} is {flat[name]!r}, and {field} is {shown(given)}: they contradict each other. Leave one of them out."
    )


def _mixer_options(values: Values, given: Values, flat: Values) -> object:
    """``num_mixer_layers``: the mixer's ``num_layers``."""
    options = values["backbone_options"]
    if "num_mixer_layers" not in flat:
        return options
    layers = flat["num_mixer_layers"]
    require_range("num_mixer_layers", layers, 0, MOST_LAYERS)
    if values.get("backbone", MIXER) != MIXER or not isinstance(options, MixerOptions):
        raise InputError(
            f"num_mixer_layers is {layers}, and backbone is {shown(values.get('backbone', MIXER))} with "
            f"{type(options).__name__}, which has no mixer's layers. Give it backbone_options of its own type."
        )
    if "backbone_options" in given and options.num_layers != layers:
        raise _contradiction(flat, "num_mixer_layers", "backbone_options", options)
    return replace(options, num_layers=layers)


def _part(
    values: Values,
    given: Values,
    flat: Values,
    *,
    name: str,
    field: str,
    kind: Callable[[], object],
) -> object:
    """A flag for a field that is None without: of those that are there the options, else the default ones."""
    flag, part = _flag(flat, name), given.get(field)
    if flag is None:
        return values.get(field)
    if part is not None and not flag:
        raise _contradiction(flat, name, field, part)
    if not flag:
        return None
    return kind() if values.get(field) is None else values[field]


def _experts(values: Values, given: Values, flat: Values) -> object:
    """``use_dynamic_routing`` and ``num_experts``: whether there are several experts, and how many."""
    routes, count = _flag(flat, "use_dynamic_routing"), flat.get("num_experts")
    if "num_experts" in flat:
        require_range("num_experts", count, 0, MOST_EXPERTS)
    if routes is not None and count is not None and routes != (count > 1):
        why = "one expert leaves no choice, and 0 is none" if routes else "without it there is one"
        raise InputError(
            f"num_experts is {count}, and use_dynamic_routing is {routes}: {why}. Leave one of them out, or give "
            + (f"2 to {MOST_EXPERTS} experts." if routes else "use_dynamic_routing=True.")
        )
    own = given.get("experts")
    if isinstance(own, ExpertsOptions):
        if count is not None and count != own.count:
            raise _contradiction(flat, "num_experts", "experts", own)
        if routes is not None and routes != own.routes:
            raise _contradiction(flat, "use_dynamic_routing", "experts", own)
    if own is not None:
        return own
    return _counted(values.get("experts"), routes, count)


def _counted(experts: object, routes: bool | None, count: int | None) -> object:
    """The experts that there are, with another number of them."""
    own = experts if isinstance(experts, ExpertsOptions) else None
    if count is None:
        if routes is None or routes == (own is not None and own.routes):
            return experts
        count = ExpertsOptions().count if routes else 0
    if not count:
        return None
    return ExpertsOptions(count=count) if own is None else replace(own, count=count)


# The field -> what its flat names make of (values, those of them that were given, the flat names that were given).
_FIELDS: Final[Mapping[str, Callable[[Values, Values, Values], object]]] = MappingProxyType(
    {
        "backbone_options": _mixer_options,
        "memory": partial(_part, name="use_external_memory", field="memory", kind=MemoryOptions),
        "experts": _experts,
        "rules": partial(_part, name="use_symbolic_module", field="rules", kind=RulesOptions),
    }
)
