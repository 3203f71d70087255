"""What ``neurolite-export`` prints: finished exports, and the contents of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from neurolite_core.artifact.formats.table import FORMATS, format_of, require_whole
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import FILE_LIMIT, digest_of, read_content, size_of
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.terminal import SafeConsole, json_text
from neurolite_export.certificate_names import NOT_PROVEN, PASSED, REFUSED
from neurolite_export.targets import TARGETS, require_installed

if TYPE_CHECKING:
    from neurolite_export.contents import Contents, Port
    from neurolite_export.exporting import Exported

_LABELS_SHOWN: Final = 8
_VERDICTS: Final = {PASSED: "ok", NOT_PROVEN: NOT_PROVEN, REFUSED: "FAILED"}


def show_exported(item: Exported, console: Console) -> None:
    """Prints an export's gates and figures."""
    built = item.built
    console.print(
        Text(str(item.path), "bold"), soft_wrap=True
    )  # a path that wraps cannot be copied
    table = Table()
    table.add_column("measured")
    table.add_column("found", justify="right")
    table.add_column("allowed")
    table.add_column("", justify="center")
    for gate in built.gates:
        table.add_row(gate.gate, gate.found, gate.allowed, _VERDICTS[gate.verdict])
    table.add_section()
    parity = built.parity
    table.add_row(f"max {parity.output} error", f"{parity.max_abs_error:.3g}", "", "")
    table.add_row("SQNR", f"{parity.sqnr_db:.1f} dB", "", "")
    if parity.spans is not None and parity.spans.f1_artifact is not None:
        table.add_row("span F1", f"{100 * parity.spans.f1_artifact:.2f}", "", "")
    if parity.window is not None:
        same = f"{parity.window.same} of {parity.window.places}"
        table.add_row("same next word as the window form", same, "", "")
    table.add_row("size", f"{built.size_bytes:,} bytes", "", "")
    table.add_row("parameters", f"{built.metadata.parameters:,}", "", "")
    for kind, count in built.contents.weight_values.items():
        table.add_row(f"stored as {kind}", f"{count:,}", "", "")
    delegation = built.contents.delegation
    if delegation is not None:
        found = f"{delegation.delegated} of {delegation.total} nodes"
        table.add_row(f"taken by {delegation.backend}", found, "", "")
    console.print(table)
    console.print(
        f"probes: {parity.probes}; worst text: {parity.worst_text!r}; measured by {built.measured_by}",
        markup=False,
        highlight=False,
    )
    console.print(f"certificate: {item.certificate}", markup=False, highlight=False, soft_wrap=True)
    for path in item.sources:
        console.print(f"as C source: {path}", markup=False, highlight=False, soft_wrap=True)
    if item.uncertified:
        console.print(
            f"of another model, and in no certificate now: {', '.join(item.uncertified)}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )


def show_doubts(console: SafeConsole, done: Sequence[Exported]) -> None:
    """Of each file, what its probes are too few to tell."""
    from neurolite_export.advice import doubt  # PyTorch is there, where something was exported

    for text in filter(None, (doubt(item.built) for item in done)):
        console.print(text, style="yellow", markup=False, highlight=False, soft_wrap=True)


def show_notes(console: SafeConsole, *, random: bool, strings: bool) -> None:
    """What is to be known of all files that were made: weights that are random, an input that is a string."""
    if random:
        console.print(
            Text("The weights are random", "yellow"),
            ": size, speed and parity are real, the answers "
            "mean nothing. Export a trained model with --checkpoint.",
            sep="",
        )
    if strings:
        console.print(
            "String input needs the native op (neurolite-ops build) or onnxruntime-extensions "
            "wherever the file is opened; stock onnxruntime cannot read a string's bytes."
        )


def show_inspected(path: Path, *, as_json: bool, unsealed: bool) -> None:
    """Prints what a file of any target contains, to standard output.

    Args:
        path: the file.
        as_json: as JSON, not for people.
        unsealed: take one that was changed since its export as well.

    Raises:
        ArtifactError: missing, damaged, or of no known format.
        MissingDependencyError: the format's packages are not installed.
    """
    content = read_content(path, FILE_LIMIT, ArtifactError)
    found = format_of(content)
    if found is None:
        known = ", ".join(row.name for row in FORMATS)
        raise ArtifactError(f"{path} is not a model file of a known format ({known}).")
    require_installed(found)
    whole = require_whole(content, found, path, unsealed=unsealed)
    target = TARGETS[found].load()
    try:
        contents, text = target.inspect(content), target.metadata(content)
    except ArtifactError as error:
        raise ArtifactError(f"{path}: {error}") from error
    metadata = None if text is None else ArtifactMetadata.from_json(text, str(path))
    facts: dict[str, Any] = {
        "file": path.name,
        "format": found,
        "size_bytes": size_of(content),
        "sha256": digest_of(content),
        "sealed": whole,
        "contents": asdict(contents),
        "metadata": None if metadata is None else asdict(metadata),
    }
    if as_json:
        typer.echo(json_text(facts, indent=2, sort_keys=True))
        return
    console = SafeConsole()
    console.print(Text(str(path), "bold"), soft_wrap=True)
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    table.add_row("format", f"{found}, {contents.format_version}")
    table.add_row("size", f"{facts['size_bytes']:,} bytes")
    table.add_row("sha256", facts["sha256"])
    table.add_row("as exported", "yes" if whole else "no")
    _add_contents(table, contents)
    table.add_section()
    _add_metadata(table, metadata)
    console.print(table)


def _add_contents(table: Table, contents: Contents) -> None:
    table.add_row("inputs", "\n".join(_port(port) for port in contents.inputs))
    table.add_row("outputs", "\n".join(_port(port) for port in contents.outputs))
    table.add_row("numbers stored", _counts(contents.weight_values))
    table.add_row("matrix products", _counts(contents.products))
    table.add_row("types in the hash", ", ".join(contents.hash_types))
    if contents.delegation is not None:
        found = contents.delegation
        table.add_row(
            f"taken by {found.backend}",
            f"{found.delegated} of {found.total} nodes ({found.share:.0%}); left: {_counts(found.left)}",
        )
    table.add_row("operations", _counts(contents.operations))


def _add_metadata(table: Table, metadata: ArtifactMetadata | None) -> None:
    if metadata is None:
        table.add_row("metadata", "none: not exported by neurolite-export")
        return
    for name, value in asdict(metadata).items():
        table.add_row(name, _metadata_text(name, value))


def _metadata_text(name: str, value: Any) -> str:  # noqa: ANN401  # any JSON value
    if name == "labels":
        shown = ", ".join(value[:_LABELS_SHOWN])
        return f"{len(value)}: {shown}{', ...' if len(value) > _LABELS_SHOWN else ''}"
    if name == "threshold" and value is None:
        return "none: cannot abstain"
    if name == "threshold":
        return f"{value:.6g}: abstains below it" if value else "0: never abstains"
    if name == "buckets":
        return ", ".join(f"{row['num_bytes']} bytes/{row['num_words']} words" for row in value)
    if name == "spans" and value is not None:
        pairs = zip(value["types"], value["thresholds"], strict=True)
        return ", ".join(f"{kind} from {limit:.6g} on" if limit else kind for kind, limit in pairs)
    if isinstance(value, dict):
        return ", ".join(f"{key} {item}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    return str(value)


def _port(port: Port) -> str:
    return f"{port.name}: {port.dtype} [{', '.join(str(size) for size in port.shape)}]"


def _counts(values: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in values.items()) or "none"
