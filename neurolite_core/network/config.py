"""The model's shape: a frozen, validated dataclass with three presets and JSON both ways."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, asdict, dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final, Self, TypeVar, Unpack

from neurolite_core.ground.checks import require_choice, require_fraction, require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.values import shown
from neurolite_core.hashing.words import HASH_VERSION, MAX_HASHES
from neurolite_core.network.backbones.options import BackboneOptions
from neurolite_core.network.backbones.table import BACKBONES
from neurolite_core.network.config_values import ENGLISH, MICRO, SIZES, ConfigValues
from neurolite_core.network.exits_options import ExitsOptions, check_exits
from neurolite_core.network.experts_options import ExpertsOptions
from neurolite_core.network.flat_names import mixer_layers, nearest_preset, resolved
from neurolite_core.network.generation_options import GenerationOptions
from neurolite_core.network.memory.options import MemoryOptions
from neurolite_core.network.row_packing import PACKED_BITS
from neurolite_core.network.rules_options import RulesOptions
from neurolite_core.network.spans_options import SpansOptions
from neurolite_core.network.wide_options import WideOptions
from neurolite_core.text.words import MAX_BYTES

POOLINGS: Final = ("mean", "max", "last")
FLOAT_BITS: Final = 32
TABLE_BITS: Final = (FLOAT_BITS, PACKED_BITS)
MAX_TABLE_SIZE: Final = 65_536


# Without slots: with them a frozen dataclass meets an assignment to a property by a TypeError about super().
@dataclass(frozen=True, kw_only=True, init=False)
class NeuroLiteConfig:
    """Everything that decides the model's shape and its features.

    What is not given comes from the preset tiny, small or base whose ``hidden_size`` is nearest (``nearest_preset``).
    Beside fields there are flat names, ``num_mixer_layers``, ``use_external_memory``, ``use_dynamic_routing``,
    ``num_experts`` and ``use_symbolic_module``, each of which stands for the options of one field::

        NeuroLiteConfig(hidden_size=256, num_mixer_layers=6, use_external_memory=True, num_experts=4)

    Attributes:
        table_size: rows M of the projection table, 64 to 65,536.
        projection_size: columns E of the projection table.
        hidden_size: channels H of the backbone.
        num_hashes: K, MinHash functions per word, 1 to 64.
        window: neighbouring words joined on each side, 0 to 8; before a backbone that does not read ahead those on the
            left alone.
        max_words: words L that the model reads, 1 to 8,192; longer texts are truncated.
        max_bytes: bytes T that a runtime feeds, 64 to 65,536; longer texts are cut at a word border.
        backbone: a key of ``BACKBONES``, with ``backbone_options`` of its type.
        pooling: one of ``POOLINGS``.
        bag: whether the text's vector is the sum of its words' rows over the root of their number, of E components,
            to which the backbone's vector is added; else it is the backbone's alone, of H.
        table_bits: of a number of the table: 32, which int8 files round to 8, or 4, packed with a factor for each row
            in every file; E is even then.
        dropout: probability during training, 0 <= dropout < 1.
        wide: the n-grams of a wide path beside the network, None without one; classifiers only.
        memory: the levels of memory between a text's vector and the head, None without one.
        experts: networks over the text's vector, of which a text chooses; None without.
        exits: layers before the last may answer where they are sure; None without; classifiers of single texts only.
        rules: the symbolic module, None without one; classifiers only. ``network.ruling.with_rules`` sets it.
            ``use_symbolic_module=True`` alone is a module of no rules yet, with which nothing is decided.
        spans: the types of spans that a head over words finds, and its shape; None without one.
        generation: how a generator's answer over a vocabulary is built; None of other tasks.
        hash_version: version of docs/hash-spec.md.

    Raises:
        InputError: a value is out of its range, a name unknown, or two contradict each other; the message says so.
    """

    table_size: int
    projection_size: int
    hidden_size: int
    backbone_options: BackboneOptions
    backbone: str = "mixer"
    num_hashes: int = 16
    window: int = 1
    max_words: int = 256
    max_bytes: int = 4096
    pooling: str = "mean"
    bag: bool = False
    table_bits: int = FLOAT_BITS
    dropout: float = 0.1
    wide: WideOptions | None = None
    memory: MemoryOptions | None = None
    experts: ExpertsOptions | None = None
    exits: ExitsOptions | None = None
    rules: RulesOptions | None = None
    spans: SpansOptions | None = None
    generation: GenerationOptions | None = None
    hash_version: int = field(default=HASH_VERSION)

    def __init__(self, **values: Unpack[ConfigValues]) -> None:
        defaults = {item.name: item.default for item in fields(self) if item.default is not MISSING}
        for name, value in resolved(defaults | nearest_preset(values), values).items():
            object.__setattr__(self, name, value)  # of a frozen dataclass
        self._check()

    def _check(self) -> None:
        require_range("table_size", self.table_size, 64, MAX_TABLE_SIZE)
        require_range("projection_size", self.projection_size, 4, 4096)
        require_range("hidden_size", self.hidden_size, 4, 4096)
        require_range("num_hashes", self.num_hashes, 1, MAX_HASHES)
        require_range("window", self.window, 0, 8)
        require_range("max_words", self.max_words, 1, 8192)
        require_range("max_bytes", self.max_bytes, 64, MAX_BYTES)
        require_choice("backbone", self.backbone, BACKBONES)
        expected = BACKBONES[self.backbone].options
        if not isinstance(self.backbone_options, expected):
            raise InputError(
                f"backbone_options is a {type(self.backbone_options).__name__}; "
                f"backbone {self.backbone!r} takes {expected.__name__}."
            )
        require_choice("pooling", self.pooling, POOLINGS)
        if not isinstance(self.bag, bool):
            raise InputError(f"bag is {shown(self.bag)}; give true or false.")
        if isinstance(self.table_bits, bool) or self.table_bits not in TABLE_BITS:
            allowed = " or ".join(map(str, TABLE_BITS))
            raise InputError(f"table_bits is {shown(self.table_bits)}; give {allowed}.")
        if self.table_bits == PACKED_BITS and self.projection_size % 2:
            raise InputError(
                f"projection_size is {self.projection_size}; with table_bits 4 two numbers share a byte: give an even one."
            )
        require_fraction("dropout", self.dropout)
        for name, kind in _PARTS.items():
            value = getattr(self, name)
            if value is not None and not isinstance(value, kind):
                raise InputError(
                    f"{name} is {shown(value)}; give {kind.__name__}, or None without {_WITHOUT[name]}."
                )
        if self.exits is not None:
            others = ("memory", "experts", "spans", "generation")
            check_exits(
                layers=self.num_layers, parts={name: getattr(self, name) for name in others}
            )
        if self.hash_version != HASH_VERSION:
            older = isinstance(self.hash_version, int) and self.hash_version < HASH_VERSION
            raise InputError(
                f"hash_version is {self.hash_version!r}; this release knows {HASH_VERSION} only. "
                + (
                    "Its features are others: train the model again: neurolite-train DATA.csv --out FOLDER"
                    if older
                    else "Install a newer neurolite: pip install -U neurolite"
                )
            )

    @property
    def num_layers(self) -> int:
        """Blocks of the backbone; 0 of one that counts none."""
        return int(getattr(self.backbone_options, "num_layers", 0))

    @property
    def num_mixer_layers(self) -> int:
        """Blocks of the mixer; 0 of another backbone."""
        return mixer_layers(self.backbone_options)

    @property
    def use_external_memory(self) -> bool:
        """Whether what was said before is remembered."""
        return self.memory is not None

    @property
    def use_symbolic_module(self) -> bool:
        """Whether rules decide beside the network, or are to."""
        return self.rules is not None

    @property
    def line_breaks(self) -> bool:
        """Whether line breaks are read as words (``text.line_breaks``), as generators do."""
        return self.generation is not None

    @property
    def text_size(self) -> int:
        """Components of a text's vector: E with a bag of words, else H."""
        return self.projection_size if self.bag else self.hidden_size

    @property
    def use_dynamic_routing(self) -> bool:
        """Whether each text chooses its experts."""
        return self.experts is not None and self.experts.routes

    @property
    def num_experts(self) -> int:
        """Experts; 0 without."""
        return 0 if self.experts is None else self.experts.count

    @classmethod
    def tiny(cls) -> Self:
        """About 1 million parameters."""
        return cls(**SIZES["tiny"])

    @classmethod
    def small(cls) -> Self:
        """About 3 million parameters."""
        return cls(**SIZES["small"])

    @classmethod
    def base(cls) -> Self:
        """About 8 million parameters."""
        return cls(**SIZES["base"])

    @classmethod
    def english(cls) -> Self:
        """About 2.1 million parameters, most of them in four bits: an encoder of a language, 1.4 MB in ONNX."""
        return cls(**ENGLISH)

    @classmethod
    def micro(cls) -> Self:
        """About 0.7 million parameters, most of them in four bits, for microcontrollers: 0.44 MB in C."""
        return cls(**MICRO)

    def replace(self, **changes: Unpack[ConfigValues]) -> Self:
        """The same config but for what is named: ``NeuroLiteConfig.small().replace(use_external_memory=True)``.

        Args:
            changes: fields and flat names. Options that are there stay where a flat name says that there are some;
                they go where it says that there are none.

        Raises:
            InputError: an unknown name, a value out of its range, or names that contradict each other.
        """
        before = {item.name: getattr(self, item.name) for item in fields(self)}
        return type(self)(**resolved(before, changes))

    def to_json(self) -> str:
        """JSON text, keys sorted, that ``from_json`` reads back to an equal config."""
        return json.dumps(asdict(self), indent=2, sort_keys=True) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Reads what ``to_json`` wrote.

        Raises:
            InputError: not JSON, an unknown or missing key, or a value out of range.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise InputError(f"The config is not valid JSON: {error}") from error
        if not isinstance(values, dict):
            raise InputError(f"The config is a JSON {type(values).__name__}; it must be an object.")
        name = values.get("backbone", "mixer")
        require_choice("backbone", name, BACKBONES)
        options = values.get("backbone_options")
        if not isinstance(options, dict):
            raise InputError(f"backbone_options is {options!r}; it must be a JSON object.")
        built = _construct(BACKBONES[name].options, options, f"backbone_options of {name!r}")
        parts = {name: _part(values.get(name), kind, name) for name, kind in _PARTS.items()}
        return _construct(cls, values | {"backbone_options": built} | parts, "the config")


