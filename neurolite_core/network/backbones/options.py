"""What the options of all backbones are, without torch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BackboneOptions:
    """Base of every backbone's options: a frozen dataclass whose fields are checked and go to config.json."""

    @property
    def reads_ahead(self) -> bool:
        """Whether a word's vector depends on words behind it; a generator's must not."""
        return True
