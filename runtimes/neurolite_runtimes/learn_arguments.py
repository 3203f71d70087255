"""How ``neurolite-learn`` reads its command line: its options may stand anywhere, and the file may be missing."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from typer.core import TyperGroup

from neurolite_core.ground.dashes import TakesTexts

NO_FILE: Final = "-"


class StoreGroup(TyperGroup):
    """Class of the command: brings its own options, which may follow the part's name, to the front."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # click's, or typer's own
        """As typer does."""
        own, rest = self._parted(args)
        if rest and rest[0] in self.commands:
            rest = [NO_FILE, *rest]
        return super().parse_args(ctx, [*own, *rest])

    def _parted(self, args: list[str]) -> tuple[list[str], list[str]]:
        """Our options with their values, and all else; what is behind ``--`` is text."""
        flags = {name: item for item in self.params for name in getattr(item, "opts", ())}
        flags = {name: item for name, item in flags.items() if name.startswith("--")}
        own: list[str] = []
        rest: list[str] = []
        left = iter(args)
        for item in left:
            if item == "--":
                return own, [*rest, item, *left]
            name, equals, _ = item.partition("=")
            if name not in flags or name == "--version":
                rest.append(item)
                continue
            own.append(item)
            if not equals and not getattr(flags[name], "is_flag", False):
                own += [value for value in (next(left, None),) if value is not None]
        return own, rest


class TakesText(TakesTexts):
    """Class of a part whose arguments are texts."""

    example: ClassVar[str] = "-- TEXT"
