"""The Swift package's own tests, where this machine has Swift: on the path, or in $NEUROLITE_SWIFT_ROOT."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from ios.swift_files import DEMO, PACKAGE
from texts import ROOT


def test_the_package_passes_its_tests() -> None:
    root = os.environ.get("NEUROLITE_SWIFT_ROOT")
    if root:
        begin = [str(DEMO / "tools" / "swift-chroot.sh"), "run", root]
    elif shutil.which("swift"):
        begin = []
    else:
        pytest.skip("no Swift: ios-demo/tools/swift-chroot.sh install, and NEUROLITE_SWIFT_ROOT")
    done = subprocess.run(
        [*begin, "swift", "test", "-j", "2", "-c", "release", "-Xswiftc", "-enable-testing",
         "-Xlinker", "--allow-shlib-undefined", "--package-path", str(PACKAGE.relative_to(ROOT)),
         "--build-path", str((PACKAGE / ".build" / "tests").relative_to(ROOT))],
        cwd=ROOT, capture_output=True, text=True, timeout=1_200, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-4_000:] + done.stderr[-4_000:]
    assert "Executed" in done.stdout + done.stderr
