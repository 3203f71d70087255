"""Whether every target says exactly where words stand, on any text: ``python -m neurolite_bench.span_offsets``."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import torch
import typer

from neurolite_bench.generated import BLOCKS, MORE_SCRIPTS, follower_texts, generated_texts
from neurolite_bench.results import RESULTS, write_result
from neurolite_bench.rule_checks.cost import RUNTIMES, opened
from neurolite_core.artifact.package import write_content
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.command_line import exit_codes, say
from neurolite_core.network.backbones.mixer_options import MixerOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.network.model import NeuroLiteForSpans
from neurolite_core.network.spans_options import SpansOptions
from neurolite_core.text.word_offsets import word_offsets
from neurolite_core.text.words import truncate
from neurolite_export.exporting import metadata_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from neurolite_export.targets import EVERY_PART, TARGETS
from neurolite_runtimes.session import run

NAME: Final = "span_offsets.json"
REFERENCE: Final = "Core ML, by the reference"
WAYS: Final[Mapping[str, tuple[str, str | None]]] = {**RUNTIMES, REFERENCE: ("coreml", None)}
# Small, as what is asked is about the hash; texts have more words and bytes than this reads.
SMALL: Final = NeuroLiteConfig(
    table_size=64,
    projection_size=8,
    hidden_size=8,
    backbone_options=MixerOptions(num_layers=1, token_hidden=8, channel_hidden=8),
    max_words=24,
    max_bytes=192,
    spans=SpansOptions(types=("thing",), width=8, window=1),
)
_PART: Final = 2_000
_SHOWN: Final = 5

app = typer.Typer(add_completion=False)


def texts_of(count: int) -> list[bytes]:
    """Half of words in many scripts and of bytes that are no UTF-8, half with accents and invisible characters."""
    scripts = BLOCKS | MORE_SCRIPTS
    return [
        *generated_texts(count - count // 2, seed=101, blocks=scripts),
        *follower_texts(count // 2, seed=102),
    ]


def wrong_texts(session: Any, texts: Sequence[bytes]) -> list[bytes]:  # noqa: ANN401  # sessions of several runtimes
    """Those of which a session says anything else than numpy."""
    config = session.metadata
    outputs = run(session, texts, batch_size=256)
    found = outputs.values["offsets"]
    cut = [truncate(text, config.max_bytes)[0] for text in texts]
    expected = word_offsets(cut, config.max_words, found.shape[1])
    different = (found != expected).any(axis=(1, 2))
    # No word may be missing behind what the file gave.
    different |= word_offsets(cut, config.max_words, config.max_words)[:, found.shape[1] :].any(
        axis=(1, 2)
    )
    return [text for text, wrong in zip(texts, different, strict=True) if wrong]


def measure(
    folder: Path,
    counts: Mapping[str, int],
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Texts and those that differ, of each way to run a target's files.

    Args:
        folder: for files.
        counts: texts by target, one of ``TARGETS``.
        tell: told each step.
    """
    torch.manual_seed(0)
    source = Source(NeuroLiteForSpans(SMALL).eval(), "offsets", "random, seed 0: not trained")
    found: dict[str, Any] = {}
    texts = texts_of(max(counts.values()))
    for target, count in counts.items():
        own = texts[:: len(texts) // count][:count]
        made = TARGETS[target].load()
        for precision in made.precisions:
            path = folder / f"offsets-{precision}{made.suffix}"
            tell(f"{target} {precision}: building")
            metadata = metadata_of(source, made, precision)
            write_content(path, made.build(ExportJob(source.network, metadata, built_in_probes())))
            for way in (way for way, (name, _) in WAYS.items() if name == target):
                found[f"{way}, {precision}"] = _measured(way, path, own, tell)
    return found


def _measured(
    way: str, path: Path, texts: Sequence[bytes], tell: Callable[[str], None]
) -> dict[str, Any]:
    session, began = opened(path, WAYS[way][1]), time.perf_counter()
    wrong: list[bytes] = []
    for first in range(0, len(texts), _PART):
        wrong += wrong_texts(session, texts[first : first + _PART])
    tell(f"{way}: {len(texts):,} texts, {len(wrong):,} differ")
    return {
        "texts": len(texts),
        "different": len(wrong),
        "some": [text.hex() for text in wrong[:_SHOWN]],
        "runtime": session.runtime,
        "seconds": round(time.perf_counter() - began, 1),
    }


@app.command()
def main(
    target: Annotated[list[str] | None, typer.Option(help="All without.")] = None,
    texts: Annotated[int, typer.Option(help="Of each target but Core ML.")] = 100_000,
    coreml_texts: Annotated[int, typer.Option(help="Of Core ML, by its reference.")] = 4_000,
) -> None:
    """Compares offsets with numpy's in every target; 1 where any differs. Needs the library: neurolite-ops build."""
    with exit_codes():
        require_range("--texts", texts, 1, 10_000_000)
        require_range("--coreml-texts", coreml_texts, 1, 10_000_000)
        targets = target or list(EVERY_PART)
        for name in targets:
            require_choice("--target", name, EVERY_PART)
        counts = {name: coreml_texts if name == "coreml" else texts for name in targets}
        path = RESULTS / NAME
        kept = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        with tempfile.TemporaryDirectory() as folder:
            files = measure(Path(folder), counts, say)
        scripts = len(BLOCKS | MORE_SCRIPTS)
        write_result(path, {"blocks": scripts, "files": kept.get("files", {}) | files})
        if any(row["different"] for row in files.values()):
            raise typer.Exit(1)


if __name__ == "__main__":
    app()
