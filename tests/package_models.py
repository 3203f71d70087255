"""The package's models as the apps have them: the intents with the example's rules, the encoder, the conversations, and
the generator as a stream."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from artifacts import Store, target_of
from neurolite_core.answer.tasks import GENERATION
from neurolite_core.artifact.checkpoint import load_checkpoint
from neurolite_core.artifact.package import write_content
from neurolite_core.models.default import MODELS
from neurolite_core.network.ruling import with_rules
from neurolite_core.rules.reading import parse_rules
from neurolite_export.exporting import metadata_of
from neurolite_export.forms import STREAM, WINDOW, formed, probes_of
from neurolite_export.probes import built_in_probes
from neurolite_export.source import Source
from neurolite_export.target import ExportJob
from texts import ROOT

RULES: Final = ROOT / "examples" / "rules.toml"
TARGETS: Final = ("onnx", "c")


def package_models(store: Store) -> Path:
    """A folder with ``NAME.onnx`` and ``NAME.nlm`` of each, int8, without the gates, which have tests of their own."""
    folder = store.folder / "package-models"
    with store.locked(folder.name):
        if not folder.is_dir():
            part = folder.with_suffix(".part")
            part.mkdir(exist_ok=True)
            for name in MODELS:
                _write(name, part)
            part.rename(folder)
    return folder


def _write(name: str, folder: Path) -> None:
    network = load_checkpoint(MODELS[name])
    if name == "intents":
        network = with_rules(network, parse_rules(RULES.read_text("utf-8"), RULES.name))
    source = Source(network.eval(), name, "those of the package's own model")
    generates = network.task == GENERATION
    source = formed(source, STREAM if generates else WINDOW)
    probes = probes_of(source.network, built_in_probes())
    for target in TARGETS:
        made = target_of(target)
        job = ExportJob(source.network, metadata_of(source, made, "int8"), probes)
        write_content(folder / f"{name}{made.suffix}", made.build(job))
