"""A whole pretraining: texts, a teacher's vectors, a solved table, the loop, and a checkpoint of an encoder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from neurolite_core.artifact.checkpoint import save_checkpoint
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable, write_atomically
from neurolite_core.network.config import FLOAT_BITS
from neurolite_core.network.counting import check_parameters
from neurolite_core.network.model import NeuroLiteForEmbedding
from neurolite_core.network.table_bits import trained_table, with_table_bits
from neurolite_core.training.display import Display
from neurolite_core.training.fitting.batches import Part, batches_per_epoch
from neurolite_core.training.fitting.loop import fit, steps_in
from neurolite_core.training.fitting.objective_embedding import mean_cosine
from neurolite_core.training.fitting.predict import predict
from neurolite_core.training.fitting.state import Progress, load_state
from neurolite_core.training.fitting.task import Task, Validation
from neurolite_core.training.launching import alone
from neurolite_core.training.options import TrainingOptions
from neurolite_core.training.pretraining.cosines import Cosines, measure_cosines
from neurolite_core.training.pretraining.ridge import Solved, solve_table
from neurolite_core.training.pretraining.texts import Texts, read_texts
from neurolite_core.training.pretraining.word_bags import word_bags
from neurolite_core.training.request import Request
from neurolite_core.training.teaching.kept_logits import KeptLogits, keep_answers
from neurolite_core.training.teaching.teachers import as_teacher
from neurolite_core.training.teaching.teachers.objects import teacher_name
from neurolite_core.training.teaching.teachers.teacher import Teacher

if TYPE_CHECKING:
    from lightning_fabric import Fabric

REPORT: Final = "report.json"
MOST_PROBES: Final = 1_000
VARIANTS_UNIT: Final = 10_000  # texts that --variants counts
EPOCHS: Final = 4
# Of the regression, where a word is the sum of its K rows.
PENALTY_PER_HASH: Final = 0.1
WHITENING: Final = 0.2
_LENGTH: Final = (
    16.0  # of a text's bag at the start: components of size 1, as the backbone's norm has them
)
_BACKBONE_START: Final = 0.1


@dataclass(frozen=True, slots=True)
class Encoded:
    """What came out.

    Attributes:
        folder: of the checkpoint.
        texts: trained on.
        held: texts of the figures below.
        cosine_solved: mean cosine with the teacher's vectors where the table was solved for, and no more.
        cosine: of the network as it was trained and is stored.
        seconds: of the loop.
        steps: of the loop.
        resumed_at: the step at which an interrupted training went on; 0 for a new one.
        cosines: what cosines of its vectors mean, of half of them and the whole; empty without labelled texts.
    """

    folder: Path
    texts: int
    held: int
    cosine_solved: float
    cosine: float
    seconds: float
    steps: int
    resumed_at: int
    cosines: tuple[Cosines, ...] = ()

    def figures(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"checkpoint": str(self.folder), "folder": str(self.folder)}


def pretrain(request: Request, fabric: Fabric, display: Display) -> Encoded:
    """Trains an encoder towards a teacher's vectors, and writes its checkpoint and ``report.json``.

    Args:
        request: its ``files.train`` are texts, its one teacher gives the vectors.
        fabric: from ``launch``.
        display: is told what goes on.

    Raises:
        InputError: texts, teacher or folder that cannot be used.
    """
    require_writable(request.out)
    if len(request.teachers) != 1:
        raise InputError(
            f"There are {len(request.teachers)} teachers; --task embedding learns the vectors of one: --teacher FOLDER"
        )
    with alone(fabric, request.out):
        return pretrain_from(as_teacher(request.teachers[0]), request, fabric, display)


def pretrain_from(teacher: Teacher, request: Request, fabric: Fabric, display: Display) -> Encoded:
    """As ``pretrain``, of any teacher; the folder is the caller's."""
    work, options = request.work, request.options
    texts, vectors = answered_texts(teacher, request, display)
    solved = solve(texts, vectors, request, display)
    wanted = keep_answers(
        work,
        "wanted",
        [texts.store.content, teacher.name, _digest(solved.directions)],
        (len(texts.store), solved.directions.shape[1]),
        lambda rows: solved.wanted(vectors.rows(np.arange(rows.start, rows.stop))),
    )
    network = _network(texts, solved, request)
    task = Task(
        network,
        (Part(texts.store, texts.rows, wanted, labelled=False, target_weight=1.0),),
        Validation(texts.store, texts.held, wanted),
        options,
        workers=request.machine.workers or 0,
        table_bits=request.config.table_bits,
    )
    task.round()
    cosine_solved = _cosine(network, task.validation, fabric)
    fingerprint = _fingerprint(request, texts, teacher)
    found = None if request.restart else load_state(request.out, fingerprint)
    progress, tensors = found or (Progress(fingerprint, _total_steps(fabric, task, options)), None)
    resumed_at = progress.step
    fit(fabric, task, progress, tensors, request.out, display.step)
    packed = with_table_bits(network, request.config.table_bits).eval()
    cosines: tuple[Cosines, ...] = ()
    if request.files.labelled:
        display.stage("measuring cosines", 0.0)
        cosines = measure_cosines(packed, request.files, work, fabric.device)
        packed.similarities = tuple(item.similarity for item in cosines)
    encoded = Encoded(
        folder=request.out,
        texts=len(texts.rows),
        held=len(texts.held),
        cosine_solved=cosine_solved,
        cosine=_cosine(packed, task.validation, fabric),
        seconds=progress.seconds,
        steps=progress.step,
        resumed_at=resumed_at,
        cosines=cosines,
    )
    _write(packed, texts, encoded, request, progress)
    return encoded


