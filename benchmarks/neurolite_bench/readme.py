"""Keeps the README's and the specification's tables equal to the results they come from.

``python -m neurolite_bench.readme`` rewrites what stands between ``<!-- NAME -->`` and ``<!-- /NAME -->``;
with ``--check`` it only compares, and exits 1 where they differ.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from neurolite_bench.results import RESULTS
from neurolite_core.command_line import EXIT_REFUSED, exit_codes
from neurolite_core.errors import InputError
from neurolite_core.files import read_limited, write_atomically

_LIMIT: Final = 2**24


def latency_table(result: dict[str, Any]) -> str:
    """Ratios with their spread, then the medians behind them."""
    environment = result["environment"]
    lines = ["| ratio | median | lowest to highest round |", "|---|---|---|"]
    for name, value in result["ratios"].items():
        lines.append(
            f"| {name} | {value['median']:.2f} | {value['lowest']:.2f} to {value['highest']:.2f} |"
        )
    lines += ["", "| text to answer, one thread | median ms |", "|---|---|"]
    for name, value in result["timings"].items():
        lines.append(f"| {name} | {value['median_ms']:.2f} |")
    versions = environment["versions"]
    lines += [
        "",
        f"{environment['processor']}, {environment['cores']} cores, onnxruntime {versions['onnxruntime']}, "
        f"{result['rounds']} interleaved rounds, {environment['measured_at'][:10]}.",
    ]
    return "\n".join(lines)


def quality_table(result: dict[str, Any]) -> str:
    """Collisions and closeness of the hash."""
    rows = {
        "distinct words, in 205 languages": f"{result['words']:,}",
        "pairs of words that share all indices": f"{result['pairs_sharing_all']:,} of {result['pairs']:,}",
        "of these unrelated (under half of their trigrams in common)": (
            f"{result['unrelated_pairs_sharing_all']:,}"
        ),
        "indices shared by a word and its typo, mean": f"{result['shared_with_typo_mean']:.1%}",
        "words that share no index with their typo": f"{result['shared_with_typo_none']:.2%}",
        "indices shared by two random words, mean": f"{result['shared_with_random_word_mean']:.2%}",
        **{
            f"indices shared by {pair}": f"{value:.0%}"
            for pair, value in result["spellings"].items()
        },
    }
    return "\n".join(
        [
            "| measured | found |",
            "|---|---|",
            *(f"| {name} | {value} |" for name, value in rows.items()),
        ]
    )


TABLES: Final[Mapping[str, tuple[str, str, Callable[[dict[str, Any]], str]]]] = MappingProxyType(
    {
        "latency": ("README.md", "latency.json", latency_table),
        "hash-quality": ("docs/hash-spec.md", "hash_quality.json", quality_table),
    }
)


def filled(text: str, name: str, table: str) -> str:
    """The text with the table between its marks.

    Raises:
        InputError: the marks are not there, once each.
    """
    pattern = re.compile(rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)", re.DOTALL)
    if len(pattern.findall(text)) != 1:
        raise InputError(f"The marks <!-- {name} --> and <!-- /{name} --> must stand once each.")
    return pattern.sub(lambda match: f"{match[1]}{table}\n{match[2]}", text)


def main(
    check: Annotated[
        bool, typer.Option("--check", help="Compare only; exit 1 on a difference.")
    ] = False,
) -> None:
    """Write the tables of README and specification from benchmarks/results."""
    with exit_codes():
        stale = []
        for name, (document, source, render) in TABLES.items():
            result = json.loads(read_limited(RESULTS / source, _LIMIT))
            path = Path(document)
            text = read_limited(path, _LIMIT).decode()
            new = filled(text, name, render(result))
            if new != text:
                stale.append(document)
                if not check:
                    write_atomically(path, new.encode())
        if check and stale:
            typer.echo(
                f"Stale: {', '.join(stale)}. Run: python -m neurolite_bench.readme", err=True
            )
            raise typer.Exit(EXIT_REFUSED)


if __name__ == "__main__":
    typer.run(main)
