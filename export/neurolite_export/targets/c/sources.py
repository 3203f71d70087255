"""A .nlm as C source, so that a firmware's compiler puts the model into flash: ``--source``."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from neurolite_core.artifact.formats.nlm import ALIGNMENT, read_parts
from neurolite_core.artifact.formats.nlm_module_table import Modules, read_modules
from neurolite_core.artifact.formats.nlm_shape import LABELS_KIND, SHAPE_KIND, NlmShape, labels_of
from neurolite_export.targets.c.scratch import scratch_bytes, state_bytes

_PER_LINE: Final = 32  # bytes
_SOURCE: Final = "The built file"
_UNFIT: Final = re.compile(r"[^0-9A-Za-z]+")


def source_files(stem: str, content: bytes) -> Mapping[str, bytes]:
    """File name -> content of the source and its header; equal arguments give equal bytes.

    Args:
        stem: of their names, from which the names in C are made.
        content: of a .nlm.

    Raises:
        ArtifactError: it is none.
    """
    parts = read_parts(content, _SOURCE)
    shape = NlmShape.from_bytes(parts[SHAPE_KIND, 0], _SOURCE)
    labels = labels_of(parts[LABELS_KIND, 0])
    modules = read_modules(parts, shape, _SOURCE)
    name = identifier(stem)
    return {
        f"{stem}.c": "".join(_source(stem, name, content)).encode(),
        f"{stem}.h": "".join(_header(name, shape, labels, len(content), modules)).encode(),
    }


def identifier(text: str) -> str:
    """ASCII letters, digits and underscores of a text that begin with a letter: a name in C, lower case.

    >>> identifier("neurolite-Café 2-int8")
    'neurolite_cafe_2_int8'
    """
    fitting = _fitting(text).lower()
    return fitting if fitting[:1].isalpha() else f"model_{fitting}".rstrip("_")


def label_names(labels: Iterable[str]) -> Iterator[str]:
    """A name in C for each label, upper case and no two alike, to stand behind a prefix."""
    seen: set[str] = set()
    for number, label in enumerate(labels):
        name = _fitting(label).upper() or str(number)
        while name in seen:
            name = f"{name}_{number}"
        seen.add(name)
        yield name


def _fitting(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return _UNFIT.sub("_", plain).strip("_")


def _source(stem: str, name: str, content: bytes) -> Iterator[str]:
    yield f"/* The file {_comment(stem)}.nlm, byte for byte. Written by neurolite-export --source. */\n"
    yield f'#include "{stem}.h"\n\n'
    yield f"#if defined(__cplusplus)\nalignas({ALIGNMENT})\n#else\n_Alignas({ALIGNMENT})\n#endif\n"
    yield f"const unsigned char {name}[{len(content)}] = {{\n"
    for at in range(0, len(content), _PER_LINE):
        yield f"{','.join(map(str, content[at : at + _PER_LINE]))},\n"
    yield f"}};\n\nconst size_t {name}_size = sizeof {name};\n"


def _header(
    name: str, shape: NlmShape, labels: tuple[str, ...], size: int, modules: Modules
) -> Iterator[str]:
    big = name.upper()
    yield "/* Written by neurolite-export --source; neurolite_model.h has the functions that take it:\n"
    yield f" * nl_open(&model, {name}, {name}_size). */\n"
    yield f"#ifndef {big}_H\n#define {big}_H\n\n#include <stddef.h>\n\n"
    yield '#ifdef __cplusplus\nextern "C" {\n#endif\n\n'
    yield f"extern const unsigned char {name}[{size}]; /* at a multiple of {ALIGNMENT} */\n"
    yield f"extern const size_t {name}_size;\n\nenum {{\n"
    yield f"    {big}_MAX_WORDS = {shape.max_words}, /* that are read of a text */\n"
    yield f"    {big}_MAX_BYTES = {shape.max_bytes}, /* likewise */\n"
    yield f"    {big}_SCRATCH = {scratch_bytes(shape, modules)}, /* for texts of that many words: nl_scratch */\n"
    if state := state_bytes(shape, modules):
        what = "a text's" if shape.generation else "a conversation's"
        yield f"    {big}_STATE = {state}, /* bytes of {what}: nl_state_size */\n"
    yield f"    {big}_EMBEDDING = {shape.text_size},\n"
    yield f"    {big}_LABELS = {len(labels)}\n}};\n\n"
    if labels:
        yield "/* What nl_best returns. */\nenum {\n"
        for number, one in enumerate(label_names(labels)):
            yield f"    {big}_LABEL_{one} = {number}, /* {_comment(labels[number])} */\n"
        yield "};\n\n"
    yield "#ifdef __cplusplus\n}\n#endif\n\n#endif\n"


def _comment(text: str) -> str:
    """A text that ends no comment, begins none and goes on in no other line."""
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown.replace("*/", "* /").replace("/*", "/ *").replace("\\", "/").replace("??", "? ?")
