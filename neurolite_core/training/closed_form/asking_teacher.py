"""Asks a transformer for its hidden layers before a reservoir is solved; PyTorch is imported where it is called."""

from __future__ import annotations

import hashlib
from pathlib import Path

from neurolite_core.ground.errors import InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.terminal import SafeConsole
from neurolite_core.network.backbones.reservoir_options import ReservoirOptions
from neurolite_core.network.config import NeuroLiteConfig
from neurolite_core.training.closed_form.layers import LayerLessons, layers_of, make_lessons
from neurolite_core.training.sources import Sources

SHARE = 3  # of the channels a third is the teacher's


def lessons_of(path: Path, config: NeuroLiteConfig, sources: Sources, folder: Path) -> LayerLessons:
    """What the layers of a transformer say of the words to learn from; kept in a file of the folder.

    Raises:
        InputError: it is no such transformer, or the reservoir has no room for it.
        MissingDependencyError: PyTorch or transformers are not installed.
    """
    require("torch", extra="teacher")
    from neurolite_core.training.display import Display
    from neurolite_core.training.teaching.hidden_layers import hidden_teacher, keep_hidden

    options = config.backbone_options
    assert isinstance(options, ReservoirOptions)  # noqa: S101  # which the backbone's name says
    if not options.num_layers:
        raise InputError(
            "--teacher was given, and num_layers is 0: each layer is to reproduce one of the teacher's. Give it some."
        )
    teacher = hidden_teacher(path)
    layers = layers_of(options.num_layers, int(teacher.encoder.config.num_hidden_layers))
    store, rows = sources.train, sources.rows
    content = hashlib.sha256(store.content.encode() + rows.tobytes()).hexdigest()
    with Display(SafeConsole(stderr=True)) as display:
        kept = keep_hidden(
            teacher,
            store.texts(rows),
            sorted(set(layers)),
            (config.max_bytes, config.max_words),
            folder,
            display.stage,
            content=content,
        )
    width = min(config.projection_size, config.hidden_size) // SHARE
    return make_lessons(teacher.name, kept, layers, min(width, teacher.vector_size))
