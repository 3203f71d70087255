"""``neurolite-generate``: what follows a text, word by word."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from neurolite_core.answer.sampling import Sampling
from neurolite_core.answer.writing import Suggested
from neurolite_core.ground.checks import require_range
from neurolite_core.ground.command_line import App, exit_codes, print_version, say
from neurolite_core.ground.dashes import TakesTexts
from neurolite_core.ground.streams import require_output
from neurolite_core.ground.terminal import json_text
from neurolite_runtimes.generating import writer_of
from neurolite_runtimes.opening import MAX_THREADS, open_artifact
from neurolite_runtimes.showing import must_be_said
from neurolite_runtimes.standard_input import lines_in, typed_bytes

MOST_WORDS: Final = 1_000_000
MOST_SUGGESTIONS: Final = 65_536
_DIGITS: Final = 6
_DEFAULTS: Final = Sampling()

app = App(add_completion=False, rich_markup_mode="rich")


@app.command(cls=TakesTexts)
def main(
    file: Annotated[
        Path,
        typer.Argument(help="An exported generator, such as neurolite-words-stream-int8.onnx."),
    ],
    prompt: Annotated[
        list[str] | None,
        typer.Argument(
            help="Texts to go on with; an empty one begins anew. Without any, every line of standard input is one. "
            "One that begins with a dash comes behind --"
        ),
    ] = None,
    words: Annotated[int, typer.Option(help="Words to write at most, 1 to 1,000,000.")] = 40,
    temperature: Annotated[
        float, typer.Option(help="0 takes the most probable word; up to 100.")
    ] = _DEFAULTS.temperature,
    top_k: Annotated[
        int, typer.Option(help="Draw from so many of the most probable words; 0 for all.")
    ] = _DEFAULTS.top_k,
    top_p: Annotated[
        float, typer.Option(help="Draw from the fewest words that have this share, up to 1.")
    ] = _DEFAULTS.top_p,
    repetition_penalty: Annotated[
        float, typer.Option(help="Makes words that were written less probable; 1 does not.")
    ] = _DEFAULTS.repetition_penalty,
    spell: Annotated[
        bool,
        typer.Option(
            "--spell/--no-spell",
            help="Write words that are not in the file's vocabulary too, letter by letter; else never.",
        ),
    ] = True,
    seed: Annotated[int, typer.Option(help="Of what is drawn, 0 to 2^63 - 1.")] = 0,
    suggest: Annotated[
        int | None,
        typer.Option(help="Give the N most probable next words in place of a text.", metavar="N"),
    ] = None,
    complete: Annotated[
        bool,
        typer.Option("--complete", help="Give the rest of the word that is being typed."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON object for each prompt.")] = False,
    threads: Annotated[
        int, typer.Option(help="Threads of the runtime, up to 1,024; 0 takes all cores.")
    ] = 1,
    unsealed: Annotated[
        bool, typer.Option("--unsealed", help="Open a file that was changed since its export.")
    ] = False,
    version: Annotated[
        bool,
        typer.Option("--version", callback=print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Write on: the prompt and what an exported generator puts behind it, as it is made.

    The same seed gives the same text, of one runtime and precision. Spaces or a line break behind a prompt are those
    before the first word that is written. Of a long prompt the last words are read, by a file that keeps a state all.

    With --json an object a prompt: [b]prompt[/b], [b]text[/b] (what was written) and [b]words[/b]; with --suggest or
    --complete [b]suggestions[/b], a list of text, which is put behind the prompt as it stands, and score.

    Exit codes: 0 written; 2 wrong usage or input; 130 interrupted, 143 terminated.

    Examples:
      neurolite-generate neurolite-words-stream-int8.onnx "How are" --words 20 --seed 7

      neurolite-generate neurolite-words-stream-int8.onnx "How are" --suggest 3

      neurolite-generate neurolite-words-stream-int8.onnx "How are y" --complete --json
    """
    with exit_codes():
        require_range("--words", words, 1, MOST_WORDS)
        require_range("--seed", seed, 0, 2**63 - 1)
        require_range("--threads", threads, 0, MAX_THREADS)
        if suggest is not None:
            require_range("--suggest", suggest, 1, MOST_SUGGESTIONS)
        how = Sampling(
            temperature=temperature,
            top_k=top_k,
            top_p=top_p,
            repetition_penalty=repetition_penalty,
        )
        session = open_artifact(file, threads=threads, unsealed=unsealed)
        writer = writer_of(session, str(file))
        if must_be_said(session):
            say(f"{file}: {session.runtime}")
        given = (
            (typed_bytes(text) for text in prompt)
            if prompt
            else (line for lines in lines_in() for line in lines)
        )
        for text in given:
            if suggest is None and not complete:
                pieces = writer.write(text, how, words=words, seed=seed, spell=spell)
                _write(pieces, text, as_json=as_json)
            else:
                find = writer.complete if complete else writer.suggest
                _suggest(find(text, suggest or 1), text, as_json=as_json)
            require_output()


def _write(pieces: Iterator[bytes], prompt: bytes, *, as_json: bool) -> None:
    """The prompt and what follows it, each piece as soon as it is there; or one object."""
    if as_json:
        made = list(pieces)
        text = b"".join(made).decode("utf-8", "replace")
        _line({"prompt": prompt.decode("utf-8", "replace"), "text": text, "words": len(made)})
        return
    out = sys.stdout.buffer
    out.write(prompt)
    out.flush()
    for piece in pieces:
        out.write(piece)
        out.flush()
    out.write(b"\n")
    out.flush()


def _suggest(found: list[Suggested], prompt: bytes, *, as_json: bool) -> None:
    """One object; or a line for each, of its word without what stands before it."""
    if as_json:
        suggestions = [
            {"text": item.piece.decode("utf-8", "replace"), "score": round(item.score, _DIGITS)}
            for item in found
        ]
        _line({"prompt": prompt.decode("utf-8", "replace"), "suggestions": suggestions})
        return
    for item in found:
        sys.stdout.buffer.write(item.piece.strip() + b"\n")
    sys.stdout.buffer.flush()


def _line(record: dict[str, Any]) -> None:
    sys.stdout.buffer.write(json_text(record).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    app()
