"""The Xcode project, asset catalogue, privacy manifest and scripts of ios-demo, which only a Mac builds."""

from __future__ import annotations

import importlib.util
import json
import plistlib
import re
import struct
import subprocess
import zlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ios.swift_files import APP, DEMO, PACKAGE, PROJECT, Value, read_project

CATALOGUE = APP / "Assets.xcassets"


def objects() -> dict[str, dict[str, Value]]:
    """Of the project, by id."""
    found = read_project(PROJECT.read_text("utf-8"))["objects"]
    assert isinstance(found, dict)
    assert all(isinstance(item, dict) for item in found.values())
    return {key: item for key, item in found.items() if isinstance(item, dict)}


def of_kind(kind: str) -> list[dict[str, Value]]:
    return [item for item in objects().values() if item["isa"] == kind]


def test_the_project_is_one_whose_folders_are_synchronised() -> None:
    project = read_project(PROJECT.read_text("utf-8"))
    assert project["objectVersion"] == "77"
    (group,) = of_kind("PBXFileSystemSynchronizedRootGroup")
    assert (DEMO / str(group["path"])).is_dir()
    assert group["explicitFolders"] == ["Models"]
    (package,) = of_kind("XCLocalSwiftPackageReference")
    assert (DEMO / str(package["relativePath"]) / "Package.swift").is_file()
    products = {str(item["productName"]) for item in of_kind("XCSwiftPackageProductDependency")}
    manifest = (PACKAGE / "Package.swift").read_text("utf-8")
    assert products <= set(re.findall(r'\.library\(\s*name: "(\w+)"', manifest))
    for path in APP.rglob("*.swift"):
        imported = set(re.findall(r"^import (NeuroLite\w+)", path.read_text("utf-8"), re.MULTILINE))
        assert imported <= {"NeuroLiteCore", "NeuroLiteScreens"}


def test_every_id_of_the_project_is_there_and_used() -> None:
    text = PROJECT.read_text("utf-8")
    found = objects()
    used = re.findall(r"\bA\d{23}\b", text)
    assert set(used) == set(found)
    assert all(used.count(key) > 1 for key in found)


def test_settings_of_both_configurations() -> None:
    for item in of_kind("XCBuildConfiguration"):
        settings = item["buildSettings"]
        assert isinstance(settings, dict)
        if "SWIFT_VERSION" in settings:
            assert settings["SWIFT_VERSION"] == "6.0"
            assert settings["IPHONEOS_DEPLOYMENT_TARGET"] == "17.0"
        else:
            assert settings["PRODUCT_BUNDLE_IDENTIFIER"] == "org.neurolite.demo"
            assert (
                CATALOGUE / f"{settings['ASSETCATALOG_COMPILER_APPICON_NAME']}.appiconset"
            ).is_dir()


@pytest.mark.parametrize(
    "text", ["{ a = ; }", "{ a = 1; a = 2; }", "{ a = (1 2); }", "{} {}", "{ a = !; }"]
)
def test_a_broken_project_is_found(text: str) -> None:
    with pytest.raises(ValueError, match=r"in place of|twice|behind|byte"):
        read_project(text)


def test_the_privacy_manifest_says_that_nothing_is_collected() -> None:
    values = plistlib.loads((APP / "PrivacyInfo.xcprivacy").read_bytes())
    assert values == {
        "NSPrivacyTracking": False,
        "NSPrivacyTrackingDomains": [],
        "NSPrivacyCollectedDataTypes": [],
        "NSPrivacyAccessedAPITypes": [],
    }


def test_nothing_that_needs_a_reason_is_called() -> None:
    required = r"UserDefaults|systemUptime|mach_absolute_time|volumeAvailableCapacity|creationDate|contentModificationDate"
    for path in (*APP.rglob("*.swift"), *(PACKAGE / "Sources").rglob("*.swift")):
        assert not re.search(required, path.read_text("utf-8")), path


def drawing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("draw_icon", DEMO / "tools" / "draw_icon.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pixels(content: bytes) -> tuple[bytes, bytes]:
    """The header of a PNG of ours, and its rows."""
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    place, chunks = 8, {}
    while place < len(content):
        (size,) = struct.unpack_from(">I", content, place)
        chunks[content[place + 4 : place + 8]] = content[place + 8 : place + 8 + size]
        place += size + 12
    return chunks[b"IHDR"], zlib.decompress(chunks[b"IDAT"])


def test_icons_are_those_that_the_script_draws() -> None:
    folder = CATALOGUE / "AppIcon.appiconset"
    named = {
        item["filename"] for item in json.loads((folder / "Contents.json").read_text())["images"]
    }
    script = drawing()
    assert named == {f"{name}.png" for name in script.ICONS}
    for name, colours in script.ICONS.items():
        head, rows = pixels((folder / f"{name}.png").read_bytes())
        assert struct.unpack(">IIBBBBB", head) == (1024, 1024, 8, 2, 0, 0, 0)  # no alpha
        kept = np.frombuffer(rows, np.uint8).reshape(1024, -1)[:, 1:].astype(int)
        drawn = script.drawn(colours).reshape(1024, -1).astype(int)
        assert np.abs(kept - drawn).max() <= 1


def test_catalogues_are_json_with_what_xcode_asks_for() -> None:
    for path in CATALOGUE.rglob("Contents.json"):
        assert json.loads(path.read_text("utf-8"))["info"] == {"author": "xcode", "version": 1}


@pytest.mark.parametrize("path", sorted((DEMO / "tools").glob("*.sh")), ids=lambda path: path.name)
def test_scripts_are_scripts(path: Path) -> None:
    assert path.stat().st_mode & 0o111
    subprocess.run(["sh", "-n", str(path)], check=True, timeout=60)


def test_the_compiler_is_pinned_and_wrong_calls_are_refused(tmp_path: Path) -> None:
    script = DEMO / "tools" / "swift-chroot.sh"
    assert re.search(r"^SWIFT=6\.0\.3-2 ", script.read_text("utf-8"), re.MULTILINE)
    for arguments in ([], ["install"], ["run", str(tmp_path)], ["fly", str(tmp_path)]):
        done = subprocess.run(
            ["sh", str(script), *arguments], capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 2
        assert "swift-chroot.sh install FOLDER" in done.stderr


def test_without_swift_the_check_says_what_it_skips(tmp_path: Path) -> None:
    for name in ("sh", "env", "dirname", "uname", "sed"):
        (tmp_path / name).symlink_to(f"/usr/bin/{name}")
    done = subprocess.run(
        ["sh", str(DEMO / "tools" / "check.sh"), "/usr/bin"],
        env={"PATH": str(tmp_path)}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "skipped: everything that needs Swift" in done.stdout
    assert "swift-chroot.sh install" in done.stdout
