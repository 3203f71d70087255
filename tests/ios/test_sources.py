"""The Swift of ios-demo without a compiler of Swift: grammar, sizes, the C sources, texts and golden files."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ios.swift_files import APP, DEMO, PACKAGE, swift_files
from neurolite_runtimes.one_source import LEFT_OUT, listed_sources
from texts import ROOT

SHOWN = re.compile(
    r"\b(?:Text|Label|Button|Section|TextField|LabeledContent|Menu|Picker|ProgressView|row|bytes|navigationTitle|"
    r"accessibilityLabel|accessibilityHint|IntentDescription|Summary)"
    r'\(\s*"((?:[^"\\]|\\.)*)"'
)
OTHERS = re.compile(r'(?:title|said): \w+ = .*?"([^"\\]+)"|title: "([^"]+)"')
INTERPOLATED = re.compile(r"\\\((?:[^()]|\([^()]*\))*\)|%@|%lld|\$\{\w+\}")


@pytest.mark.parametrize("path", swift_files(), ids=lambda path: str(path.relative_to(DEMO)))
def test_swift_is_swift_in_short_files(path: Path) -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_swift")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    content = path.read_bytes()
    # Of Swift 5.9 this grammar knows all but parameter packs.
    if b"each Part" not in content:
        tree = parser.parse(content)
        assert not tree.root_node.has_error, first_error(tree.root_node)
    lines = content.decode().splitlines()
    assert len(lines) <= 400
    assert max(map(len, lines)) <= 120 or "stand-in" in path.parts


def first_error(node: object) -> str:
    """Where the grammar gave up."""
    found = [node]
    while found:
        here = found.pop()
        if here.type == "ERROR" or here.is_missing:  # type: ignore[attr-defined]
            return f"line {here.start_point[0] + 1}"  # type: ignore[attr-defined]
        found += reversed(here.children)  # type: ignore[attr-defined]
    return "nowhere"


def test_a_wrong_file_is_found() -> None:
    tree_sitter = pytest.importorskip("tree_sitter")
    grammar = pytest.importorskip("tree_sitter_swift")
    parser = tree_sitter.Parser(tree_sitter.Language(grammar.language()))
    tree = parser.parse(b"let a = 1\nfunc broken( {\n")
    assert tree.root_node.has_error
    assert first_error(tree.root_node) == "line 2"


def test_the_package_takes_every_source_of_the_c_runtime() -> None:
    folder = PACKAGE / "Sources" / "NeuroLiteC"
    taken = {
        path.stem: re.findall(r'#include ".*/native/src/(\w+)\.c"', path.read_text("utf-8"))
        for path in folder.glob("*.c")
    }
    assert taken.pop("library") == listed_sources(ROOT / "runtimes" / "native")
    assert {name for name in taken if not name.startswith("net_")} == set(LEFT_OUT)
    assert all(own == [name] for name, own in taken.items())
    assert {"net_neon", "net_sdot", "net_sse2", "net_scalar"} <= set(taken)
    for path in (*folder.glob("*.c"), *folder.glob("include/*.h")):
        for place in re.findall(r'#include "(\.\./.*)"', path.read_text("utf-8")):
            assert (path.parent / place).resolve().is_file(), place


def test_targets_of_the_manifest_have_their_folders() -> None:
    manifest = (PACKAGE / "Package.swift").read_text("utf-8")
    assert manifest.startswith("// swift-tools-version: 5.9\n")
    assert ".iOS(.v17), .macOS(.v14)" in manifest
    names = set(re.findall(r'\.(?:target|executableTarget)\(\s*name: "([\w-]+)"', manifest))
    tests = set(re.findall(r'\.testTarget\(\s*name: "(\w+)"', manifest))
    assert names == {path.name for path in (PACKAGE / "Sources").iterdir()}
    assert tests == {path.name for path in (PACKAGE / "Tests").iterdir()}


def test_what_apple_alone_has_is_guarded_in_whole_files() -> None:
    for name in ("CoreML", "CoreAI"):
        for path in (PACKAGE / "Sources" / f"NeuroLite{name}").glob("*.swift"):
            code = [line for line in path.read_text("utf-8").splitlines() if line[:2] != "//"]
            assert code[0] == f"#if canImport({name})", path.name
            assert code[-1] == "#endif", path.name


def test_golden_files_that_tests_name_are_there() -> None:
    text = "".join(path.read_text("utf-8") for path in (PACKAGE / "Tests").rglob("*.swift"))
    named = set(re.findall(r'Golden\.json\("([\w/]+)"\)', text))
    assert named >= {
        f"apps/{name}" for name in ("texts", "decisions", "spans", "states", "stores", "statistics")
    }
    for name in named:
        assert (ROOT / "tests" / "golden" / f"{name}.json").is_file(), name


def test_nothing_of_ours_reaches_a_network() -> None:
    for path in swift_files():
        text = path.read_text("utf-8")
        assert not re.search(r"URLSession|NWConnection|import Network|https?://", text), path


def test_every_text_of_the_screens_can_be_translated() -> None:
    catalogue = json.loads((APP / "Localizable.xcstrings").read_text("utf-8"))
    known = {INTERPOLATED.sub("%", key) for key in catalogue["strings"]}
    shown: set[str] = set()
    for path in APP.rglob("*.swift"):
        text = path.read_text("utf-8")
        shown |= {INTERPOLATED.sub("%", found) for found in SHOWN.findall(text)}
        shown |= {found for pair in OTHERS.findall(text) for found in pair if found}
    assert len(shown) > 50
    assert shown <= known
    for key, entry in catalogue["strings"].items():
        if entry.get("shouldTranslate", True):
            german = entry["localizations"]["de"]["stringUnit"]["value"]
            assert INTERPOLATED.findall(german) == INTERPOLATED.findall(key), key