def answered_texts(
    teacher: Teacher, request: Request, display: Display
) -> tuple[Texts, KeptLogits]:
    """What is learned from, and the teacher's vectors of it; both are kept in the request's folder ``work``."""
    work, variants = request.work, request.options.variants
    texts = read_texts(request.files, teacher, variants * VARIANTS_UNIT, work)
    vectors = keep_answers(
        work,
        "vectors",
        [texts.store.content, teacher.name],
        (len(texts.store), teacher.vector_size),
        lambda rows: teacher.vectors(texts.store.strings(rows), display.stage),
    )
    return texts, vectors


def solve(texts: Texts, vectors: KeptLogits, request: Request, display: Display) -> Solved:
    """The table, solved anew each time, which takes a minute."""
    config, rows, store = request.config, texts.rows, texts.store
    display.stage("words", 0.0)
    bags = word_bags(
        lambda places: store.texts(rows[places.start : places.stop]), len(rows), config
    )
    display.stage("solving for the table", 0.0)
    return solve_table(
        bags,
        vectors.rows(rows),
        table_size=config.table_size,
        width=config.projection_size,
        penalty=PENALTY_PER_HASH * config.num_hashes,
        whitening=WHITENING,
    )


def _network(texts: Texts, solved: Solved, request: Request) -> NeuroLiteForEmbedding:
    config = replace(request.config, table_bits=FLOAT_BITS, bag=True)
    torch.manual_seed(request.options.seed)
    with torch.device("meta"):  # which takes no memory
        check_parameters(NeuroLiteForEmbedding(config))
    network = NeuroLiteForEmbedding(config)
    some = texts.store.texts(texts.held)
    with torch.no_grad():
        trained_table(network).copy_(torch.from_numpy(solved.table))
        network.joined.linear.weight.mul_(_BACKBONE_START)
        indices, counts = network.model.featurize(some, None)
        _, words, mask = network.model.encode(indices, counts)
        length = network.bag(words, mask).norm(dim=1).mean()
        trained_table(network).mul_(_LENGTH / length)
    return network


def _cosine(network: NeuroLiteForEmbedding, validation: Validation, fabric: Fabric) -> float:
    found = predict(network, validation.store, validation.rows, fabric.device, "embedding")
    return mean_cosine(found, validation.truths(network.config.text_size))


def _total_steps(fabric: Fabric, task: Task, options: TrainingOptions) -> int:
    if options.minutes is not None:
        return steps_in(fabric, task, options.minutes * 60)
    return (options.epochs or EPOCHS) * batches_per_epoch(task.parts, options.batch_size)


def _digest(array: NDArray[np.float32]) -> str:
    return hashlib.sha256(array.tobytes()).hexdigest()


def _fingerprint(request: Request, texts: Texts, teacher: Teacher) -> str:
    """Of all that decides the result."""
    facts = [
        texts.store.content,
        request.config.to_json(),
        asdict(request.options),
        teacher.name,
        PENALTY_PER_HASH,
        WHITENING,
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _write(
    network: NeuroLiteForEmbedding,
    texts: Texts,
    encoded: Encoded,
    request: Request,
    progress: Progress,
) -> None:
    step = max(1, len(texts.held) // MOST_PROBES)
    probes = texts.store.strings(texts.held[::step][:MOST_PROBES])
    save_checkpoint(network, request.out, probes=[(text, None) for text in probes])
    facts: Mapping[str, Any] = {
        **encoded.figures(),
        "options": asdict(request.options),
        "teacher": teacher_name(request.teachers[0]) if request.teachers else "",
        "history": [item.facts("score") for item in progress.history],
    }
    write_atomically(request.out / REPORT, (json.dumps(facts, indent=2) + "\n").encode())