_T = TypeVar("_T")

_WITHOUT: Final = {
    "wide": "a wide path",
    "memory": "a memory",
    "experts": "experts",
    "exits": "exits",
    "rules": "rules",
    "spans": "spans",
    "generation": "an answer over a vocabulary",
}
# Parts that a network may have or not: the config's field -> the type of its options.
_PARTS: Final[Mapping[str, type[Any]]] = MappingProxyType(
    {
        "wide": WideOptions,
        "memory": MemoryOptions,
        "experts": ExpertsOptions,
        "exits": ExitsOptions,
        "rules": RulesOptions,
        "spans": SpansOptions,
        "generation": GenerationOptions,
    }
)

PRESETS: Final[Mapping[str, Callable[[], NeuroLiteConfig]]] = MappingProxyType(
    {
        "tiny": NeuroLiteConfig.tiny,
        "small": NeuroLiteConfig.small,
        "base": NeuroLiteConfig.base,
        "english": NeuroLiteConfig.english,
        "micro": NeuroLiteConfig.micro,
    }
)


def _part(values: object, kind: Callable[..., _T], name: str) -> _T | None:
    if values is None:
        return None
    if not isinstance(values, dict):
        raise InputError(f"{name} is {shown(values)}; it must be a JSON object, or null.")
    return _construct(kind, values, name)


def _construct(kind: Callable[..., _T], values: dict[str, Any], where: str) -> _T:
    known = {item.name for item in fields(kind)}  # type: ignore[arg-type]  # always a dataclass
    unknown = sorted(set(values) - known)
    if unknown:
        raise InputError(
            f"Unknown key {unknown[0]!r} in {where}; known: {', '.join(sorted(known))}."
        )
    required = [item.name for item in fields(kind) if _is_required(item)]  # type: ignore[arg-type]
    missing = [name for name in required if name not in values]
    if missing:
        raise InputError(f"Missing value in {where}: {', '.join(missing)}.")
    return kind(**values)


def _is_required(item: Field[Any]) -> bool:
    return item.default is MISSING and item.default_factory is MISSING
