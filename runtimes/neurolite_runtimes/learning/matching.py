"""Whether a store and an artifact go together."""

from __future__ import annotations

from pathlib import Path

from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.errors import InputError, StoreError
from neurolite_core.ground.values import cut
from neurolite_runtimes.learning.header import Header, Settings, is_settings
from neurolite_runtimes.learning.records import MAX_DIMENSION


def header_for(
    metadata: ArtifactMetadata,
    *,
    texts: bool | None,
    dimension: int | None,
    settings: Settings | None,
) -> Header:
    """Of a new store for an artifact.

    Raises:
        InputError: the artifact does not name its encoder or gives no vectors, or does not allow this length.
    """
    if "embedding" not in metadata.outputs:
        raise InputError(
            f"The artifact has no output 'embedding', from which examples are learned; it has {', '.join(metadata.outputs)}."
        )
    if metadata.model_id is None:
        raise InputError(
            "The artifact does not name its encoder (model_id): it was exported before there was one. Export it again."
        )
    settings = Settings() if settings is None else settings
    if not is_settings(as_values(settings)):
        raise InputError(
            f"settings are {settings}, of which one is out of range; see docs/learning.md."
        )
    length = metadata.embedding_size if dimension is None else dimension
    require_range("dimension", length, 1, min(metadata.embedding_size, MAX_DIMENSION))
    measured = {item.dimension: item for item in metadata.similarities}
    if measured and length not in measured:
        raise InputError(
            f"dimension is {length}, but vectors of this encoder are made to be cut to "
            f"{', '.join(map(str, measured))}; choose one of these."
        )
    return Header(
        model_id=metadata.model_id,
        encoder=metadata.name,
        encoder_dimension=metadata.embedding_size,
        dimension=length,
        texts=texts is not False,
        similarity=measured.get(length),
        own_first=bool(metadata.labels),
        settings=settings,
    )


def as_values(settings: Settings) -> dict[str, object]:
    """By name."""
    return {name: getattr(settings, name) for name in settings.__slots__}


def check_encoder(
    path: Path,
    header: Header,
    metadata: ArtifactMetadata,
    texts: bool | None,
    dimension: int | None,
) -> None:
    """Refuses a store whose vectors are another encoder's, or that is not as was asked.

    Raises:
        StoreError: of another encoder.
        InputError: of vectors of another length, or with texts where none were asked for, or without.
    """
    if header.model_id != metadata.model_id:
        raise StoreError(
            f"{path} holds vectors of the encoder {header.model_id} ({cut(header.encoder)}), and the artifact is of "
            f"{metadata.model_id} ({cut(metadata.name)}): they do not compare. Carry the store over: "
            f"neurolite-learn rebuild --encoder FILE --store {path}"
        )
    if header.encoder_dimension != metadata.embedding_size:
        raise StoreError(
            f"{path} is of vectors of {header.encoder_dimension} numbers, and the artifact gives "
            f"{metadata.embedding_size}, though both name one encoder. One of the files was changed."
        )
    if dimension is not None and dimension != header.dimension:
        raise InputError(
            f"{path} holds vectors of {header.dimension} numbers, not {dimension}. Change it: "
            f"neurolite-learn rebuild --encoder FILE --store {path} --dimension {dimension}"
        )
    if texts is not None and texts != header.texts:
        has = "keeps texts" if header.texts else "keeps no texts"
        raise InputError(
            f"{path} {has}, which is decided when a store is begun. Leave the option out."
        )
