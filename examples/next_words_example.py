"""Next words while somebody types, and a reply, from one generator's file: numpy and onnxruntime, no PyTorch.

Run: python examples/next_words_example.py neurolite-nextwords-int8.onnx
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

from neurolite_core.answer.sampling import Sampling
from neurolite_core.answer.writing import Writer
from neurolite_core.text.segments import split_segments
from neurolite_runtimes import open_artifact
from neurolite_runtimes.generating import writer_of

OFFERED = 3  # words over a keyboard
TYPED = "What is your phone number?"
MESSAGES = ("Can we meet at noon?", "How are you today?")
REPLIES, WORDS = 2, 30


def show_keyboard(writer: Writer) -> None:
    """What is offered after each letter: rests of the word, and words behind it as far as it is whole."""
    print("1. A keyboard offers, behind what was typed:")
    for size in range(8):
        offered = writer.offer(TYPED[:size].encode(), OFFERED)
        words = "   ".join(f"{shown(item.piece)} {item.score:.0%}" for item in offered)
        print(f"   {TYPED[:size] + '|':10} {words}")


def show_saving(writer: Writer) -> None:
    """How many touches a sentence takes where every right word that is offered is taken."""
    text, touches, wanted = b"", 0, TYPED.encode()
    while text != wanted:
        offered = [item.piece for item in writer.offer(text, OFFERED)]
        right = [piece for piece in offered if is_whole(text + piece, wanted)]
        text += max(right, key=len) if right else wanted[len(text) : len(text) + 1]
        touches += 1
    print(f"2. {TYPED!r} has {len(wanted)} letters, and takes {touches} touches with these.")


def is_whole(text: bytes, wanted: bytes) -> bool:
    """Whether a sentence begins with a text that ends where one of its words does."""
    (sentence,) = split_segments([wanted])
    ends = {len(b"".join(sentence.words[: place + 1])) for place in range(len(sentence.words))}
    return wanted.startswith(text) and len(text) in ends


def show_replies(writer: Writer) -> None:
    """The next line of a conversation, drawn word by word; each seed gives its own."""
    print("3. Replies:")
    for message in MESSAGES:
        print(f"   {message}")
        for seed in range(REPLIES):
            pieces = writer.write(f"{message}\n".encode(), Sampling(), words=WORDS, seed=seed)
            print(f"      {one_line(pieces)}")


def one_line(pieces: Iterator[bytes]) -> str:
    """What is written up to the first line break, as it comes."""
    line = b""
    for piece in pieces:
        line += piece
        if b"\n" in piece:
            break
    return line.split(b"\n")[0].decode()


def show_time(writer: Writer) -> None:
    """A person who types sees words in less than a frame of the screen."""
    text = b"".join(writer.write(b"How are you?\n", Sampling(), words=WORDS, seed=1))
    start = time.perf_counter()
    for size in range(len(text)):
        writer.offer(text[:size], OFFERED)
    each = (time.perf_counter() - start) / max(1, len(text)) * 1_000
    print(f"4. {len(text)} letters were typed; each took {each:.2f} ms.")


def shown(piece: bytes) -> str:
    """A piece as a button has it."""
    return piece.decode().strip(" ").replace("\n", "\u21b5")


def main(file: Path) -> None:
    """Opens a file, and shows what a keyboard and a reply box make of it."""
    session = open_artifact(file)
    entries = len(session.metadata.labels)
    print(f"{file.name}: {entries:,} entries, {session.metadata.parameters:,} parameters")
    writer = writer_of(session, str(file))
    for show in (show_keyboard, show_saving, show_replies, show_time):
        show(writer)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give a generator's file: neurolite-export --model nextwords --target onnx --int8")
    main(Path(sys.argv[1]))
