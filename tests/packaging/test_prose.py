"""Prose stays within 120 columns, and documents name files and headings that are there."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from neurolite_core.text.markdown import COLUMNS
from texts import ROOT

FOLDERS: Final = (
    "neurolite_start",
    "neurolite_core",
    "export",
    "runtimes",
    "benchmarks",
    "examples",
    "tests",
    "docs",
)
# Golden vectors and the tables that come from them are data.
COMMENTED: Final = ("*.py", "*.c", "*.h", "*.sh", "*.cmake")
BUILT: Final = re.compile(r"/(build|node_modules|\.venv|__pycache__|emulated)/")
ADDRESS: Final = re.compile(r"\S*https?://\S*|\]\([^)]*\)")


def _files(*patterns: str) -> list[Path]:
    found = [
        path for folder in FOLDERS for name in patterns for path in (ROOT / folder).rglob(name)
    ]
    return sorted(path for path in found if not BUILT.search(path.as_posix()))


LINK: Final = re.compile(r"\]\(([^)\s#]*)#?([^)\s]*)\)")
NAMED: Final = re.compile(r"`([\w.-]+(?:/[\w.-]+)+\.(?:py|md|toml|c|h|sh|jinja))`")
CODE: Final = re.compile(r"`[^`\n]*`")
# What commands write, and names to fill in.
MADE: Final = re.compile(r"^(bench|build)/|NAME")
# Where a document's paths begin: beside it, at the top, in the package that its folder holds.
BEGINNINGS: Final = (".", "neurolite_export", "neurolite_bench", "neurolite_runtimes")
DOCUMENTS: Final = sorted([*ROOT.glob("*.md"), *_files("*.md")])


def long_lines(lines: list[str]) -> list[str]:
    """Lines over the limit, addresses not counted, with their numbers."""
    return [
        f"{number}: {line}"
        for number, line in enumerate(lines, 1)
        if len(ADDRESS.sub("", line)) > COLUMNS
    ]


def prose_of(document: str) -> list[str]:
    """The lines of a Markdown document; those of tables and code are empty."""
    lines, fenced = [], False
    for line in document.split("\n"):
        fence = line.lstrip().startswith("```")
        fenced ^= fence
        lines.append("" if fenced or fence or line.lstrip().startswith("|") else line)
    return lines


def comments_of(path: Path) -> Iterator[str]:
    """Docstrings and comments of Python; lines of other languages that are only a comment."""
    source = path.read_text("utf-8")
    if path.suffix != ".py":
        for line in source.split("\n"):
            yield line if re.match(r"\s*(//|/?\*|#)\s", line) else ""
        return
    lines = source.split("\n")
    kept: dict[int, str] = {}
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        docstring = token.type == tokenize.STRING and token.line.lstrip().startswith('"""')
        if (token.type == tokenize.COMMENT and not token.line.split("#")[0].strip()) or docstring:
            kept |= {
                number: lines[number - 1] for number in range(token.start[0], token.end[0] + 1)
            }
    yield from (kept.get(number, "") for number in range(1, len(lines) + 1))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_are_wrapped(path: Path) -> None:
    assert not long_lines(prose_of(path.read_text("utf-8")))


def missing_targets(path: Path, document: str) -> list[str]:
    """Links to files and headings that are not there, and files named in code that are not."""
    missing = []
    for target, anchor in LINK.findall(CODE.sub("", document)):  # `[seven](time)` is no link
        if target.startswith(("http", "mailto")):
            continue
        file = path.parent / target if target else path
        if not file.exists():
            missing.append(target)
        elif anchor and anchor not in _anchors(file.read_text("utf-8")):
            missing.append(f"{target}#{anchor}")
    places = [ROOT, *(path.parent / beginning for beginning in BEGINNINGS)]
    names = [name for name in NAMED.findall(document) if not MADE.search(name)]
    missing += [name for name in names if not any((place / name).exists() for place in places)]
    return missing


def _anchors(document: str) -> set[str]:
    """As GitHub makes them of headings."""
    heads = re.findall(r"^#+ (.*)$", document, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head).strip().lower().replace(" ", "-") for head in heads}


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_documents_name_what_is_there(path: Path) -> None:
    assert not missing_targets(path, path.read_text("utf-8"))


def test_what_is_missing_is_found() -> None:
    document = "# A head, of two\n[a](gone.md) [b](#a-head-of-two) [c](CONTRIBUTING.md#gone) `docs/x.py` `docs/speed.md` `[d](e)`"
    path = ROOT / "README.md"
    assert missing_targets(path, document) == [
        "gone.md",
        "#a-head-of-two",
        "CONTRIBUTING.md#gone",
        "docs/x.py",
    ]


def test_docstrings_and_comments_are_wrapped() -> None:
    found = {str(path): long_lines(list(comments_of(path))) for path in _files(*COMMENTED)}
    assert not {name: lines for name, lines in found.items() if lines}


def test_what_counts_as_prose(tmp_path: Path) -> None:
    long = "word " * 30
    document = (
        f"{long}\n| {long} |\n```\n{long}\n```\n{'w' * 119}\n[{'w' * 90}](https://{'a' * 90})"
    )
    assert [line.split(":")[0] for line in long_lines(prose_of(document))] == ["1"]
    module = tmp_path / "module.py"
    module.write_text(f'"""First.\n\n{long}\n"""\n# {long}\nx = "{long}"\n', "utf-8")
    assert [line.split(":")[0] for line in long_lines(list(comments_of(module)))] == ["3", "5"]
    shell = tmp_path / "tool.sh"
    shell.write_text(f"# {long}\necho {long}\n", "utf-8")
    assert [line.split(":")[0] for line in long_lines(list(comments_of(shell)))] == ["1"]
