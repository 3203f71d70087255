"""Exported files that the tests share: each is built once a session, for all workers of it."""

from __future__ import annotations

import dataclasses
import fcntl
import gc
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
import torch

from backbones import ONE as ONE
from backbones import OTHER_FORMS, backbone_config
from early_exits import LAYERS, exits_network, opened_on
from generating import GENERATING, GENERATING_LIQUID, GENERATING_PACKED, generator
from neurolite_core import NeuroLiteConfig, NeuroLiteForClassification
from neurolite_core.artifact.buckets import Bucket, buckets_of
from neurolite_core.artifact.checkpoint import PROBES, load_checkpoint
from neurolite_core.artifact.metadata import ArtifactMetadata
from neurolite_core.artifact.package import (
    Content,
    digest_of,
    read_content,
    single_file,
    write_content,
)
from neurolite_core.ground.files import write_atomically
from neurolite_core.hashing.ngrams import NUM_BUCKETS
from neurolite_core.models.default import DEFAULT_CHECKPOINT
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config import PRESETS
from neurolite_core.network.experts import Experts
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.model import (
    NeuroLiteForEmbedding,
    NeuroLiteForMultiLabel,
    NeuroLiteForSpans,
    TextNetwork,
)
from neurolite_core.network.ruling import with_rules
from neurolite_core.network.spans_options import SpansOptions
from neurolite_core.network.table_bits import trained_table
from neurolite_core.network.wide import WideTable
from neurolite_core.network.wide_options import WideOptions
from neurolite_core.rules.reading import parse_rules
from neurolite_export.built import Built
from neurolite_export.contents import Contents, Delegation, Port
from neurolite_export.drift import TurnError
from neurolite_export.exporting import Exported, export, metadata_of
from neurolite_export.forms import STREAM, WINDOW, formed
from neurolite_export.forms import probes_of as formed_probes
from neurolite_export.gates import GateResult
from neurolite_export.parity import ParityReport
from neurolite_export.probes import Probes, built_in_probes, read_probes
from neurolite_export.product_losses import ProductLoss
from neurolite_export.source import Source, seeded_source
from neurolite_export.span_parity import SpanParity
from neurolite_export.target import ExportJob, Target
from neurolite_export.targets import TARGETS
from neurolite_export.targets.onnx.target import OnnxTarget, StringOnnxTarget
from rules_made import ASKING, LABELS, TEXT
from spans_made import finding_spans, spans_alone, taught
from texts import generated_texts

_MOST_BYTES: Final = 2**29

# Files of targets that convert each bucket anew, 15 s for each, have the shortest and the longest alone; whole
# ones are compared by `python -m neurolite_bench.parity`.
_A_GRAPH_FOR_EACH_BUCKET: Final = ("coreai", "executorch", "litert")

