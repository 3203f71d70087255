"""A text on the command line that begins with a dash: it is taken for an option, and the error says what to do."""

from __future__ import annotations

from typing import Any, ClassVar

from typer.core import TyperCommand


class TakesTexts(TyperCommand):
    """Class of a command whose arguments are a file and texts: an error for an unknown option names ``--``.

    Attributes:
        example: what stands behind the command's name in the error.
    """

    example: ClassVar[str] = "FILE -- TEXT"

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  # click's, or typer's own
        """As typer does."""
        try:
            return super().parse_args(ctx, args)
        except Exception as error:
            # By what it has and not by its class, which typer took into itself between two of its releases.
            unknown: Any = error
            if hasattr(error, "option_name") and not getattr(error, "possibilities", True):
                unknown.message += (
                    ". A text that begins with a dash comes behind --, as in: "
                    f"{ctx.command_path} {self.example}"
                )
            raise
