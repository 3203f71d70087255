"""Labels of a trained model under other names: in the file, and in the texts that it is checked on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from difflib import get_close_matches

from neurolite_core.answer.labels import MAX_LABEL_LENGTH, check_labels
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown
from neurolite_export.probes import Probes
from neurolite_export.source import Source

_OPTION = "--rename-label"


def read_renames(given: Sequence[str], labels: Sequence[str]) -> dict[str, str]:
    """New names by old ones, of ``OLD=NEW``; either may hold ``=`` as long as OLD can be told.

    Args:
        given: as typed.
        labels: of the model.

    Raises:
        InputError: not of this form, an unknown label, one renamed twice, or two that would have one name.
    """
    renames: dict[str, str] = {}
    for item in given:
        old, new = _parted(item, labels)
        if old in renames:
            raise InputError(f"{_OPTION} names {shown(old)} twice; give it one new name.")
        renames[old] = new
    names = [renames.get(label, label) for label in labels]
    for old, new in renames.items():
        if names.count(new) > 1:
            raise InputError(
                f"{_OPTION} {shown(f'{old}={new}')}: another label has the name {shown(new)} already; labels "
                "must differ. Train with one label for both to merge them."
            )
    if renames:
        check_labels(names)
    return renames


def rename_labels(
    source: Source, probes: Probes, renames: Mapping[str, str]
) -> tuple[Source, Probes]:
    """Model and probes under the new names; what was given stays as it is."""
    if not renames:
        return source, probes
    network = copy(source.network)
    network.labels = tuple(renames.get(label, label) for label in network.labels)
    labels = probes.labels and tuple(
        tuple(renames.get(label, label) for label in own) for own in probes.labels
    )
    return replace(source, network=network), replace(probes, labels=labels)


def _parted(item: str, labels: Sequence[str]) -> tuple[str, str]:
    parts = item.split("=")
    ways = [("=".join(parts[:at]), "=".join(parts[at:])) for at in range(1, len(parts))]
    if not ways:
        raise InputError(f"{_OPTION} is {shown(item)}; give OLD=NEW, such as alarm=set_alarm.")
    known = [(old, new) for old, new in ways if old in labels]
    if len(known) > 1:
        raise InputError(
            f"{_OPTION} {shown(item)} can be read in {len(known)} ways, as several labels hold '='; rename the "
            "labels of the data."
        )
    if not known:
        old = ways[0][0]
        near = get_close_matches(old[:MAX_LABEL_LENGTH], labels, n=1)
        hint = f" Did you mean {shown(near[0])}?" if near else ""
        raise InputError(
            f"{_OPTION} {shown(item)}: the model has no label {shown(old)}; it has {listed(labels)}.{hint}"
        )
    old, new = known[0]
    if new != new.strip() or "\0" in new or any("\ud800" <= letter <= "\udfff" for letter in new):
        raise InputError(
            f"{_OPTION} {shown(item)}: {shown(new)} cannot be a label; give one without spaces around it, NUL "
            "and half characters."
        )
    return old, new
