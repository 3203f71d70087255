"""Keeps the tables of README and docs equal to the results they come from.

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

from neurolite_bench.apps.table import apps_table
from neurolite_bench.attack.summary import attack_table
from neurolite_bench.backbones.table import accuracy_table as backbones_accuracy_table
from neurolite_bench.backbones.table import cost_table as backbones_cost_table
from neurolite_bench.backbones.table import int8_table as backbones_int8_table
from neurolite_bench.c_fuzz import fuzz_table
from neurolite_bench.c_runtime.backbones import backbones_table
from neurolite_bench.c_runtime.table import memory_table as c_memory_table
from neurolite_bench.c_runtime.table import sizes_table as c_sizes_table
from neurolite_bench.c_runtime.table import times_table as c_times_table
from neurolite_bench.continual.table import stream_table
from neurolite_bench.conversations.table import memory_table, turn_table
from neurolite_bench.default_training import default_table
from neurolite_bench.early_exit import times_table as exit_times_table
from neurolite_bench.encoder_cost import encoder_cost_table
from neurolite_bench.encoder_shapes import shapes_table
from neurolite_bench.experts import times_table as expert_times_table
from neurolite_bench.experts_accuracy import accuracy_table as expert_accuracy_table
from neurolite_bench.few_shot import few_shot_table
from neurolite_bench.generation.tables import agreement_table as generators_agree_table
from neurolite_bench.generation.tables import generation_table
from neurolite_bench.generation.tables import speed_table as generation_speed_table
from neurolite_bench.generation.tables import validation_table as generation_validation_table
from neurolite_bench.hash_quality import NGRAM_ROWS
from neurolite_bench.learning import cost_table
from neurolite_bench.learning_settings import few_table, more_table
from neurolite_bench.mutants.table import drawn_table, faults_table
from neurolite_bench.performance_tables import (
    all_table,
    deployed_table,
    footer,
    promises_table,
    summary_table,
)
from neurolite_bench.quality_tables import (
    accuracy_table,
    language_table,
    scope_table,
    size_table,
    typo_table,
)
from neurolite_bench.report.files import report_of
from neurolite_bench.report.model import Report
from neurolite_bench.requirements import ranges_table
from neurolite_bench.results import RESULTS
from neurolite_bench.rule_checks.table import cost_table as rule_cost_table
from neurolite_bench.rule_checks.table import holding_table, others_table
from neurolite_bench.spans.table import cost_table as spans_cost_table
from neurolite_bench.spans.table import spans_table
from neurolite_core.ground.command_line import EXIT_REFUSED, exit_codes
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import read_limited, write_atomically
from neurolite_core.hashing.words import MODULUS
from neurolite_core.text.markdown import filled_prose

DEVICE: Final = "devices/epyc-2-cores.json"  # the report that all speed and memory is from
_LIMIT: Final = 2**26


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
        "a word and the same with a part repeated that share all indices": (
            f"{result['repeated_sharing_all']:.2%} of {result['repeated_pairs']:,}"
        ),
        "words of 80 to 200 letters that share all with one changed behind the 64th": (
            f"{result['far_sharing_all']:.2%} of {result['far_pairs']:,}"
        ),
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


def ngram_table(result: dict[str, Any]) -> str:
    """How the hash spreads the n-grams of words."""
    sizes = (MODULUS, NGRAM_ROWS)
    titles = "".join(f" values below {size:,} | drawn at random |" for size in sizes)
    lines = [f"| order | distinct n-grams |{titles}", "|---|---|" + "---|---|" * len(sizes)]
    for order, figures in result["ngrams"].items():
        cells = [
            f" {figures[f'values_{size}']:,} | {figures[f'at_random_{size}']:,.0f} |"
            for size in sizes
        ]
        lines.append(f"| {order} | {figures['ngrams']:,} |{''.join(cells)}")
    return "\n".join(lines)


def native_table(result: dict[str, Any]) -> str:
    """The native op's figures: medians, ratios, throughput and library sizes."""
    rows = [
        f"| {name} | {value['median']:.1f} | {value['spread']:.0%} |"
        for name, value in result["microseconds"].items()
    ]
    ratios = []
    for name, value in result["figures"].items():
        found = (
            f"{value['median']:.1f} ({value['lowest']:.1f} to {value['highest']:.1f})"
            if isinstance(value, dict)
            else f"{value}"
        )
        ratios.append(f"| {name} | {found} |")
    speeds = result["throughput_mb_per_s"]
    sets = list(next(iter(speeds.values())))
    throughput = [
        f"| {text} | {' | '.join(f'{by_set[name]:.0f}' for name in sets)} |"
        for text, by_set in speeds.items()
    ]
    sizes = ", ".join(f"{name} {size:,}" for name, size in result["library_bytes"].items())
    return "\n".join(
        [
            *("| what | median, microseconds | spread |", "|---|---|---|", *rows, ""),
            *("| ratio, round by round | median (lowest to highest) |", "|---|---|", *ratios, ""),
            "Throughput of the hash (K = 16), one thread, MB (10^6 bytes) a second, of "
            f"{result['rounds']} rounds:",
            *("", f"| text | {' | '.join(sets)} |", f"|---|{'---|' * len(sets)}", *throughput, ""),
            filled_prose(f"Stripped libraries, bytes: {sizes}; 81,920 are allowed."),
        ]
    )


