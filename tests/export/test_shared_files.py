"""What the tests share between workers is what was built."""

from __future__ import annotations

from pathlib import Path

import pytest

from artifacts import Store, read


def test_what_is_kept_of_an_export_is_all_of_it(exported: Store) -> None:
    done = exported("onnx", "one", "int8")
    assert read(done.path.parent) == done == exported("onnx", "one", "int8")


def test_a_file_that_a_test_has_changed_is_noticed(exported: Store, tmp_path: Path) -> None:
    done = exported("onnx", "one", "int8")
    for path in done.path.parent.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / done.path.name).write_bytes(b"other")
    with pytest.raises(AssertionError, match="a test has changed"):
        read(tmp_path)
