"""The learner: labels that a user teaches by examples, over any artifact that gives an embedding."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray

from neurolite_core.answer.similarity import cut
from neurolite_core.answer.tasks import CLASSIFICATION
from neurolite_core.ground.checks import require_choice, require_path, require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import listed, shown
from neurolite_core.text.words import to_bytes, truncate
from neurolite_runtimes.learning import logistic
from neurolite_runtimes.learning import records as rec
from neurolite_runtimes.learning.adding import HEARD, Made, additions, correction, named_label
from neurolite_runtimes.learning.answering import Answer, Evidence, Trained, answer
from neurolite_runtimes.learning.calibration import similarity_of
from neurolite_runtimes.learning.evidence import Finder, evidence_of
from neurolite_runtimes.learning.explaining import explained
from neurolite_runtimes.learning.forgetting import strongest_in_turn
from neurolite_runtimes.learning.header import Settings
from neurolite_runtimes.learning.listing import Label, labels_of
from neurolite_runtimes.learning.matching import check_encoder, header_for
from neurolite_runtimes.learning.memory import Memory
from neurolite_runtimes.learning.scoring import PROTOTYPES, WAYS, Scored, score
from neurolite_runtimes.learning.store_file import StoreFile, is_wasteful, read_store
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import Session, run

PATIENCE: Final = 10.0  # seconds to wait for another process
EVIDENCE: Final = 3
_BATCH: Final = 256


class Learner:
    """Made by ``Learner.open``; a context manager. One thread at a time.

    Attributes:
        session: the artifact.
        memory: the state; read it, and change it by the methods alone.
        torn: bytes of an unfinished addition that were left out when the store was opened.
    """

    def __init__(
        self, session: Session, memory: Memory, file: StoreFile | None, way: str, torn: int
    ) -> None:
        self.session = session
        self.memory = memory
        self.torn = torn
        self._file = file
        self._way = way
        self._finder = Finder()
        self._stack = ExitStack()

    @classmethod
    def open(
        cls,
        artifact: str | Path | Session,
        store: str | Path,
        *,
        write: bool = True,
        create: bool = True,
        texts: bool | None = None,
        dimension: int | None = None,
        settings: Settings | None = None,
        way: str = PROTOTYPES,
        patience: float = PATIENCE,
    ) -> Self:
        """Opens a store, or begins one.

        Args:
            artifact: an exported file, or one that is open, with the output ``embedding``.
            store: the .nls file.
            write: hold it, so that no other process writes; False reads what is there now.
            create: begin one where there is none.
            texts: whether a new store keeps texts (by default it does). Without, vectors alone are kept: evidence has
                no text, and no other encoder can take the store over.
            dimension: to which a new store cuts vectors; by default not at all.
            settings: of a new store.
            way: how examples answer, one of ``WAYS``.
            patience: seconds to wait for another process that holds it.

        Raises:
            StoreError: damaged, of another encoder, or a newer version.
            InputError: held by another process, not writable, options that are not the store's, or an artifact
                without embeddings.
        """
        require_choice("way", way, WAYS)
        session = open_artifact(artifact) if isinstance(artifact, str | Path) else artifact
        path = require_path("store", store)
        asked = header_for(session.metadata, texts=texts, dimension=dimension, settings=settings)
        if not write:
            found = read_store(path)
            check_encoder(path, found.memory.header, session.metadata, texts, dimension)
            return cls(session, found.memory, None, way, found.torn)
        with ExitStack() as stack:
            file, found = stack.enter_context(
                StoreFile.writing(path, asked if create else None, patience)
            )
            check_encoder(path, found.memory.header, session.metadata, texts, dimension)
            learner = cls(session, found.memory, file, way, found.torn)
            if is_wasteful(found.memory, file.end):
                learner.compact()
            learner._stack = stack.pop_all()
        return learner

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Gives the store back; all is on the disk already."""
        self._stack.close()

    def labels(self) -> list[Label]:
        """Those that were learned, in the order in which they came."""
        return labels_of(self.memory, self.session.metadata.labels)

    def examples(self, label: str | None = None) -> Iterator[Evidence]:
        """Those that are stored, in the order of their ids; the cosine of each is 1.

        Raises:
            InputError: no such label.
        """
        number = None if label is None else self._number(label)
        for row in self.memory.rows().tolist():
            if number is None or self.memory.labels[row] == number:
                yield evidence_of(self.memory, row, 1.0)

    def add(self, label: str, text: str | bytes) -> int:
        """Stores an example; when it returns, it is on the disk.

        Returns:
            Its id; that of the stored one where the label has exactly this text already.

        Raises:
            InputError: a label that cannot be, a text without words, or a store that cannot be written.
        """
        return self.add_all([(label, text)])[0]

    def add_all(
        self, rows: Iterable[tuple[str, str | bytes]], *, skip_empty: bool = False
    ) -> list[int]:
        """Stores examples (label, text), some hundred in one write; errors as of ``add``.

        Args:
            rows: labels with their texts.
            skip_empty: leave out texts without words, which then have no id.
        """
        ids: list[int] = []
        left = iter(rows)
        while batch := list(islice(left, _BATCH)):
            data = [self._read(text) for _, text in batch]
            names = [label for label, _ in batch]
            vectors = self._embedded(data, skip_empty=skip_empty)
            ids += self._written(additions(self.memory, names, vectors, data))
        return ids

    def remove(self, number: int) -> None:
        """Forgets an example; its label's prototypes are computed anew, and ``compact`` takes it from the disk.

        Raises:
            InputError: no such example, or the store cannot be written.
        """
        self._require(number)
        self._write([rec.Removal(number)])

    def used(self, *numbers: int, reward: float = 1.0) -> None:
        """The caller's event: these examples were of use (reward up to 1), or misled (down to -1).

        Strengths count in the episodic way, and say which examples ``forget_weakest`` takes. They fade by events, not
        by time.

        Raises:
            InputError: no such example, more than 64, or a reward out of range.
        """
        for number in numbers:
            self._require(number)
        require_range("number of ids", len(numbers), 1, rec.MAX_USES)
        if not -1 <= reward <= 1:
            raise InputError(f"reward is {reward!r}; give a number from -1 to 1.")
        self._write([rec.Use(tuple((number, reward) for number in numbers))])

    def correct(self, text: str | bytes, label: str) -> int:
        """The user says which label a text has: it is stored, or gets the label where it is stored already.

        Stored examples near it that have the label are strengthened, those that have another weakened, and the spiking
        way learns from it.

        Returns:
            The example's id. Errors as of ``add``.
        """
        data = self._read(text)
        (vector,) = self._embedded([data])
        before = self.classify(data, evidence=HEARD) if len(self.memory) else None
        return self._written(correction(self.memory, vector, data, label, before))[0]

    def merge(self, source: str, into: str) -> None:
        """A label's examples get another label, which may be new; the label is gone.

        Raises:
            InputError: no such label, or twice the same.
        """
        number = self._number(source)
        if source == into:
            raise InputError(f"{shown(source)} is merged with itself; name two labels.")
        target, named = named_label(self.memory, into, {})
        self._write([*named, rec.Merge(number, target)])

    def merge_store(self, path: str | Path) -> list[int]:
        """Takes over the examples of another store of the same encoder and length; those that are here stay once.

        Returns:
            Ids of all of them here.

        Raises:
            StoreError: damaged, or of another encoder.
            InputError: of other vectors, or it keeps no texts and this one does.
        """
        path = require_path("path", path)
        other = read_store(path).memory
        own = self.memory.header
        check_encoder(path, other.header, self.session.metadata, own.texts or None, own.dimension)
        rows = other.rows().tolist()
        names = [other.names[int(other.labels[row])] for row in rows]
        vectors = other.vectors[rows].astype(np.float16)
        texts = [other.text_at(row) for row in rows]
        return self._written(additions(self.memory, names, vectors, texts))

    def forget(self, label: str) -> None:
        """A label is gone with its examples, from the disk too.

        Raises:
            InputError: no such label.
        """
        self._write([rec.Forget(self._number(label))])
        self.compact()

    def forget_weakest(self, keep: int) -> list[int]:
        """Keeps the strongest examples of each label in turn, of equals the newer: no label is gone for others.

        Returns:
            The ids of the examples that are gone, from the disk too.
        """
        require_range("keep", keep, 0, rec.MAX_ID)
        rows = strongest_in_turn(self.memory)
        gone = sorted(self.memory.id_at(row) for row in rows[keep:].tolist())
        self._write([rec.Removal(number) for number in gone])
        self.compact()
        return gone

    def fit(self) -> None:
        """Fits logistic regression to the examples, which answers until they change; takes seconds for thousands.

        Raises:
            InputError: too few examples, see ``logistic.fit``.
        """
        self._write([logistic.fit(self.memory)])

    def compact(self) -> None:
        """Writes the file anew without what is gone, atomically."""
        header, records = self.memory.compacted()
        kept = list(records)
        self._writable().replace(header, kept)
        memory = Memory(header)
        for record in kept:
            memory.apply(record)
        self.memory, self._finder = memory, Finder()

    def classify(self, text: str | bytes, *, evidence: int = EVIDENCE) -> Answer:
        """An answer to a text; writes nothing.

        Args:
            text: of any content.
            evidence: how many of the nearest examples to give.

        Raises:
            InputError: nothing was learned yet, and the artifact has no labels of its own.
        """
        return self.classify_all([text], evidence=evidence)[0]

    def classify_all(
        self, texts: Sequence[str | bytes], *, evidence: int = EVIDENCE
    ) -> list[Answer]:
        """The same for several texts, in their order."""
        metadata = self.session.metadata
        trained = metadata.task == CLASSIFICATION
        if not len(self.memory) and not trained:
            raise InputError(
                "The store has no examples yet, and the artifact no label for each text. Add some: "
                'neurolite-learn FILE --store STORE add "book a table" restaurant'
            )
        outputs = run(self.session, texts).values
        vectors = cut(outputs["embedding"], self.memory.header.dimension)
        logits = outputs["logits"] if trained else [None] * len(vectors)
        return [
            self.answer_vector(vector, row, evidence=evidence)
            for vector, row in zip(vectors, logits, strict=True)
        ]

    def answer_vector(
        self,
        vector: NDArray[np.float32],
        logits: NDArray[np.float32] | None = None,
        *,
        evidence: int = EVIDENCE,
    ) -> Answer:
        """The answer to a text's vector float32 [D], cut, and logits float32 [C]: what golden files are about."""
        memory, metadata = self.memory, self.session.metadata
        scored, similarity, known = None, None, None
        if len(memory):
            similarity = similarity_of(memory)
            scored = score(self._way, memory, vector, similarity)
            same = memory.same_as(vector.astype(np.float16))
            known = memory.names[int(memory.labels[memory.row(same[-1])])] if same else None
        return answer(
            scored,
            memory.names,
            None if logits is None else Trained(metadata.labels, logits, metadata.threshold),
            threshold=None if similarity is None else similarity.threshold,
            known=known,
            evidence=self._finder.near(memory, vector, evidence),
        )

    def explain(self, text: str | bytes, *, evidence: int = EVIDENCE) -> dict[str, Any]:
        """An answer, what led to it, and how to read it, as JSON has it."""
        answered = self.classify(text, evidence=evidence)
        vector = cut(run(self.session, [text]).values["embedding"], self.memory.header.dimension)[0]
        return explained(answered, self.scored(vector), self.memory)

    def scored(self, vector: NDArray[np.float32]) -> Scored | None:
        """What the examples alone say of a vector; None without any."""
        if not len(self.memory):
            return None
        return score(self._way, self.memory, vector, similarity_of(self.memory))

    def _number(self, label: str) -> int:
        number = self.memory.number(label)
        if number is None:
            names = listed(self.memory.names.values()) or "none yet"
            raise InputError(f"The store has no label {shown(label)}; it has {names}.")
        return number

    def _require(self, number: int) -> None:
        if not self.memory.has(number):
            raise InputError(
                f"The store has no example {shown(number)}; neurolite-learn ... list shows them."
            )

    def _read(self, text: str | bytes) -> bytes:
        """As much of a text as the artifact reads."""
        return truncate(to_bytes(text), self.session.metadata.max_bytes)[0]

    def _embedded(self, data: Sequence[bytes], *, skip_empty: bool = False) -> NDArray[np.float16]:
        """Vectors float16 [N, D] to be stored; without words they are zeros, or refused."""
        units = cut(run(self.session, data).values["embedding"], self.memory.header.dimension)
        for text, vector in zip(data, units, strict=True):
            if not (skip_empty or vector.any()):
                raise InputError(
                    f"The text {shown(text.decode('utf-8', 'replace'))} has no words to learn from; give another."
                )
        return units.astype(rec.HALF)

    def _write(self, written: Sequence[rec.Record]) -> None:
        self._writable().append(written)
        for record in written:
            self.memory.apply(record)

    def _written(self, made: Made) -> list[int]:
        if made.records:
            self._write(made.records)
        return list(made.ids)

    def _writable(self) -> StoreFile:
        if self._file is None:
            raise InputError("The store was opened for reading. Open it with write=True.")
        return self._file
