"""Small changes of C source by its tokens: comparisons, constants by one, and/or, signs, statements left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from neurolite_bench.mutants.python_changes import Change

# Comments, texts and what the preprocessor reads, with continued lines.
_SKIPPED: Final = re.compile(
    rb'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|' + rb"'(?:\\.|[^'\\\n])*'|^[ \t]*#(?:\\\n|[^\n])*",
    re.DOTALL | re.MULTILINE,
)
_OPERATORS: Final = {
    b"<=": b"<",
    b">=": b">",
    b"==": b"!=",
    b"!=": b"==",
    b"<": b"<=",
    b">": b">=",
    b"&&": b"||",
    b"||": b"&&",
    b"+": b"-",
    b"-": b"+",
}
# With a space on both sides, as clang-format writes them: a sign or a pointer has none.
_OPERATOR: Final = re.compile(rb"(?<= )(<=|>=|==|!=|&&|\|\||<|>|\+|-)(?= )")
_INTEGER: Final = re.compile(rb"(?<![\w.])(0x[0-9A-Fa-f]+|\d+)(?![\w.])")
_STATEMENT: Final = re.compile(
    rb"^[ \t]+((?:[\w>.\[\]*()-]+ (?:[-+*|&]?=) |[\w>.\[\]-]+(?:\+\+|--))[^;{}]*;)(?=[ \t]*$)",
    re.MULTILINE,
)


def changes_of(content: bytes) -> Iterator[Change]:
    """All changes of a source file."""
    plain = _SKIPPED.sub(lambda found: re.sub(rb"[^\n]", b"\0", found[0]), content)
    for found in _OPERATOR.finditer(plain):
        kind = "comparison" if found[1][:1] in b"<>=!" else "operator"
        yield Change(kind, found.start(1), found.end(1), _OPERATORS[found[1]])
    for found in _INTEGER.finditer(plain):
        value = int(found[1], 0)
        for other in (value + 1, value - 1):
            yield Change("constant by one", found.start(1), found.end(1), b"%d" % other)
    for found in _STATEMENT.finditer(plain):
        yield Change("statement left out", found.start(1), found.end(1), b";")