def targets_table(result: dict[str, Any]) -> str:
    """A row per preset, target and precision: size, errors, what is delegated."""
    lines = [
        "| preset | target | precision | MB | largest logit error | SQNR, dB | same top answer | delegated |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in result["files"]:
        delegated = "-" if row["nodes"] is None else f"{row['delegated']} of {row['nodes']} nodes"
        lines.append(
            f"| {row['preset']} | {row['target']} | {row['precision']} | {row['size_bytes'] / 1e6:.2f} | "
            f"{row['max_logit_error']:.1e} | {row['sqnr_db']:.0f} | {row['agreement']:.1%} | {delegated} |"
        )
    return "\n".join(lines)


def profile_table(result: dict[str, Any]) -> str:
    """Time by operator of tiny int8 with the native op."""
    found = list(result["profile_us"].items())[:12]
    return "\n".join(
        [
            f"| {' | '.join(name for name, _ in found)} |",
            f"|{'---|' * len(found)}",
            f"| {' | '.join(f'{value:.0f}' for _, value in found)} |",
        ]
    )


def _of_report(render: Callable[[Report], str]) -> Callable[[dict[str, Any]], str]:
    """A table of a report that ``neurolite-bench`` wrote, with where it was measured."""

    def table(result: dict[str, Any]) -> str:
        report = report_of(result)
        return f"{render(report)}\n\n{footer(report)}"

    return table


TABLES: Final[Mapping[str, tuple[str, str, Callable[[dict[str, Any]], str]]]] = MappingProxyType(
    {
        "speed": ("README.md", DEVICE, _of_report(summary_table)),
        "performance": ("docs/speed.md", DEVICE, _of_report(deployed_table)),
        "promises": ("docs/speed.md", DEVICE, _of_report(promises_table)),
        "targets": ("docs/sizes.md", "targets.json", targets_table),
        "runtimes": ("docs/performance.md", DEVICE, _of_report(all_table)),
        "native-op": ("docs/performance.md", "native_op.json", native_table),
        "encoder-cost": ("docs/performance.md", "encoder_cost.json", encoder_cost_table),
        "native-profile": ("docs/performance.md", "native_op.json", profile_table),
        "accuracy": ("README.md", "quality.json", accuracy_table),
        "accuracy-sizes": ("docs/accuracy.md", "quality.json", size_table),
        "accuracy-typos": ("docs/accuracy.md", "quality.json", typo_table),
        "accuracy-scope": ("docs/accuracy.md", "quality.json", scope_table),
        "accuracy-languages": ("docs/accuracy.md", "quality.json", language_table),
        "accuracy-default": ("docs/accuracy.md", "default_training.json", default_table),
        "backbones-accuracy": ("docs/backbones.md", "backbones.json", backbones_accuracy_table),
        "backbones-int8": ("docs/backbones.md", "backbones.json", backbones_int8_table),
        "backbones-cost": ("docs/backbones.md", "backbones.json", backbones_cost_table),
        "early-exit": ("docs/backbones.md", "early_exit.json", exit_times_table),
        "encoder-shapes": ("docs/training.md", "encoder_shapes.json", shapes_table),
        "c-times": ("docs/c.md", "c_runtime.json", c_times_table),
        "c-memory": ("docs/c.md", "c_runtime.json", c_memory_table),
        "c-sizes": ("docs/c.md", "c_runtime.json", c_sizes_table),
        "apps": ("docs/app-contract.md", "apps.json", apps_table),
        "attack": ("docs/files-from-outside.md", "attack.json", attack_table),
        "c-backbones": ("docs/c.md", "c_backbones.json", backbones_table),
        "c-fuzz": ("docs/files-from-outside.md", "c_fuzz.json", fuzz_table),
        "memory": ("docs/memory.md", "conversations.json", memory_table),
        "memory-turns": ("docs/memory.md", "conversations.json", turn_table),
        "spans": ("docs/spans.md", "spans.json", spans_table),
        "spans-cost": ("docs/spans.md", "spans_cost.json", spans_cost_table),
        "experts-accuracy": ("docs/experts.md", "experts_accuracy.json", expert_accuracy_table),
        "experts-times": ("docs/experts.md", "experts.json", expert_times_table),
        "generation": ("docs/generation.md", "generation.json", generation_table),
        "generation-validation": (
            "docs/generation.md",
            "generation_validation.json",
            generation_validation_table,
        ),
        "generation-speed": (
            "docs/generation.md",
            "generation_speed.json",
            generation_speed_table,
        ),
        "generation-agreement": (
            "docs/generation.md",
            "generation_agreement.json",
            generators_agree_table,
        ),
        "rules-others": ("docs/rules.md", "rules.json", others_table),
        "rules-cost": ("docs/rules.md", "rules.json", rule_cost_table),
        "rules-holding": ("docs/rules.md", "rules.json", holding_table),
        "dependency-ranges": ("docs/dependencies.md", "ranges.json", ranges_table),
        "few-shot": ("docs/learning.md", "few_shot.json", few_shot_table),
        "learning-settings": ("docs/learning.md", "learning_settings.json", few_table),
        "learning-coverage": ("docs/learning.md", "learning_settings.json", more_table),
        "continual-clinc150": ("docs/learning.md", "continual.json", stream_table("clinc150")),
        "continual-topic": ("docs/learning.md", "continual.json", stream_table("topic")),
        "learning-cost": ("docs/learning.md", "learning.json", cost_table),
        "mutants-faults": ("docs/mutants.md", "mutants.json", faults_table),
        "mutants-drawn": ("docs/mutants.md", "mutants.json", drawn_table),
        "hash-quality": ("docs/hash-spec.md", "hash_quality.json", quality_table),
        "hash-ngrams": ("docs/hash-spec.md", "hash_quality.json", ngram_table),
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
    """Write the tables of README and docs from benchmarks/results."""
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
