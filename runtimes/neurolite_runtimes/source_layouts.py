"""Folders that other build systems take: the C library of models for Arduino, ESP-IDF, and any project."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Final

from neurolite_core.ground.checks import require_choice
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_runtimes.one_source import HEADER, SOURCE, one_source

Files = Mapping[str, bytes]

# Arduino compiles for size, which takes half as long again, and a library has no say in that but here.
_FAST: Final = b'#if defined(__GNUC__) && !defined(__clang__)\n#pragma GCC optimize("O2")\n#endif\n'
_WHAT: Final = (
    "Tiny language models: UTF-8 bytes to the answer, without allocation or floating-point weights."
)
# Processors of 32 bits, by the names of Arduino's cores.
_ARCHITECTURES: Final = (
    "apollo3,esp32,mbed,mbed_giga,mbed_nano,mbed_nicla,mbed_opta,mbed_portenta,mbed_rp2040,nrf52,renesas_portenta,"
    "renesas_uno,rp2040,sam,samd,stm32,teensy,zephyr"
)


def write_layout(name: str, native: Path, folder: Path) -> tuple[Path, ...]:
    """Writes the files of a layout, and gives their paths.

    Args:
        name: a key of ``LAYOUTS``.
        native: the sources, as ``native_build.source_folder`` gives them.
        folder: where to; created if need be.

    Raises:
        InputError: an unknown layout, or the folder cannot be written.
    """
    require_choice("--layout", name, LAYOUTS)
    require_writable(folder)
    files = LAYOUTS[name](one_source(native))
    for path, content in files.items():
        write_atomically(folder / path, content)
    return tuple(folder / path for path in files)


def _plain(library: Files) -> Files:
    return library


def _arduino(library: Files) -> Files:
    properties = {
        "name": "NeuroLite",
        "version": _version(),
        "author": "The NeuroLite authors",
        "maintainer": "The NeuroLite authors",
        "sentence": _WHAT,
        "paragraph": "A model is a .c and a .h of neurolite-export --target c --int8 --source, put beside the sketch.",
        "category": "Data Processing",
        "architectures": _ARCHITECTURES,
        "includes": HEADER,
    }
    text = "".join(f"{key}={value}\n" for key, value in properties.items())
    return {
        "library.properties": text.encode(),
        f"src/{SOURCE}": _FAST + library[SOURCE],
        f"src/{HEADER}": library[HEADER],
    }


def _esp_idf(library: Files) -> Files:
    manifest = (
        f'version: "{_version()}"\ndescription: "{_WHAT}"\nlicense: "MIT"\n'
        'dependencies:\n  idf: ">=4.4"\n'
    )
    build = (
        f'idf_component_register(SRCS "{SOURCE}" INCLUDE_DIRS "include")\n'
        "target_compile_options(${COMPONENT_LIB} PRIVATE -O2 -ffp-contract=off -fno-math-errno)\n"
    )
    return {
        "idf_component.yml": manifest.encode(),
        "CMakeLists.txt": build.encode(),
        SOURCE: library[SOURCE],
        f"include/{HEADER}": library[HEADER],
    }


def _version() -> str:
    """Of this package in the three numbers that both registries ask for."""
    return ".".join([*version("neurolite").split("."), "0", "0"][:3])


LAYOUTS: Final[Mapping[str, Callable[[Files], Files]]] = MappingProxyType(
    {"plain": _plain, "arduino": _arduino, "esp-idf": _esp_idf}
)
