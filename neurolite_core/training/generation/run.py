"""A whole training of a generator: texts, vocabulary, loop, checkpoint, and a report with samples."""

from __future__ import annotations

import hashlib
import json
import math
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.answer.sampling import Sampling
from neurolite_core.answer.writing import Writer
from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.counting import check_parameters, count_parameters
from neurolite_core.network.model import NeuroLiteForGeneration
from neurolite_core.network.table_bits import with_table_bits
from neurolite_core.text.segments import split_segments
from neurolite_core.training.display import Display
from neurolite_core.training.fitting.batches import Part, batches_per_epoch
from neurolite_core.training.fitting.loop import fit, steps_in
from neurolite_core.training.fitting.state import Progress, load_state
from neurolite_core.training.fitting.task import Validation
from neurolite_core.training.generation.calibrating import Calibration, calibrate
from neurolite_core.training.generation.reading import VALID, Corpus, read_corpus
from neurolite_core.training.generation.task import SCORE, GenerationTask, measure
from neurolite_core.training.generation.tokens import Tokens, log_shares, read_tokens
from neurolite_core.training.generation.tying import tied, untied
from neurolite_core.training.launching import alone
from neurolite_core.training.request import Request

if TYPE_CHECKING:
    from lightning_fabric import Fabric

REPORT: Final = "report.json"
EPOCHS: Final = 10
MOST_PROBES: Final = 1_000
# Windows that choose weights, and words that those have: to ask for all would take as long as to learn.
MOST_HELD: Final = 1_000
MOST_HELD_WORDS: Final = 128_000
SAMPLES: Final = 6
_PROMPT_WORDS: Final = 5
_SAMPLE_WORDS: Final = 40


@dataclass(frozen=True, slots=True)
class Generated:
    """What came out.

    Attributes:
        folder: of the checkpoint.
        split: of the perplexity: test, or validation where there is no test.
        perplexity: of the words of that split, ends of texts among them, each window by itself.
        words: that were asked for.
        vocabulary: entries.
        parameters: of the network.
        seconds: of the loop.
        steps: of the loop.
        resumed_at: the step at which an interrupted training went on; 0 for a new one.
        samples: beginnings of texts that were not learned, and what the network writes behind them.
    """

    folder: Path
    split: str
    perplexity: float
    words: int
    vocabulary: int
    parameters: int
    seconds: float
    steps: int
    resumed_at: int
    samples: tuple[tuple[str, str], ...] = field(default=())

    def figures(self) -> dict[str, Any]:
        """For JSON."""
        samples = [{"prompt": prompt, "written": written} for prompt, written in self.samples]
        values = {**asdict(self), "checkpoint": str(self.folder), "samples": samples}
        values.pop("folder")
        return values


def train_generator(request: Request, fabric: Fabric, display: Display) -> Generated:
    """Trains, and writes the checkpoint and ``report.json``.

    Args:
        request: its ``files.train`` is one folder or file of texts; ``config`` is a generator's.
        fabric: from ``launch``.
        display: is told what goes on.

    Raises:
        InputError: texts, config or folder that cannot be used; another process trains into the folder.
    """
    require_writable(request.out)
    with alone(fabric, request.out):
        display.stage("reading texts", 0.0)
        corpus = read_corpus(request.files, request.options, request.work)
        for line in _lines(corpus):
            display.note(line)
        task = _task(request, corpus)
        fingerprint = _fingerprint(request, corpus)
        found = None if request.restart else load_state(request.out, fingerprint)
        progress, tensors = found or (
            Progress(fingerprint, _total_steps(request, fabric, task)),
            None,
        )
        resumed_at = progress.step
        if resumed_at:
            display.note(f"going on at step {resumed_at:,} of {progress.total_steps:,}")
        fit(fabric, task, progress, tensors, request.out, display.step)
        display.stage("measuring and writing", 0.0)
        stored = with_table_bits(untied(task.generator), request.config.table_bits).eval()
        calibration = calibrate(stored, task.held, task.validation.rows, fabric.device)
        return _finish(stored, corpus, request, progress, resumed_at, calibration, fabric.device)


def samples_of(
    network: NeuroLiteForGeneration, corpus: Corpus, count: int, seed: int
) -> list[tuple[str, str]]:
    """Beginnings of some texts that were not learned, and how the network goes on."""
    device = next(network.parameters()).device

    @torch.no_grad()
    def answer(text: bytes) -> NDArray[np.float32]:
        features = (each.to(device) for each in network.features([text]))
        logits: NDArray[np.float32] = network.network(*features)["logits"][0].float().cpu().numpy()
        return logits

    config = network.config
    writer = Writer(
        answer, corpus.vocabulary, max_words=config.max_words, max_bytes=config.max_bytes
    )
    found = []
    for segments in split_segments(corpus.prompts(count)):
        prompt = b"".join(segments.words[:_PROMPT_WORDS])
        written = b"".join(writer.write(prompt, Sampling(), words=_SAMPLE_WORDS, seed=seed))
        found.append((prompt.decode("utf-8", "replace"), written.decode("utf-8", "replace")))
    return found