# ``ONE`` has one bucket, ``TWO`` has two: what costs time is a graph for each.
# What an encoder has: packed rows, and the sum of words beside the backbone.
PACKED: Final = dataclasses.replace(ONE, projection_size=48, num_hashes=8, bag=True, table_bits=4)
BAG: Final = dataclasses.replace(ONE, projection_size=48, bag=True)
TWO: Final = dataclasses.replace(ONE, max_words=48, max_bytes=192)
# A memory with all levels, two updates a retrieval; its texts stay in one bucket. Seed 3, as that network has no two
# slots so nearly of one use that int8 gives up the other: of random networks some have, trained ones hardly.
MEMORY: Final = MemoryOptions(
    working=6,
    working_heads=3,
    long_term=8,
    persistent=4,
    key_size=8,
    hidden=24,
    steps=2,
)
REMEMBERING: Final = dataclasses.replace(ONE, memory=MEMORY)
PATTERNS: Final = dataclasses.replace(
    ONE, memory=dataclasses.replace(MEMORY, working=0, long_term=0, hidden=19, key_size=5)
)
# A choice of one expert, and of two.
EXPERTS: Final = dataclasses.replace(ONE, experts=ExpertsOptions(count=6, width=48))
EXPERTS_TWO: Final = dataclasses.replace(EXPERTS, experts=ExpertsOptions(count=4, top=2, width=24))
# A wide path, and fewer symbols than some texts have.
WIDE: Final = dataclasses.replace(ONE, wide=WideOptions(num_rows=500, max_symbols=60))
# Rules, in a table as large as those of presets.
RULED: Final = dataclasses.replace(ONE, table_size=8_192, projection_size=8)
RULED_LANES: Final = dataclasses.replace(RULED, projection_size=16)  # as wide as the target c asks
RULED_TWO: Final = dataclasses.replace(TWO, wide=WideOptions(num_rows=500))
# Words labelled: beside all else that a text's answer may come of, beside rules, and alone in two buckets.
SPANS: Final = SpansOptions(types=("time", "place"), width=16, window=1)
JOINT: Final = dataclasses.replace(
    WIDE,
    memory=dataclasses.replace(MEMORY, steps=1),
    spans=SPANS,
)
SPANS_RULED: Final = dataclasses.replace(RULED, spans=SPANS)
SPANS_TWO: Final = dataclasses.replace(TWO, spans=SPANS)
WIDE_TWO: Final = dataclasses.replace(
    TWO, wide=WideOptions(num_rows=500, highest=3, across_words=True)
)


def source_of(
    config: NeuroLiteConfig,
    name: str,
    seed: int,
    kind: type[NeuroLiteForClassification] = NeuroLiteForClassification,
    num_labels: int = 2,
) -> Source:
    """Random weights, of a seed whose answers are no close calls: int8 passes its gates in every target."""
    return _random(name, seed, lambda: kind(config, num_labels))


def experts_source(config: NeuroLiteConfig, name: str, seed: int) -> Source:
    """Random weights, and a table that int8 holds exactly: texts go to the same experts in every precision."""

    def build() -> TextNetwork:
        network = NeuroLiteForClassification(config, 5)
        experts = network.experts
        assert isinstance(experts, Experts)
        with torch.no_grad():
            table = trained_table(network)
            step = table.abs().max() / 127
            table.copy_((table / step).round() * step)
            experts.expert.expand.bias.normal_(std=0.2)
            experts.expert.contract.bias.normal_(std=0.2)
        return network

    return _random(name, seed, build)


def ruled_source(
    config: NeuroLiteConfig,
    name: str,
    seed: int,
    kind: type[NeuroLiteForClassification] = NeuroLiteForClassification,
    text: str = TEXT,
) -> Source:
    """Random weights, and rules on words, phrases, prefixes and numbers."""
    source = _random(name, seed, lambda: kind(config, labels=LABELS, threshold=0.5))
    return dataclasses.replace(source, network=with_rules(source.network, parse_rules(text, name)))


def taught_source(name: str, seed: int, build: Callable[[], TextNetwork]) -> Source:
    """A network that finds the spans of the built-in texts (``spans_made``), and int8 of it too."""
    source = _random(name, seed, build)
    return dataclasses.replace(source, network=taught(source.network, built_in_probes().texts))


def exits_source(
    name: str,
    seed: int,
    config: NeuroLiteConfig,
    labels: Sequence[str] = ("a", "b", "c", "d", "e"),
    rules: str = "",
    layers: int = LAYERS,
    steep: float = 3.0,
) -> Source:
    """Random weights, and exits that answer texts at every depth; with a wide path and rules where these are asked."""
    texts = [text for text in generated_texts(120, seed=71) if len(text) <= config.max_bytes]
    source = _random(name, seed, lambda: exits_network(config, texts, labels, layers, steep))
    assert isinstance(source.network, NeuroLiteForClassification)
    opened_on(source.network, texts)
    if not rules:
        return source
    return dataclasses.replace(source, network=with_rules(source.network, parse_rules(rules, name)))


def encoder_source(config: NeuroLiteConfig, name: str, seed: int) -> Source:
    """Random weights of a model that gives vectors."""
    return _random(name, seed, lambda: NeuroLiteForEmbedding(config))


