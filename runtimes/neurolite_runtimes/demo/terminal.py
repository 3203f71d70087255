"""The demonstration without a browser: a line is answered as soon as it is typed, or comes through a pipe."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

from rich.text import Text

from neurolite_core.answer.tasks import EMBEDDING, GENERATION
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.streams import require_output
from neurolite_core.ground.terminal import SafeConsole
from neurolite_runtimes.conversation import Conversation
from neurolite_runtimes.demo.artifacts import Artifact
from neurolite_runtimes.demo.terminal_lines import answer_lines, learned_line
from neurolite_runtimes.learning import Learner
from neurolite_runtimes.records import Asked, records_of
from neurolite_runtimes.session import run
from neurolite_runtimes.standard_input import lines_in, typed_bytes

PROMPT: Final = "› "
_TOP: Final = 3
_SHOWN: Final = 400  # characters of a text


class Terminal:
    """One model, asked line by line; a context manager.

    Args:
        artifact: that answers.
        store: where what is taught is kept; None forgets it at the end.
        console: to write on.
    """

    def __init__(self, artifact: Artifact, store: Path | None, console: SafeConsole) -> None:
        self.artifact = artifact
        self.console = console
        self._talk = Conversation(artifact.session) if artifact.metadata.state else None
        self._stack = ExitStack()
        self._store = store
        self._learner: Learner | None = None
        self._last: bytes | None = None
        if store is not None:
            self._learner = self._opened(store)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def greet(self) -> None:
        """What it is, and what may be typed."""
        metadata, say = self.artifact.metadata, self.console.print
        labels = f", {len(metadata.labels)} labels" if metadata.labels else ""
        say(
            Text(
                f"{metadata.name}{labels}, {self.artifact.size():,} bytes, on {self.artifact.session.runtime}",
                "bold",
            )
        )
        say(
            "Type a text. "
            + " ".join(
                f"{name} {row.takes}".strip() + f": {row.does}." for name, row in COMMANDS.items()
            )
        )

    def line(self, data: bytes) -> bool:
        """Does what a line says; False where it ends the conversation."""
        if not data.strip():
            return True
        if not data.startswith(b":"):
            self._answer(data)
            return True
        name, _, rest = data.decode("utf-8", "replace").strip().partition(" ")
        command = COMMANDS.get(name)
        if command is None:
            self._told(f"There is no {name}. There are {', '.join(COMMANDS)}.")
            return True
        return command.run(self, rest.strip())

    def teach(self, rest: str) -> bool:
        """``LABEL`` for the last text, or ``LABEL = TEXT``."""
        label, equals, text = (part.strip() for part in rest.partition("="))
        data = text.encode("utf-8", "surrogatepass") if equals else self._last
        if not label or not data:
            self._told(
                "Say a text first and then its label, or both: :teach water plants = the tomatoes look dry"
            )
            return True
        try:
            self._learner = self._learner or self._opened(self._kept())
            self._learner.add(label, data)
        except InputError as error:
            self._told(str(error))
            return True
        self._told(f"Learned: {data.decode('utf-8', 'replace')[:_SHOWN]} is {label}.")
        return True

    def forget(self, label: str) -> bool:
        """What was said, or with a label what was taught of it."""
        if label:
            try:
                self._learner = self._learner or self._opened(self._kept())
                self._learner.forget(label)
                self._told(f"Forgot {label}.")
            except InputError as error:
                self._told(str(error))
        elif self._talk is None:
            self._told(
                "This model keeps no memory: each text stands alone. :forget LABEL forgets what was taught."
            )
        else:
            self._talk.forget()
            self._told("Forgot what was said.")
        return True

    def help(self, _: str) -> bool:
        """What may be typed."""
        self.greet()
        return True

    def quit(self, _: str) -> bool:
        """Ends it."""
        return False

    def _answer(self, data: bytes) -> None:
        session, metadata = self.artifact.session, self.artifact.metadata
        self._last = data
        if metadata.task != EMBEDDING:
            before = None if self._talk is None else self._talk.turns
            outputs = run(session, [data]) if self._talk is None else self._talk.remember(data)
            top = min(_TOP, len(metadata.labels)) if metadata.labels else None
            asked = Asked(
                top=top,
                embed=False,
                threshold=metadata.threshold,
                explain=bool(metadata.rules),
                before=before,
            )
            (record,) = records_of(session, [data], outputs, asked)
            for line in answer_lines(record, metadata):
                self.console.print(line)
        if self._learner is not None and self._learner.labels():
            self.console.print(learned_line(self._learner.classify(data)))
        elif metadata.task == EMBEDDING:
            self._told("This model has no labels yet. Teach it one: :teach LABEL")

    def _opened(self, store: Path) -> Learner:
        return self._stack.enter_context(Learner.open(self.artifact.session, store))

    def _kept(self) -> Path:
        """Until the end, where nobody named a store."""
        return (
            Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="neurolite-demo-")))
            / "taught.nls"
        )

    def _told(self, text: str) -> None:
        self.console.print(Text(text, "dim"))


class _Command:
    """What may be typed behind a colon."""

    def __init__(self, takes: str, does: str, run: Callable[[Terminal, str], bool]) -> None:
        self.takes, self.does, self.run = takes, does, run


COMMANDS: Final[Mapping[str, _Command]] = MappingProxyType(
    {
        ":teach": _Command("LABEL", "the last text has this label", Terminal.teach),
        ":forget": _Command("", "what was said, and with a label what was taught", Terminal.forget),
        ":help": _Command("", "this", Terminal.help),
        ":quit": _Command("", "the end", Terminal.quit),
    }
)


def talk(artifact: Artifact, store: Path | None) -> None:
    """Answers lines of standard input until they end.

    Raises:
        InputError: the model writes, the store cannot be used, or standard input is not UTF-8.
        StoreError: the store is damaged, or of another model.
    """
    if artifact.metadata.task == GENERATION:
        raise InputError(
            f"{artifact.path} writes, and gives texts no labels. Ask it with: neurolite-generate {artifact.path}"
        )
    console = SafeConsole()
    with Terminal(artifact, store, console) as terminal:
        is_typed = sys.stdin is not None and sys.stdin.isatty()
        if is_typed:
            terminal.greet()
        for line in _typed(console) if is_typed else _piped():
            if not is_typed:
                console.print(Text(f"{PROMPT}{line.decode('utf-8', 'replace')[:_SHOWN]}", "bold"))
            goes_on = terminal.line(line)
            require_output()
            if not goes_on:
                break


def _typed(console: SafeConsole) -> Iterator[bytes]:
    while True:
        try:
            yield typed_bytes(console.input(PROMPT))
        except EOFError:
            console.print()
            return


def _piped() -> Iterator[bytes]:
    for batch in lines_in():
        yield from batch