def _task(request: Request, corpus: Corpus) -> GenerationTask:
    config = replace(request.config, table_bits=FLOAT_BITS)  # packed at the end
    labels = corpus.vocabulary.labels
    torch.manual_seed(request.options.seed)
    with torch.device("meta"):  # which takes no memory
        check_parameters(NeuroLiteForGeneration(config, labels=labels))
    network = NeuroLiteForGeneration(config, labels=labels)
    tokens = _tokens(request, corpus, "train")
    with torch.no_grad():  # what is not known of the words before is known at the start
        network.head.entries.bias.copy_(torch.from_numpy(log_shares(tokens, len(labels))))
    rows = np.arange(len(corpus.train))
    held = min(MOST_HELD, max(1, MOST_HELD_WORDS // request.options.seq_length))
    return GenerationTask(
        network=tied(network),
        parts=(Part(corpus.train, rows, None, labelled=True, target_weight=0.0),),
        validation=Validation(corpus.validation, _some(len(corpus.validation), held)),
        options=request.options,
        table_bits=request.config.table_bits,
        vocabulary=corpus.vocabulary,
        tokens=tokens,
        held=_tokens(request, corpus, VALID),
    )


def _tokens(request: Request, corpus: Corpus, split: str) -> Tokens:
    """Of one of the stores, beside it."""
    stores = {"train": corpus.train, VALID: corpus.validation, corpus.split: corpus.reported}
    folder = request.work / split / "tokens"
    return read_tokens(stores[split], corpus.vocabulary, request.config, folder)


def _some(count: int, most: int) -> NDArray[np.int64]:
    """At most so many of the numbers below ``count``, evenly taken."""
    return np.arange(0, count, max(1, -(-count // most)))


def _total_steps(request: Request, fabric: Fabric, task: GenerationTask) -> int:
    options = request.options
    if options.minutes is not None:
        return steps_in(fabric, task, options.minutes * 60)
    return (options.epochs or EPOCHS) * batches_per_epoch(task.parts, options.batch_size)


def _fingerprint(request: Request, corpus: Corpus) -> str:
    """Of all that decides the result."""
    facts = [
        corpus.train.content,
        corpus.validation.content,
        corpus.vocabulary.labels,
        request.config.to_json(),
        asdict(request.options),
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _lines(corpus: Corpus) -> list[str]:
    """What is in the data, for people."""
    named = {"train": corpus.train, "validation": corpus.validation, corpus.split: corpus.reported}
    found = [f"{name}: {len(store):,} windows" for name, store in named.items()]
    return [*found, f"vocabulary: {len(corpus.vocabulary):,} entries"]


def _finish(
    network: NeuroLiteForGeneration,
    corpus: Corpus,
    request: Request,
    progress: Progress,
    resumed_at: int,
    calibration: Calibration | None,
    device: torch.device,
) -> Generated:
    tokens = _tokens(request, corpus, corpus.split)
    nats, words = measure(network, tokens, np.arange(len(tokens)), device)
    generated = Generated(
        folder=request.out,
        split=corpus.split,
        perplexity=math.exp(min(nats / max(words, 1), 700.0)),
        words=words,
        vocabulary=len(corpus.vocabulary),
        parameters=count_parameters(network),
        seconds=progress.seconds,
        steps=progress.step,
        resumed_at=resumed_at,
        samples=tuple(samples_of(network, corpus, SAMPLES, request.options.seed)),
    )
    probes = corpus.validation.strings(_some(len(corpus.validation), MOST_PROBES))
    save_checkpoint(network, request.out, probes=[(text, None) for text in probes])
    facts: Mapping[str, Any] = {
        **generated.figures(),
        "command": [Path(sys.argv[0]).name, *sys.argv[1:]],
        "options": asdict(request.options),
        "config": json.loads(request.config.to_json()),
        "best_step": progress.best_step,
        "stopped_early": progress.stopped,
        "calibration": None if calibration is None else asdict(calibration),
        "history": [item.facts(SCORE) for item in progress.history],
    }
    write_atomically(request.out / REPORT, (json.dumps(facts, indent=2) + "\n").encode())
    return generated
