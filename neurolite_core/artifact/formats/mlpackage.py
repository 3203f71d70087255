"""The seal of a Core ML package: the digest of all its files, among the user-defined metadata of its model."""

from __future__ import annotations

from typing import Final

from neurolite_core.artifact.formats.protobuf import place_of
from neurolite_core.artifact.metadata import METADATA_KEY
from neurolite_core.artifact.package import Package, digest_of
from neurolite_core.artifact.seal import BLANK, SEAL_KEY, Seal
from neurolite_core.ground.errors import ArtifactError

MODEL: Final = "Data/com.apple.CoreML/model.mlmodel"
_USER_ENTRIES: Final = (2, 100, 100)  # of Model.proto: description, metadata, userDefined


def seal(package: Package) -> Package:
    """The package with its digest in the place that its model has for it."""
    place = place_of(package.files[MODEL], _USER_ENTRIES, SEAL_KEY)
    if place is None:
        raise ValueError(f"The model has no user-defined metadata {SEAL_KEY!r}.")
    blank = _with(package, place, BLANK)
    return _with(package, place, digest_of(blank))


def seal_of(package: Package) -> Seal:
    """What the digest in the package's model says of all its files."""
    model = package.files.get(MODEL, b"")
    try:
        if place_of(model, _USER_ENTRIES, METADATA_KEY) is None:
            return Seal.MISSING
        place = place_of(model, _USER_ENTRIES, SEAL_KEY)
    except ArtifactError:
        return Seal.BROKEN
    if place is None or len(place) != len(BLANK):
        return Seal.BROKEN
    found = model[place.start : place.stop].decode(errors="replace")
    return Seal.WHOLE if found == digest_of(_with(package, place, BLANK)) else Seal.BROKEN


def _with(package: Package, place: range, digest: str) -> Package:
    model = package.files[MODEL]
    changed = model[: place.start] + digest.encode() + model[place.stop :]
    return Package({**package.files, MODEL: changed})
