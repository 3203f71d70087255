"""``python -m neurolite_core.training``: the command for launchers such as torchrun."""

from __future__ import annotations

from neurolite_core.training.cli import app

if __name__ == "__main__":
    app(prog_name="neurolite-train")
