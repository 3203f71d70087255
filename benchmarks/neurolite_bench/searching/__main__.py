"""``python -m neurolite_bench.searching``: the command where its script is not installed."""

from __future__ import annotations

from neurolite_bench.searching.cli import app

if __name__ == "__main__":
    app(prog_name="neurolite-search")
