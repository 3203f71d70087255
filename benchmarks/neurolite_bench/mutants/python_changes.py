"""Small changes of Python source, as slips and refactorings make them; the rest of the text stays as it is.

Kinds: a comparison, a constant by one, a dropped ``not``, and/or, a condition turned round, a sign, a statement
left out, two arguments exchanged, nothing returned, a slice by one. Texts, annotations, messages of errors and
imports are left alone. (cosmic-ray 8.7 was looked at: five of these kinds are not among its operators, and it
needs a database and git bindings to run.)
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Change:
    """Bytes from ``start`` to ``end`` of a file become ``text``."""

    kind: str
    start: int
    end: int
    text: bytes


_COMPARISONS: Final[Mapping[type[ast.cmpop], tuple[str, str]]] = MappingProxyType(
    {
        ast.Lt: ("<", "<="),
        ast.LtE: ("<=", "<"),
        ast.Gt: (">", ">="),
        ast.GtE: (">=", ">"),
        ast.Eq: ("==", "!="),
        ast.NotEq: ("!=", "=="),
        ast.Is: ("is", "is not"),
        ast.IsNot: (r"is\s+not", "is"),
        ast.In: ("in", "not in"),
        ast.NotIn: (r"not\s+in", "in"),
    }
)
_SIGNS: Final[Mapping[type[ast.operator], tuple[str, str]]] = MappingProxyType(
    {
        ast.Add: (r"\+", "-"),
        ast.Sub: ("-", "+"),
        ast.Mult: (r"\*", "/"),
        ast.Div: ("/", "*"),
        ast.FloorDiv: ("//", "*"),
        ast.Mod: ("%", "//"),
        ast.BitAnd: ("&", "|"),
        ast.BitOr: (r"\|", "&"),
    }
)


class _Source:
    """Places of nodes in bytes: ast counts columns in bytes of UTF-8."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        lines = content.splitlines(keepends=True)
        self._first = [0]
        for line in lines:
            self._first.append(self._first[-1] + len(line))

    def start(self, node: ast.expr | ast.stmt) -> int:
        return self._first[node.lineno - 1] + node.col_offset

    def end(self, node: ast.expr | ast.stmt) -> int:
        assert node.end_lineno is not None  # noqa: S101  # ast.parse sets both
        assert node.end_col_offset is not None  # noqa: S101
        return self._first[node.end_lineno - 1] + node.end_col_offset

    def text(self, node: ast.expr | ast.stmt) -> bytes:
        return self.content[self.start(node) : self.end(node)]

    def between(
        self, kind: str, left: ast.expr, right: ast.expr, pattern: str, text: str
    ) -> Iterator[Change]:
        """An operator between two operands, where nothing else stands but brackets and spaces."""
        start, end = self.end(left), self.start(right)
        found = re.fullmatch(
            rb"([\s)]*)(" + pattern.encode() + rb")([\s(]*)", self.content[start:end]
        )
        if found:
            yield Change(kind, start + found.start(2), start + found.end(2), text.encode())


def _comparison(node: ast.AST, source: _Source) -> Iterator[Change]:
    if isinstance(node, ast.Compare):
        operands = [node.left, *node.comparators]
        for left, operator, right in zip(operands, node.ops, operands[1:], strict=False):
            yield from source.between("comparison", left, right, *_COMPARISONS[type(operator)])


def _constant(node: ast.AST, source: _Source) -> Iterator[Change]:
    if not isinstance(node, ast.Constant) or isinstance(node.value, bool):
        return
    start, end = source.start(node), source.end(node)
    if isinstance(node.value, int):
        for value in (node.value + 1, node.value - 1):
            text = str(value) if value >= 0 else f"({value})"
            yield Change("constant by one", start, end, text.encode())
    elif isinstance(node.value, float):
        yield Change("constant doubled", start, end, repr(node.value * 2 or 1.0).encode())


def _dropped_not(node: ast.AST, source: _Source) -> Iterator[Change]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        start = source.start(node)  # the word alone: parentheses may stand behind it
        yield Change("dropped not", start, start + len("not"), b"")


def _and_or(node: ast.AST, source: _Source) -> Iterator[Change]:
    if isinstance(node, ast.BoolOp):
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            yield from source.between("and/or", left, right, old, new)


def _condition(node: ast.AST, source: _Source) -> Iterator[Change]:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        start, end = source.start(node.test), source.end(node.test)
        text = b"not (" + source.text(node.test) + b")"
        yield Change("condition turned round", start, end, text)


def _sign(node: ast.AST, source: _Source) -> Iterator[Change]:
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        yield from source.between("operator", node.left, node.right, *_SIGNS[type(node.op)])


def _left_out(node: ast.AST, source: _Source) -> Iterator[Change]:
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.YieldFrom)
    if call or isinstance(node, ast.AugAssign | ast.Delete | ast.Raise | ast.Continue | ast.Break):
        assert isinstance(node, ast.stmt)  # noqa: S101  # for the type checker
        yield Change("statement left out", source.start(node), source.end(node), b"pass")


def _arguments(node: ast.AST, source: _Source) -> Iterator[Change]:
    if not isinstance(node, ast.Call) or len(node.args) < 2:
        return
    first, second = node.args[:2]
    if isinstance(first, ast.Starred) or isinstance(second, ast.Starred):
        return
    left, right = source.text(first), source.text(second)
    if left != right:
        gap = source.content[source.end(first) : source.start(second)]
        text = right + gap + left
        yield Change("arguments exchanged", source.start(first), source.end(second), text)


def _nothing_returned(node: ast.AST, source: _Source) -> Iterator[Change]:
    value = node.value if isinstance(node, ast.Return) else None
    if value is not None and not (isinstance(value, ast.Constant) and value.value is None):
        yield Change("nothing returned", source.start(value), source.end(value), b"None")


def _slice(node: ast.AST, source: _Source) -> Iterator[Change]:
    if isinstance(node, ast.Slice):
        for border in (node.lower, node.upper):
            if border is not None and not isinstance(border, ast.Constant):
                start, end = source.start(border), source.end(border)
                text = b"(" + source.text(border) + b") + 1"
                yield Change("slice by one", start, end, text)


_KINDS: Final[tuple[Callable[[ast.AST, _Source], Iterator[Change]], ...]] = (
    _comparison,
    _constant,
    _dropped_not,
    _and_or,
    _condition,
    _sign,
    _left_out,
    _arguments,
    _nothing_returned,
    _slice,
)


def changes_of(content: bytes) -> Iterator[Change]:
    """All changes of a source file.

    Raises:
        SyntaxError: it is not Python.
    """
    source = _Source(content)
    for node in _walk(ast.parse(content)):
        for kind in _KINDS:
            yield from kind(node, source)


def _walk(node: ast.AST) -> Iterator[ast.AST]:
    """Nodes whose change could matter: without annotations, texts with values in them, messages, type guards."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom | ast.arg | ast.alias):
        return
    if isinstance(node, ast.If) and ast.unparse(node.test) in (
        "TYPE_CHECKING",
        "__name__ == '__main__'",
    ):
        return
    yield node
    for name, value in ast.iter_fields(node):
        if name in ("annotation", "returns", "decorator_list", "exc"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _walk(child)