def spans_source(config: NeuroLiteConfig, name: str, seed: int) -> Source:
    """Random weights of a model that finds spans and nothing else."""
    return _random(name, seed, lambda: NeuroLiteForSpans(config))


def generating_source(config: NeuroLiteConfig, name: str, form: str = WINDOW) -> Source:
    """Random weights of a generator, in a form."""
    return formed(Source(generator(config), name, "random: not trained"), form)


def _random(name: str, seed: int, build: Callable[[], TextNetwork]) -> Source:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build()
        if network.wide is not None and network.config.wide is not None:
            network.wide.fill(random_table(network.config.wide, len(network.labels), seed))
    return Source(network.eval(), name, f"random, seed {seed}: not trained")


def random_table(options: WideOptions, labels: int, seed: int) -> WideTable:
    """Rows of random numbers, for three of ten buckets."""
    random = np.random.default_rng(seed)
    remap = random.integers(1, options.num_rows + 1, NUM_BUCKETS)
    remap[random.random(NUM_BUCKETS) > 0.3] = 0
    rows = random.integers(-127, 128, (options.num_rows + 1, labels + 1))
    rows[:, -1] = random.integers(1, 128, len(rows))
    rows[0] = 0
    scales = random.uniform(0.001, 0.02, labels + 1)
    return WideTable(remap.astype(np.uint16), rows.astype(np.int8), scales.astype(np.float32))


def intents_in_one_bucket() -> Source:
    """The package's own model, which is trained, without the weights that mix its later words."""
    whole = load_checkpoint(DEFAULT_CHECKPOINT)
    config = dataclasses.replace(whole.config, max_words=ONE.max_words, max_bytes=ONE.max_bytes)
    network = NeuroLiteForClassification(config, labels=whole.labels, threshold=whole.threshold)
    weights = whole.state_dict()
    network.load_state_dict(
        {
            name: weights[name][tuple(slice(size) for size in value.shape)]
            for name, value in network.state_dict().items()
        }
    )
    texts = ["wake me up at half past six", "what is my bank balance"]
    with torch.no_grad():
        assert torch.allclose(
            network.eval()(input_texts=texts)["logits"],
            whole(input_texts=texts)["logits"],
            atol=1e-4,
        )
    return Source(network, "intents-one", "those of the package's own model")


