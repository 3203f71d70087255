"""A store carried over to another encoder, or to other lengths of its vectors; and what is left of a damaged one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from neurolite_core.answer.similarity import cut
from neurolite_core.ground.checks import require_path
from neurolite_core.ground.errors import InputError, StoreError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.ground.locks import locked
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.matching import header_for
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.store_file import FILE_LIMIT, read_store, write_store
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import Session, run

_PATIENCE: Final = 10.0


def rebuild(
    store: str | Path,
    encoder: str | Path | Session,
    *,
    dimension: int | None = None,
    texts: bool = True,
    patience: float = _PATIENCE,
) -> int:
    """Computes all vectors anew from the stored texts, and replaces the file atomically.

    Ids, labels and strengths stay; a fit does not.

    Args:
        store: the .nls file.
        encoder: the artifact from now on.
        dimension: to which vectors are cut; by default as the encoder gives them.
        texts: keep them further on.
        patience: seconds to wait for another process that holds the store.

    Returns:
        How many examples there are.

    Raises:
        StoreError: damaged, or it keeps no texts.
        InputError: the encoder finds no words in a text, gives no vectors, or the store cannot be written.
    """
    session = open_artifact(encoder) if isinstance(encoder, str | Path) else encoder
    path = require_path("store", store).resolve()
    with locked(path.parent, path.name, f"learns into {path.name} in", patience=patience):
        memory = read_store(path).memory
        if not memory.header.texts and len(memory):
            raise StoreError(
                f"{path} keeps vectors alone, from which no other encoder's can be made. Teach a new store."
            )
        header = header_for(
            session.metadata, texts=texts, dimension=dimension, settings=memory.header.settings
        )
        old, _ = memory.compacted()
        header = replace(header, labels=old.labels, clock=old.clock, next_id=old.next_id)
        write_store(path, header, _embedded(memory, session, header.dimension, texts=texts))
    return len(memory)


def _embedded(memory: Memory, session: Session, dimension: int, *, texts: bool) -> list[rec.Record]:
    _, records = memory.compacted()
    kept = [item for item in records if not isinstance(item, rec.Weights)]
    examples = [item for item in kept if isinstance(item, rec.Example)]
    if not examples:
        return []
    found = run(session, [item.text for item in examples]).values["embedding"]
    vectors = cut(found, dimension)
    made: list[rec.Record] = []
    for item, vector in zip(examples, vectors, strict=True):
        if not vector.any():
            raise InputError(
                f"The encoder finds no words in the text of example {item.id}. Remove it first."
            )
        made.append(replace(item, vector=vector.astype(rec.HALF), text=item.text if texts else b""))
    return [*made, *(item for item in kept if not isinstance(item, rec.Example))]


def repair(store: str | Path, *, patience: float = _PATIENCE) -> tuple[int, str | None]:
    """Keeps what stands before the damage in a store; the damaged file stays beside it, as NAME.damaged.

    Returns:
        How many examples there are, and what was wrong; None where nothing was, and the file stays as it is.

    Raises:
        StoreError: its header is damaged, so that nothing can be told.
        InputError: there is a NAME.damaged already, or the folder cannot be written.
    """
    path = require_path("store", store).resolve()
    with locked(path.parent, path.name, f"learns into {path.name} in", patience=patience):
        found = read_store(path, repair=True)
        if found.damage is None:
            return len(found.memory), None
        aside = path.with_name(f"{path.name}.damaged")
        if aside.exists():
            raise InputError(f"{aside} is there already. Move it away first.")
        header, records = found.memory.compacted()
        kept = list(records)
        write_atomically(aside, read_limited(path, FILE_LIMIT, StoreError))
        write_store(path, header, kept)
    return len(found.memory), found.damage
