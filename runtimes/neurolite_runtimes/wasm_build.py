"""Compiles the C library of models to WebAssembly, for pages and node, with what loads it there."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_runtimes.native_build import source_folder
from neurolite_runtimes.one_source import listed_sources
from neurolite_runtimes.wasm_tables import packed_tables

# What a page imports, each with its types, and what that is made of.
_IMPORTED: Final = (
    "neurolite",
    "conversation",
    "decisions",
    "generation",
    "learner",
    "metadata",
    "statistics",
    "texts",
)
_INNER: Final = (
    "bytes", "characters", "checksums", "errors", "halves", "learned", "memory", "places", "prototypes",
    "reading_words", "records", "rules", "sampling", "scores", "similarity", "spans", "spelling", "state", "state_file",
    "store",
)  # fmt: skip
MODULE: Final = (
    *(f"{name}.{ending}" for name in _IMPORTED for ending in ("js", "d.ts")),
    *(f"{name}.js" for name in _INNER),
    "package.json",
)
_OWN: Final = ("tables", "hash_scalar")  # the web has others in their place
_FLAGS: Final = (
    "--target=wasm32", "-std=c11", "-ffreestanding", "-fno-builtin", "-fvisibility=hidden", "-ffunction-sections",
    "-fdata-sections", "-ffp-contract=off", "-fno-trapping-math", "-fno-math-errno", "-Wall", "-Wextra", "-DNL_DATA=",
)  # fmt: skip
_SMALL: Final = ("-Oz", "-mllvm", "-inline-threshold=0")
# Of a memory and of states, which compilers make vectors of; unrolled they are 700 bytes longer.
_LOOPS: Final = ("-O3", "-fno-unroll-loops")
_FAST: Final = ("-O2", "-fno-vectorize", "-fno-slp-vectorize", "-fno-unroll-loops")
# A stack before the data: what runs over it traps, and writes nothing over.
_LINK: Final = ("--no-entry", "--strip-all", "--gc-sections", "--stack-first", "-O2")
_STACK: Final = 32_768  # bytes
_TOOLS: Final = ("clang", "wasm-ld")


@dataclass(frozen=True, slots=True)
class WasmBuild:
    """One of the builds that neurolite.js chooses from.

    Attributes:
        kernels: what takes nearly all of the time, and is made for speed, as are a memory's loops; the rest is made
            small.
        hasher: of words.
        flags: its instruction set.
    """

    kernels: str
    hasher: str
    flags: tuple[str, ...]


BUILDS: Final[Mapping[str, WasmBuild]] = MappingProxyType(
    {
        "neurolite.wasm": WasmBuild("net_scalar", "hash_scalar", ("-DNL_HAVE_SCALAR",)),
        "neurolite-simd.wasm": WasmBuild(
            "net_wasm_simd",
            "hash_vector",
            ("-DNL_HAVE_WASM_SIMD", "-msimd128", "-mbulk-memory", "-mnontrapping-fptoint"),
        ),
    }
)


def web_folder() -> Path:
    """What is written in JavaScript, and the C that it calls: beside the C sources.

    Raises:
        InputError: it is not there.
    """
    folder = source_folder().with_name("web")
    if not (folder / "web.c").is_file():
        raise InputError(
            "The sources for the web are not installed. Install the package again: pip install -U neurolite"
        )
    return folder


def build_wasm(out: Path) -> list[Path]:
    """Writes the ES module and its WebAssembly builds into a folder, which is made.

    Args:
        out: the folder; files of these names in it are replaced.

    Returns:
        The files.

    Raises:
        InputError: a tool is missing, compiling failed, or the folder cannot be written.
    """
    for tool in _TOOLS:
        if shutil.which(tool) is None:
            raise InputError(
                f"{tool} is not installed. Install it: apt-get install clang lld (macOS: brew install llvm lld)"
            )
    require_writable(out)
    with tempfile.TemporaryDirectory(prefix="neurolite-wasm-") as name:
        made = {file: _compiled(file, build, Path(name)) for file, build in BUILDS.items()}
    made |= {file: (web_folder() / file).read_bytes() for file in MODULE}
    for file, content in made.items():
        write_atomically(out / file, content)
    return [out / file for file in made]


def _compiled(name: str, build: WasmBuild, work: Path) -> bytes:
    native, web = source_folder(), web_folder()
    common = [*_FLAGS, *build.flags, f"-I{native / 'include'}", f"-I{native / 'src'}", f"-I{work}"]
    (work / "packed_tables.h").write_text(packed_tables(), "utf-8")
    small = [web / "web.c", web / "tables.c"]
    listed = [source for source in listed_sources(native) if source not in _OWN]
    small += [native / "src" / f"{source}.c" for source in (*listed, build.hasher, "memory")]
    sources: dict[Path, tuple[str, ...]] = dict.fromkeys(small, _SMALL)
    sources |= {
        native / "src" / f"{build.kernels}.c": _FAST,
        native / "src" / "memory_math.c": _LOOPS,
        native / "src" / "scan_math.c": _LOOPS,
    }
    objects = []
    for source, level in sources.items():
        objects.append(work / f"{name}-{source.stem}.o")
        _run(["clang", *level, *common, "-c", str(source), "-o", str(objects[-1])], source.name)
    linked = work / name
    _run(
        ["wasm-ld", *_LINK, "-z", f"stack-size={_STACK}", *map(str, objects), "-o", str(linked)],
        name,
    )
    return linked.read_bytes()


def _run(command: list[str], what: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        telling = next((line for line in lines if "error" in line), lines[0] if lines else "")
        raise InputError(f"{what} cannot be compiled by {command[0]}: {telling}")