SOURCES: Final[Mapping[str, Callable[[], Source]]] = {
    **{preset: partial(seeded_source, preset, 0) for preset in PRESETS},
    "one": partial(source_of, ONE, "one", 0),
    "two": partial(source_of, TWO, "two", 3),
    "intents-one": intents_in_one_bucket,
    **{
        f"backbone-{name}{size}": partial(
            source_of, backbone_config(name, config), f"backbone-{name}{size}", 0
        )
        for name in BACKBONES
        for size, config in (("", ONE), ("-two", TWO))
    },
    **{
        f"backbone-{name}": partial(source_of, config, f"backbone-{name}", 0, num_labels=5)
        for name, config in OTHER_FORMS.items()
    },
    "packed": partial(source_of, PACKED, "packed", 2),
    "packed-lanes": partial(
        source_of, dataclasses.replace(PACKED, projection_size=64), "packed-lanes", 2
    ),
    "bag": partial(encoder_source, BAG, "bag", 0),
    "wide": partial(source_of, WIDE, "wide", 0, num_labels=5),
    "wide-two": partial(source_of, WIDE_TWO, "wide-two", 0, NeuroLiteForMultiLabel, 3),
    "remembering": partial(source_of, REMEMBERING, "remembering", 3, num_labels=3),
    "remembering-bag": partial(
        source_of, dataclasses.replace(REMEMBERING, bag=True), "remembering-bag", 3, num_labels=3
    ),
    "patterns": partial(source_of, PATTERNS, "patterns", 3, num_labels=3),
    "exits": partial(exits_source, "exits", 0, ONE),
    **{
        f"exits-{name}{size}": partial(
            exits_source,
            f"exits-{name}{size}",
            0,
            backbone_config(name, config),
            layers=2,
            steep=1.0,  # a spike's slope makes enough of float32's last bits
        )
        for name in BACKBONES
        for size, config in (("", ONE), ("-two", TWO))
    },
    "exits-beside": partial(
        exits_source,
        "exits-beside",
        0,
        dataclasses.replace(RULED, wide=WIDE.wide),
        LABELS,
        TEXT,
    ),
    "experts": partial(experts_source, EXPERTS, "experts", 0),
    "experts-two": partial(experts_source, EXPERTS_TWO, "experts-two", 1),
    "experts-bag": partial(
        source_of, dataclasses.replace(EXPERTS_TWO, bag=True), "experts-bag", 1, num_labels=5
    ),
    "experts-one": partial(
        source_of,
        dataclasses.replace(ONE, experts=ExpertsOptions(count=1, width=20)),
        "experts-one",
        0,
        num_labels=5,
    ),
    "rules": partial(ruled_source, RULED, "rules", 0),
    "rules-two": partial(ruled_source, RULED_TWO, "rules-two", 0, NeuroLiteForMultiLabel),
    "rules-lanes": partial(ruled_source, RULED_LANES, "rules-lanes", 0),
    "rules-asking": partial(ruled_source, RULED_LANES, "rules-asking", 0, text=TEXT + ASKING),
    "finding": partial(
        taught_source, "finding", 1, lambda: NeuroLiteForClassification(finding_spans(ONE), 2)
    ),
    "finding-alone": partial(taught_source, "finding-alone", 1, lambda: spans_alone(ONE)),
    "joint": partial(source_of, JOINT, "joint", 3, num_labels=3),
    "joint-ruled": partial(ruled_source, SPANS_RULED, "joint-ruled", 0),
    "joint-lanes": partial(
        ruled_source, dataclasses.replace(RULED_LANES, spans=SPANS), "joint-lanes", 0
    ),
    "joint-several": partial(source_of, SPANS_TWO, "joint-several", 0, NeuroLiteForMultiLabel, 5),
    "spans": partial(spans_source, SPANS_TWO, "spans", 0),
    "generating": partial(generating_source, GENERATING_PACKED, "generating"),
    "streaming": partial(generating_source, GENERATING, "streaming", STREAM),
    "streaming-liquid": partial(generating_source, GENERATING_LIQUID, "streaming-liquid", STREAM),
    "several": partial(source_of, ONE, "several", 0, NeuroLiteForMultiLabel, 5),
}


def probes_of(source: Source) -> Probes:
    """Texts for the gates: of what the model was trained on, where it was trained."""
    if source.name != "intents-one":
        return built_in_probes()
    return read_probes(DEFAULT_CHECKPOINT / PROBES, source.network.labels)


def target_of(name: str) -> Target:
    """A row of ``TARGETS``, or the ONNX target whose files take strings."""
    if name != "onnx-string":
        return TARGETS[name].load()
    return StringOnnxTarget()


def preset_buckets(max_bytes: int, max_words: int) -> tuple[Bucket, ...]:
    """The first and the last of ``buckets_of``."""
    found = buckets_of(max_bytes, max_words)
    return tuple(dict.fromkeys((found[0], found[-1])))


