"""Members of Android that the package names, held to those that minSdk has.

``python check_members.py STUBS.jar CLASSES.jar``: android-all, which the app is compiled with, shows what is hidden and
what is newer as well, and no lint stops either. STUBS is Google's last public API on Maven Central, of level 16; what
is newer stands in ``members.txt`` with its level, and behind a check of the level where that is above minSdk.
"""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

NEWER: Final = Path(__file__).with_name("members.txt")
_MEMBER: Final = re.compile(r"(?m)^  .*?([\w$.]+)(?:\(.*\).*)?;\n    descriptor: (\S+)")
_NAMED: Final = re.compile(r'= (?:Interface)?(?:Methodref|Fieldref)\s+\S+\s+// ([\w/$]+)\."?([\w<>$]+)"?:(\S+)')
_HEAD: Final = re.compile(r"(?m)^.*\b(?:class|interface) .*\{$")
_NAME: Final = re.compile(r"[\w$]+(?:\.[\w$]+)+")
_OF_EVERYTHING: Final = {"getClass", "hashCode", "equals", "toString", "notify", "notifyAll", "wait", "clone"}


def javap(path: str, flags: tuple[str, ...], names: list[str]) -> str:
    """What javap says of classes."""
    command = ["javap", *flags, "-cp", path, *names]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def classes(jar: Path) -> list[str]:
    """Names of a jar's classes, with slashes."""
    with zipfile.ZipFile(jar) as content:
        return [name[:-6] for name in content.namelist() if name.endswith(".class")]


def named(jar: Path) -> set[tuple[str, str, str]]:
    """Owner, member and type of all that the app's own classes name."""
    own = [name.replace("/", ".") for name in classes(jar) if name.startswith("org/neurolite/")]
    return {(owner, member, kind) for owner, member, kind in _NAMED.findall(javap(str(jar), ("-v", "-p"), own))}


@cache
def shape(path: str, name: str) -> tuple[frozenset[tuple[str, str]], tuple[str, ...]]:
    """Members of a class and what it extends and implements."""
    said = javap(path, ("-s", "-p"), [name.replace("/", ".")])
    members = frozenset((member.rpartition(".")[2], kind) for member, kind in _MEMBER.findall(said))
    head = _HEAD.search(said)
    if head is None:
        return members, ()
    parents = re.split(r" extends | implements ", head[0])[1:]
    return members, tuple(each.replace(".", "/") for part in parents for each in _NAME.findall(part))


def has(path: str, name: str, member: str, kind: str) -> bool:
    """Whether a class or what it inherits from has a member."""
    members, parents = shape(path, name)
    wanted = re.split(r"[/$]", name)[-1] if member == "<init>" else member
    return (wanted, kind) in members or any(has(path, parent, member, kind) for parent in parents)


def newer(stubs: Path, jar: Path) -> Iterator[str]:
    """Members that the app names and level 16 lacks, as ``members.txt`` writes them."""
    for owner, member, kind in sorted(named(jar)):
        holders = [owner]
        while holders and holders[0].startswith("org/neurolite/"):
            members, parents = shape(str(jar), holders[0])
            if (member, kind) in members or member == "<init>":
                holders = []
            else:
                holders = [each for each in parents if each.startswith(("android/", "org/neurolite/"))]
        if holders and holders[0].startswith("android/") and member not in _OF_EVERYTHING:
            if not has(str(stubs), holders[0], member, kind):
                yield f"{holders[0]}.{member}{kind}"


def main(arguments: list[str]) -> int:
    """0 where every newer member is listed; else 1 with a line for each that is not."""
    listed = {line.split()[0] for line in NEWER.read_text("utf-8").splitlines() if line and line[0] != "#"}
    found = set(newer(*map(Path, arguments)))
    for line in sorted(found - listed):
        print(f"{line}: newer than level 16, and not in {NEWER.name}: add it with its level, behind a check of it.")
    for line in sorted(listed - found):
        print(f"{line}: in {NEWER.name}, and not used any more.")
    return 1 if found != listed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
