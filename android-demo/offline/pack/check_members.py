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
from pathlib import Path
from typing import Final

NEWER: Final = Path(__file__).with_name("members.txt")
_MEMBER: Final = re.compile(r"(?m)^  .*?([\w$.]+)(?:\(.*\).*)?;\n    descriptor: (\S+)")
_NAMED: Final = re.compile(
    r'= (?:Interface)?(?:Methodref|Fieldref)\s+\S+\s+// ([\w/$]+)\."?([\w<>$]+)"?:(\S+)'
)
_OURS: Final = ("android/", "org/neurolite/")
_PARAMETERS: Final = re.compile(r"<[^<>]*>")
_HEAD: Final = re.compile(r"(?m)^.*\b(?:class|interface) .*\{$")
_NAME: Final = re.compile(r"[\w$]+(?:\.[\w$]+)+")
_OF_EVERYTHING: Final = {
    "getClass",
    "hashCode",
    "equals",
    "toString",
    "notify",
    "notifyAll",
    "wait",
    "clone",
}


def javap(path: str, flags: tuple[str, ...], names: list[str]) -> str:
    """What javap says of classes."""
    command = ["javap", *flags, "-cp", path, *names]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout  # noqa: S603


def classes(jar: Path) -> list[str]:
    """Names of a jar's classes, with slashes."""
    with zipfile.ZipFile(jar) as content:
        return [name[:-6] for name in content.namelist() if name.endswith(".class")]


def named(jar: Path) -> set[tuple[str, str, str]]:
    """Owner, member and type of all that the app's own classes name."""
    own = [name.replace("/", ".") for name in classes(jar) if name.startswith("org/neurolite/")]
    return {
        (owner, member, kind)
        for owner, member, kind in _NAMED.findall(javap(str(jar), ("-v", "-p"), own))
    }


def plain(head: str) -> str:
    """A class' first line without its type parameters, which may be nested."""
    while (shorter := _PARAMETERS.sub("", head)) != head:
        head = shorter
    return head


class Shapes:
    """Members of classes, and what these extend and implement; read many at a time, as javap takes long to start."""

    def __init__(self, path: Path) -> None:
        self._path = str(path)
        self._known: dict[str, tuple[set[tuple[str, str]], list[str]]] = {}

    def read(self, names: set[str]) -> None:
        """Reads classes, and all that they inherit from."""
        while names := {
            name for name in names if name not in self._known and name.startswith(_OURS)
        }:
            self._known |= {name: (set(), []) for name in names}
            said = javap(
                self._path, ("-s", "-p"), [name.replace("/", ".") for name in sorted(names)]
            )
            for part in said.split("\n}"):
                head = _HEAD.search(part)
                if head is None:
                    continue
                own, *parents = _NAME.findall(plain(head[0]))
                found = {
                    (member.rpartition(".")[2], kind) for member, kind in _MEMBER.findall(part)
                }
                self._known[own.replace(".", "/")] = (
                    found,
                    [each.replace(".", "/") for each in parents],
                )
            names = {parent for name in names for parent in self._known[name][1]}

    def of(self, name: str) -> tuple[set[tuple[str, str]], list[str]]:
        """Members and parents of a class that was read."""
        return self._known.get(name, (set(), []))

    def has(self, name: str, member: str, kind: str) -> bool:
        """Whether a class or what it inherits from has a member."""
        members, parents = self.of(name)
        wanted = re.split(r"[/$]", name)[-1] if member == "<init>" else member
        return (wanted, kind) in members or any(
            self.has(parent, member, kind) for parent in parents
        )


def newer(stubs: Path, jar: Path) -> Iterator[str]:
    """Members that the app names and level 16 lacks, as ``members.txt`` writes them."""
    uses = named(jar)
    own, public = Shapes(jar), Shapes(stubs)
    own.read({owner for owner, _, _ in uses})
    android = {owner for owner, _, _ in uses} | {
        each for owner, _, _ in uses for each in own.of(owner)[1]
    }
    public.read({name for name in android if name.startswith("android/")})
    for owner, member, kind in sorted(uses):
        if member == "<init>" and not owner.startswith("android/"):
            continue
        holder = owner
        # A call of an inherited member names the app's own class.
        while holder.startswith("org/neurolite/") and not own.has(holder, member, kind):
            holder = next((each for each in own.of(holder)[1] if each.startswith(_OURS)), "")
        is_android = holder.startswith("android/") and member not in _OF_EVERYTHING
        if is_android and not public.has(holder, member, kind):
            yield f"{holder}.{member}{kind}"


def main(arguments: list[str]) -> int:
    """0 where every newer member is listed; else 1 with a line for each that is not."""
    listed = {
        line.split()[0] for line in NEWER.read_text("utf-8").splitlines() if line and line[0] != "#"
    }
    found = set(newer(*map(Path, arguments)))
    told = [
        f"{line}: newer than level 16, and not in {NEWER.name}: add it with its level, behind a check of it."
        for line in sorted(found - listed)
    ]
    told += [f"{line}: in {NEWER.name}, and not used any more." for line in sorted(listed - found)]
    sys.stdout.write("".join(f"{line}\n" for line in told))
    return 1 if found != listed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