@contextmanager
def buckets_for(target: str) -> Iterator[None]:
    """Has the exporter take ``preset_buckets`` where each costs a conversion."""
    with pytest.MonkeyPatch.context() as patch:
        if target in _A_GRAPH_FOR_EACH_BUCKET:
            target_of(target)  # imports it, as quietly as the command does
            patch.setattr(f"neurolite_export.targets.{target}.target.buckets_of", preset_buckets)
        yield


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Captured graphs are many small objects that stay: to look for garbage so often takes a tenth of an export."""
    kept = gc.get_threshold()
    gc.set_threshold(50_000, *kept[1:])
    try:
        yield
    finally:
        gc.set_threshold(*kept)


@dataclass(frozen=True)
class Store:
    """A folder that the workers of a session share, with a lock for each file that is made in it."""

    folder: Path
    _seen: dict[tuple[str, str, str], Exported] = field(default_factory=dict)

    def __call__(self, target: str, source: str, precision: str) -> Exported:
        """One of ``SOURCES`` in a target and precision, through every gate."""
        key = (target, source, precision)
        if key not in self._seen:
            self._seen[key] = self._made(*key)
        return self._seen[key]

    def _made(self, target: str, source: str, precision: str) -> Exported:
        folder = self.folder / f"{target}-{source}-{precision}"
        with self.locked(folder.name):
            if (folder / "built.json").is_file():
                return read(folder)
            built = SOURCES[source]()
            with buckets_for(target), seldom_collected():
                done = export(built, target_of(target), precision, folder, probes_of(built))
            write(done, folder)
        return done

    def ungated(self, target: str, source: str, precision: str) -> Path:
        """The same file without its gates, which have tests of their own."""
        made = target_of(target)
        path = self.folder / f"ungated-{source}-{precision}{made.suffix}"
        with self.locked(path.name):
            if not path.exists():
                own = SOURCES[source]()
                metadata = metadata_of(own, made, precision)
                job = ExportJob(own.network, metadata, formed_probes(own.network, probes_of(own)))
                with seldom_collected():
                    write_content(path, made.build(job))
        return path

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Holds what the other workers wait for."""
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def write(done: Exported, folder: Path) -> None:
    """Keeps what was measured of a file beside it; its content is the file."""
    built = done.built
    values = {
        item.name: getattr(built, item.name)
        for item in dataclasses.fields(built)
        if item.name != "content"
    }
    values |= {
        "metadata": built.metadata.to_json(),
        "parity": asdict(built.parity),
        "gates": [asdict(gate) for gate in built.gates],
        "contents": asdict(built.contents),
        "losses": [asdict(loss) for loss in built.losses],
        "certificate": done.certificate.name,
    }
    write_atomically(folder / "built.json", json.dumps(values).encode())


def read(folder: Path) -> Exported:
    """What ``write`` kept."""
    values: dict[str, Any] = json.loads((folder / "built.json").read_text("utf-8"))
    path, certificate = folder / values["file"], folder / values.pop("certificate")
    content = read_content(path, _MOST_BYTES)
    assert digest_of(content) == values["sha256"], f"a test has changed {path}"
    built = Built(
        **values
        | {
            "content": content,
            "metadata": ArtifactMetadata.from_json(values["metadata"], str(path)),
            "parity": _parity(values["parity"]),
            "gates": tuple(GateResult(**gate) for gate in values["gates"]),
            "contents": _contents(values["contents"]),
            "losses": tuple(ProductLoss(**loss) for loss in values["losses"]),
        }
    )
    return Exported(path, certificate, built)


def _parity(values: dict[str, Any]) -> ParityReport:
    turns = tuple(TurnError(**turn) for turn in values["turns"])
    spans = None if values["spans"] is None else SpanParity(**values["spans"])
    return ParityReport(**values | {"turns": turns, "spans": spans})


def _contents(values: dict[str, Any]) -> Contents:
    def ports(name: str) -> tuple[Port, ...]:
        return tuple(Port(**port | {"shape": tuple(port["shape"])}) for port in values[name])

    delegation = values["delegation"]
    return Contents(
        **values
        | {
            "inputs": ports("inputs"),
            "outputs": ports("outputs"),
            "hash_types": tuple(values["hash_types"]),
            "delegation": None if delegation is None else Delegation(**delegation),
        }
    )


class Ready(OnnxTarget):
    """The ONNX target with what it builds given: for tests of what comes after the building."""

    def __init__(self, content: Content) -> None:
        self.content = single_file(content)

    def build(self, job: ExportJob) -> bytes:
        """The same bytes for every job."""
        return self.content
