"""The learner in JavaScript: after anything that a user may do, the file's bytes and the answers of Python."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

from golden.apps import random_cases
from native.tools import need, run
from web.answering import HERE


def test_whatever_is_done(tmp_path: Path) -> None:
    for path in random_cases.HERE.glob("*.nls"):
        shutil.copy(path, tmp_path)
    cases = random_cases.stores(random.Random(5), tmp_path, 16)  # no secret
    assert max(prototypes for case in cases for _, _, prototypes in case["labels"]) == 3
    (tmp_path / "stores.json").write_text(json.dumps(cases), "utf-8")
    run([need("node"), str(HERE / "apps" / "random_stores.mjs"), str(tmp_path)], HERE)
