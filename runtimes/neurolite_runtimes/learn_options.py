"""What ``neurolite-learn`` was given, and what it opens by it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from neurolite_core.ground.command_line import say
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_runtimes.learning import Learner
from neurolite_runtimes.opening import open_artifact
from neurolite_runtimes.session import Session
from neurolite_runtimes.showing import must_be_said
from neurolite_runtimes.standard_input import lines_in, typed_bytes


@dataclass(frozen=True, slots=True)
class Options:
    """The options that every part has; see the command's help."""

    file: str | None
    store: str | None
    texts: bool | None
    dimension: int | None
    way: str
    wait: int
    as_json: bool
    unsealed: bool
    threads: int

    def path(self) -> Path:
        """Of the store.

        Raises:
            InputError: none was named.
        """
        if not self.store:
            raise InputError("Name the file of what is learned: --store mine.nls")
        return Path(self.store)

    def opened(self, file: Path) -> Session:
        """An exported model; what its user should know of it is said on standard error."""
        session = open_artifact(file, threads=self.threads, unsealed=self.unsealed)
        if not session.sealed:
            say(f"{file}: not as it was exported.")
        if must_be_said(session):
            say(f"{file}: {session.runtime}")
        return session

    def session(self) -> Session:
        """Of FILE.

        Raises:
            InputError: none was named.
        """
        if not self.file:
            raise InputError(
                "Name the exported model first: neurolite-learn FILE.onnx --store mine.nls ..."
            )
        return self.opened(Path(self.file))

    def learner(self, *, write: bool, create: bool = False) -> Learner:
        """Over FILE and the store; of an unfinished addition it says how much was left out."""
        path = self.path()
        learner = Learner.open(
            self.session(),
            path,
            write=write,
            create=create,
            texts=self.texts,
            dimension=self.dimension,
            way=self.way,
            patience=self.wait,
        )
        if learner.torn:
            say(f"{path}: {learner.torn:,} bytes of an addition that never ended are left out.")
        return learner


def answered_texts(given: Sequence[str] | None) -> Iterator[list[bytes]]:
    """Texts of the command line in one batch, else lines of standard input, as many at a time as are there."""
    if given:
        yield [typed_bytes(item) for item in given]
    else:
        yield from lines_in()


def learner_of(context: typer.Context, *, create: bool = False) -> Learner:
    """The learner of a part of the command that writes, and with ``create`` may begin a store."""
    options: Options = context.obj
    return options.learner(write=True, create=create)


def say_done(context: typer.Context, facts: Mapping[str, Any], line: str) -> None:
    """What a part did: JSON on standard output, or a line for people."""
    options: Options = context.obj
    if options.as_json:
        typer.echo(json_text(dict(facts)))
    else:
        SafeConsole().print(line.format(**facts))
