"""Names of a model's files: readable in any script, and never those of another model."""

from __future__ import annotations

import dataclasses
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifacts import SOURCES
from neurolite_core.ground.errors import InputError
from neurolite_export.names import LONGEST, model_name, named


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("intents", "intents"),
        ("my model", "my-model"),
        ("модель", "модель"),
        ("モデル", "モデル"),
        ("العربية", "العربية"),
        ("हिन्दी", "हिन्दी"),
        ("模型1", "模型1"),
        ("a[/b] \x1b[31mred", "a-b-31mred"),
        ("\u202eexe.x", "exe.x"),
        ("..", "checkpoint"),
        ("🙂", "checkpoint"),
        (unicodedata.normalize("NFD", "é"), "é"),
    ],
)
def test_what_stays_of_a_name(text: str, name: str) -> None:
    assert model_name(text) == name


@given(st.text())
def test_any_text_gives_one_short_name_that_stays_as_it_is(text: str) -> None:
    name = model_name(text)
    assert 0 < len(name.encode()) <= LONGEST
    assert model_name(name) == name
    assert Path(name).name == name
    assert name.isprintable()


def test_a_model_has_its_folder_s_name_or_the_link_s_or_its_own(tmp_path: Path) -> None:
    source = SOURCES["one"]()
    (tmp_path / "run 17").mkdir()
    (tmp_path / "best").symlink_to(tmp_path / "run 17")
    assert named(source, tmp_path / "run 17").name == "run-17"
    assert named(source, tmp_path / "best").name == "best"
    assert named(source, tmp_path / "best", "лучшая").name == "лучшая"
    for wrong in ("", "a/b", "..", "a b", "x" * (LONGEST + 1), "\x1b[31m"):
        with pytest.raises(InputError, match="--name is"):
            named(source, tmp_path, wrong)
    assert dataclasses.replace(source, name="best") == named(source, tmp_path / "best")
