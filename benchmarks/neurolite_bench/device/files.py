"""The files in which a Linux system describes itself; another root gives another system's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Files:
    """Files below a root; what is absent or cannot be read is None.

    Attributes:
        root: "/" is this machine; anything else holds copies of another one's files.
    """

    root: Path = Path("/")

    @property
    def live(self) -> bool:
        """Whether this is the machine on which Python runs, so that it can be asked as well."""
        return self.root == Path("/")

    def text(self, path: str) -> str | None:
        """The content, without the NULs and line ends around it."""
        try:
            content = (self.root / path).read_bytes()
        except OSError:
            return None
        return content.decode(errors="replace").strip("\0\n\r\t ")

    def number(self, path: str) -> int | None:
        """The content as a decimal integer."""
        try:
            return int(self.text(path) or "")
        except ValueError:
            return None

    def names(self, folder: str, pattern: str) -> list[str]:
        """Paths of the entries of a folder that match, numbers in them in their order."""
        try:
            found = [item.name for item in (self.root / folder).glob(pattern)]
        except OSError:
            return []
        return [f"{folder}/{name}" for name in sorted(found, key=_by_number)]

    def fields(self, path: str) -> dict[str, str]:
        """Lines such as ``name: value`` or ``name=value``, the first of each name."""
        found: dict[str, str] = {}
        for line in (self.text(path) or "").splitlines():
            name, separator, value = re.sub(r"\s*[:=]\s*", "\0", line, count=1).partition("\0")
            if separator:
                found.setdefault(name.strip(), value.strip().strip('"'))
        return found


def _by_number(name: str) -> list[tuple[int, str]]:
    return [(int(digits or 0), rest) for digits, rest in re.findall(r"(\d*)(\D*)", name)]
