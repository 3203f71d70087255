"""The page's engines in Chromium on texts in twenty scripts: the answers of Python, by C to the last bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifacts import Store
from neurolite_bench.apps.beginnings import beginnings
from neurolite_bench.apps.comparing import distance
from neurolite_bench.apps.page.__main__ import FAR, wanted_of
from neurolite_bench.apps.page.asking import answers_of_page
from neurolite_bench.apps.texts import SCRIPTS, app_texts, rows_of
from neurolite_runtimes import open_artifact
from neurolite_runtimes.demo.artifacts import models_of, open_artifacts
from neurolite_runtimes.demo.site import site_of, write_site

COUNT = 200


def test_two_hundred_texts_have_the_answers_of_python(
    files: list[Path], kept: Path, exported: Store, chromium: str, tmp_path: Path
) -> None:
    assert kept.is_dir()
    with exported.locked("page-kept"):
        write_site(site_of(models_of(open_artifacts(files))), tmp_path / "page")
    texts = app_texts(0)[::5]
    assert len(texts) == COUNT
    assert set(SCRIPTS) <= {text.script for text in texts}
    found, loaded = answers_of_page(tmp_path / "page", list(rows_of(texts)), (), tmp_path)
    assert len(found) == len(files)
    assert all(address.startswith("/") for address in loaded)
    for one, path in zip(found, files, strict=True):
        session = open_artifact(path)
        wanted = wanted_of(session, [text.text for text in texts])
        away = distance({row["index"]: row for row in wanted}, one.answers)
        assert len(one.answers) == COUNT
        what = f"{one.model} by {one.runtime}: {away}"
        if one.engine == "c":
            assert away.refused(exact=True) is None, what
        else:
            assert (
                away.missing,
                away.labels or 0,
                away.abstentions or 0,
                away.words,
                away.rules or 0,
            ) == (0,) * 5, what
            assert away.largest == pytest.approx(0, abs=FAR[bool(session.metadata.state)]), what


def test_a_generator_offers_what_python_does(
    exported: Store, kept: Path, chromium: str, tmp_path: Path
) -> None:
    assert kept.is_dir()
    path = exported.ungated("c", "streaming", "int8")
    with exported.locked("page-kept"):
        write_site(site_of(models_of(open_artifacts([path]))), tmp_path / "page")
    texts = beginnings()
    (found,), _ = answers_of_page(tmp_path / "page", (), list(rows_of(texts)), tmp_path)
    wanted = wanted_of(open_artifact(path), [text.text for text in texts])
    away = distance({row["index"]: row for row in wanted}, found.answers)
    assert len(found.answers) == len(texts)
    assert away.refused(exact=True) is None, away
