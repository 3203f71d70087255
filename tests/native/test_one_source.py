"""The C library as one source: the same answers, for every compiler that is here, and whole in every layout."""

from __future__ import annotations

import ctypes
from pathlib import Path

import numpy as np
import pytest

from artifacts import Store
from commands import call_command
from native.test_model_paths import ARM32, Machine, expected_of, extreme, printed
from native.tools import NATIVE, need, run
from neurolite_core.text.words import truncate
from neurolite_runtimes.nlm_library import load_model_library
from neurolite_runtimes.nlm_reference.evaluator import NlmEvaluator
from neurolite_runtimes.nlm_reference.model import read_model
from neurolite_runtimes.source_layouts import LAYOUTS, write_layout
from texts import follower_texts, generated_texts

SMLAD = 8  # enum nl_path
STRICT = ["-std=c11", "-Wall", "-Wextra", "-Wpedantic"]
ALIKE = ["-ffp-contract=off", "-fno-math-errno", "-fno-trapping-math"]
COMPILERS = {
    "gcc": ["gcc"],
    "clang": ["clang"],
    "cortex-m4": ["arm-none-eabi-gcc", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=hard"],
    "cortex-m33": ["arm-none-eabi-gcc", "-mcpu=cortex-m33", "-mthumb", "-mfloat-abi=hard"],
    "cortex-m0plus": ["arm-none-eabi-gcc", "-mcpu=cortex-m0plus", "-mthumb"],
    "riscv": ["riscv64-unknown-elf-gcc", "-march=rv32imac", "-mabi=ilp32"],
}
# What a program without a C library lacks: the compiler's own helpers begin so.
PREFIXES = ("__aeabi_", "__", "mem")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain")
    write_layout("plain", NATIVE, folder)
    return folder


@pytest.mark.parametrize(
    "source",
    ["one", "packed-lanes", "bag", "wide", "joint-lanes", "remembering-bag", "experts-bag"],
)
def test_one_source_gives_the_reference(exported: Store, plain: Path, source: str) -> None:
    library = plain / f"{source}.so"
    command = [need("gcc"), *STRICT, *ALIKE, "-O1", "-shared", "-fPIC"]
    run([*command, "neurolite_model.c", "-o", str(library)], plain)
    content = exported.ungated("c", source, "int8").read_bytes()
    model = load_model_library(library, fresh=True).open(content, "model.nlm")
    assert model.is_verified()
    opened = read_model(content, "model.nlm")
    reference, limit = NlmEvaluator(opened), opened.shape.max_bytes
    for text in [b"", b"x" * 5_000, *generated_texts(30, seed=3), *follower_texts(30, seed=4)]:
        found, wanted = model.run(text), reference.run(truncate(text, limit)[0])
        assert found.words == wanted["words"][0]
        np.testing.assert_array_equal(found.embedding, wanted["embedding"][0], str(text))
        if "logits" in wanted:
            np.testing.assert_array_equal(found.logits, wanted["logits"][0], str(text))


@pytest.mark.parametrize(
    "left_out", ["-DNL_NO_BACKBONES", "-DNL_NO_MODULES", "-DNL_NO_BACKBONES -DNL_NO_MODULES"]
)
def test_what_is_left_out_takes_no_header_with_it(
    plain: Path, left_out: str, tmp_path: Path
) -> None:
    command = [need("gcc"), *STRICT, "-Werror=implicit-function-declaration", *left_out.split()]
    run([*command, "-c", "neurolite_model.c", "-o", str(tmp_path / "part.o")], plain)


def test_without_modules_it_is_smaller_and_refuses_what_has_some(
    exported: Store, plain: Path
) -> None:
    library, sizes = plain / "without.so", []
    command = [need("gcc"), *STRICT, *ALIKE, "-Os", "-shared", "-fPIC", "-ffunction-sections"]
    command += ["-fvisibility=hidden", "-Wl,--gc-sections", "-s", "neurolite_model.c"]
    for more in ([], ["-DNL_NO_MODULES"]):
        run([*command, *more, "-o", str(library)], plain)
        sizes.append(library.stat().st_size)
    assert sizes[0] - sizes[1] > 8_000
    functions = ctypes.CDLL(str(library))
    for source, status in (("one", 0), ("rules-asking", 4), ("remembering-bag", 4)):
        content = exported.ungated("c", source, "int8").read_bytes()
        blob, opened = np.zeros(len(content) // 8 + 1, np.int64), np.zeros(512, np.int64)
        blob.view(np.uint8)[: len(content)] = np.frombuffer(content, np.uint8)
        at, place = ctypes.c_void_p(opened.ctypes.data), ctypes.c_void_p(blob.ctypes.data)
        assert functions.nl_open(at, place, ctypes.c_size_t(len(content))) == status


def test_smlad_gives_the_reference_at_the_limits_of_numbers(
    exported: Store, plain: Path, tmp_path: Path
) -> None:
    """Compiled for a Cortex-A in Thumb, the one source has the same set as for a Cortex-M4, and Linux to run it."""
    flags = [*ALIKE, "-mthumb", "-march=armv7-a", "-mfpu=vfpv3-d16", "-O2", f"-I{plain}"]
    program = tmp_path / "print_logits"
    source = str(Path(__file__).with_name("print_logits.c"))
    command = [need(f"{ARM32}-gcc"), *flags, str(plain / "neurolite_model.c"), source]
    run([*command, "-o", str(program)], tmp_path)
    machine, model = (
        Machine(ARM32, ("qemu-arm-static", "-cpu", "cortex-a15")),
        tmp_path / "model.nlm",
    )
    # Seeds of which some have rows that are widened by parts, more hashes than fit, and an odd number of groups.
    for name, seeds in (("packed-lanes", (2, 3)), ("bag", (5,)), ("wide-two", (10,))):
        whole = exported("c", name, "int8").path.read_bytes()
        for content in [whole, *(extreme(whole, seed) for seed in seeds)]:
            model.write_bytes(content)
            found = printed(machine, program, model)
            assert int.from_bytes(found[:4], "little") == SMLAD
            assert found[4:] == expected_of(content), name


@pytest.mark.parametrize("name", COMPILERS)
def test_compilers_take_it_and_it_needs_no_c_library(
    plain: Path, tmp_path: Path, name: str
) -> None:
    compiler, *flags = COMPILERS[name]
    out = tmp_path / "model.o"
    source = str(plain / "neurolite_model.c")
    flags += [] if name in ("gcc", "clang") else ["-ffreestanding"]
    run([need(compiler), *flags, *STRICT, *ALIKE, "-O2", "-c", source, "-o", str(out)], tmp_path)
    listing = run([need(compiler.replace("gcc", "nm").replace("clang", "nm")), str(out)], tmp_path)
    missing = [line.split()[-1] for line in listing.splitlines() if " U " in line]
    assert [each for each in missing if not each.startswith(PREFIXES)] in (
        [],
        ["_GLOBAL_OFFSET_TABLE_"],
    )


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts_are_whole(tmp_path: Path, layout: str) -> None:
    """Their sources compile with nothing but their own folders, by what these are for."""
    done = call_command(
        "neurolite-ops", "sources", "--layout", layout, "--out", "out", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "out"
    named = {Path(line) for line in done.stdout.decode().splitlines()}
    found = {path.relative_to(tmp_path) for path in folder.rglob("*") if path.is_file()}
    assert named == found
    (source,) = folder.rglob("*.c")
    (header,) = folder.rglob("*.h")
    command = [
        need("arm-none-eabi-gcc"),
        "-mcpu=cortex-m4",
        "-mthumb",
        "-ffreestanding",
        "-Os",
        *STRICT,
    ]
    run([*command, f"-I{header.parent}", "-c", str(source), "-o", "model.o"], tmp_path)
    if layout == "arduino":
        lines = (folder / "library.properties").read_text().splitlines()
        properties = dict(line.split("=", 1) for line in lines)
        assert all(properties.values())
        assert {"name", "version", "author", "maintainer", "sentence", "category"} < set(properties)
        assert properties["includes"] == header.name
        assert header.parent.name == "src"
    if layout == "esp-idf":
        build = (folder / "CMakeLists.txt").read_text()
        assert f'SRCS "{source.relative_to(folder)}"' in build
        assert f'INCLUDE_DIRS "{header.parent.relative_to(folder)}"' in build
        assert "idf_component_register(" in build
        assert 'version: "' in (folder / "idf_component.yml").read_text()


def test_an_unknown_layout_is_named(tmp_path: Path) -> None:
    done = call_command(
        "neurolite-ops", "sources", "--layout", "zephyr", "--out", "out", cwd=tmp_path
    )
    assert done.returncode == 2
    assert "--layout is 'zephyr'; choose one of: plain, arduino, esp-idf" in done.stderr.decode()
    assert not (tmp_path / "out").exists()


def test_roots_are_those_of_the_standard(tmp_path: Path) -> None:
    program = tmp_path / "roots"
    source = str(Path(__file__).with_name("roots.c"))
    command = [need("cc"), *STRICT, "-O2", f"-I{NATIVE / 'src'}", source, "-lm", "-o", str(program)]
    run(command, tmp_path)
    assert run([str(program)], tmp_path).startswith("20355296 roots")
