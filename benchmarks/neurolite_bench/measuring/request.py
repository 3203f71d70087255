"""From what the user asked for to what is measured: exports, trains and builds it first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from neurolite_bench.device import conditions
from neurolite_bench.labelled import divided, read_labelled, train_ours
from neurolite_bench.measuring.benchmark import Benchmark
from neurolite_bench.measuring.exports import ExportRequest, export_all
from neurolite_bench.measuring.plan import Planned, plan_artifacts
from neurolite_bench.measuring.run import Tell
from neurolite_bench.measuring.schedule import schedule_of
from neurolite_bench.measuring.texts import LENGTHS, built_in_texts, own_texts
from neurolite_bench.peers.base import PeerRequest
from neurolite_bench.peers.table import PEERS, peers_named
from neurolite_bench.quality_sets import Split
from neurolite_bench.report.model import Refusal
from neurolite_core.answer.tasks import ANSWERINGS, SPANS
from neurolite_core.ground.checks import require_choice, require_range
from neurolite_core.ground.errors import InputError
from neurolite_core.ground.files import require_writable
from neurolite_core.network.config import PRESETS
from neurolite_runtimes.native_library import library_path
from neurolite_runtimes.onnx_session import FUNCTION_BODY, KERNEL_VARIABLE, NATIVE

MODELS: Final = "models"
PEER_FILES: Final = "peers"
TRAINED: Final = "trained"
KERNELS: Final = ("auto", "all")
_MOST: Final = 1_000_000
_LARGEST_SEED: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The options of ``neurolite-bench``; its help explains them."""

    files: tuple[Path, ...]
    sizes: tuple[str, ...]
    checkpoints: tuple[Path, ...]
    targets: tuple[str, ...]
    precisions: tuple[str, ...]
    preset: str | None
    kernel: str
    peers: tuple[str, ...]
    labelled: Path | None
    test: Path | None
    teacher: Path | None
    texts: Path | None
    repeats: int
    rounds: int
    runs: int
    seconds: float
    hash_share: bool
    seed: int
    reuse: bool
    unsealed: bool
    out: Path
    command: tuple[str, ...]

    def options(self) -> dict[str, Any]:
        """For the report: what JSON can hold."""
        return {
            name: [str(item) for item in value]
            if isinstance(value, tuple)
            else str(value)
            if isinstance(value, Path)
            else value
            for name, value in asdict(self).items()
            if name not in ("command", "out")
        }


def check(request: Request) -> None:
    """Finds what cannot work before anything takes long.

    Raises:
        InputError: an option out of its range, or nothing to measure.
    """
    require_range("--repeats", request.repeats, 1, 1000)
    require_range("--rounds", request.rounds, 1, 10_000)
    require_range("--runs", request.runs, 1, _MOST)
    require_range("--seed", request.seed, 0, _LARGEST_SEED)
    if not 0 <= request.seconds <= 3600:
        raise InputError(f"--seconds is {request.seconds}; give a number from 0 to 3600.")
    require_choice("--kernel", request.kernel, KERNELS)
    for size in request.sizes:
        require_choice("--size", size, PRESETS)
    if request.preset is not None:
        require_choice("--preset", request.preset, PRESETS)
    peers_named(request.peers)
    if not (request.files or request.sizes or request.checkpoints or request.peers):
        raise InputError(
            "Nothing to measure. Name exported files, or ask for --size tiny, --checkpoint or --peers."
        )
    if request.test is not None and request.labelled is None:
        raise InputError("--test was given without --labelled, the rows to learn from.")


def prepare(request: Request, tell: Tell) -> Benchmark:
    """Exports, trains and builds what is asked for, and finds the certificates.

    Raises:
        InputError: an option or file that cannot be used.
        MissingDependencyError: something of this needs a package that is not installed.
    """
    check(request)
    require_writable(request.out)
    before = conditions()  # exporting and training are a load, too
    source = built_in_texts() if request.texts is None else own_texts(request.texts)
    planned, refusals = plan_artifacts(request.files, request.preset, unsealed=request.unsealed)
    _refuse_several(
        request, planned
    )  # before the rows, which may have none or several, are read as of one label
    rows = _labelled_rows(request)
    more, refused = _exported(request, rows, tell)
    _refuse_several(request, more)
    planned += more
    refusals += refused
    if rows is not None:
        known = set(rows[0].labels)
        planned = [_knowing(item, known) for item in planned]
    planned = [variant for item in planned for variant in _kernels(item, request.kernel)]
    planned += _peers(request, None if rows is None else rows[0], tell)
    return Benchmark(
        command=request.command,
        planned=tuple(planned),
        refusals=tuple(refusals),
        source=source,
        schedule=schedule_of(request.runs, request.repeats, request.rounds, request.seconds),
        labelled=None if rows is None else rows[1],
        hash_share=request.hash_share,
        options=request.options(),
        before=before,
    )


def _labelled_rows(request: Request) -> tuple[Split, Split] | None:
    """Rows to learn from, and rows to test on."""
    if request.labelled is None:
        return None
    rows = read_labelled(request.labelled)
    if request.test is None:
        return divided(rows, seed=request.seed)
    return rows, read_labelled(request.test)


def _exported(
    request: Request, rows: tuple[Split, Split] | None, tell: Tell
) -> tuple[list[Planned], list[Refusal]]:
    checkpoints, seconds, trained = list(request.checkpoints), {}, {}
    if rows is not None:
        for size in request.sizes:
            tell(f"training {size}", 0.0)
            folder, took = train_ours(
                rows[0],
                request.out / TRAINED / f"{size}-trained",
                size,
                request.seed,
                request.teacher,
            )
            checkpoints.append(folder)
            seconds[folder.name], trained[folder.name] = took, size
    sizes = () if rows is not None else request.sizes
    if not (sizes or checkpoints):
        return [], []
    folder = request.out / MODELS
    done = export_all(
        ExportRequest(
            sizes=sizes,
            twins=request.sizes,
            checkpoints=tuple(checkpoints),
            targets=request.targets,
            precisions=request.precisions,
            folder=folder,
            reuse=request.reuse,
        ),
        tell,
    )
    planned, refusals = plan_artifacts(done.files, request.preset)
    named = []
    for item in planned:
        model = item.name.partition(" ")[0]
        preset = item.preset or trained.get(model)
        named.append(replace(item, preset=preset, train_seconds=seconds.get(model)))
    twins, no_twins = plan_artifacts(done.twins)
    named += [
        replace(twin, role="growth", groups=("sweep",), all_threads=False, preset=size)
        for twin, size in zip(twins, request.sizes, strict=True)
    ]
    return named, [*refusals, *no_twins, *done.refusals]


def _refuse_several(request: Request, planned: Sequence[Planned]) -> None:
    """Accuracy is about one label a text; of more, another command knows."""
    for item in planned if request.labelled is not None else ():
        answering = ANSWERINGS.get(item.task or "")
        if answering is not None and answering.several:
            raise InputError(
                f"{item.path} gives a text several labels, and --labelled is about the accuracy of one. Leave one of the "
                "two out: times need no labels, and figures are neurolite-eval's."
            )
        if item.task == SPANS:
            raise InputError(
                f"{item.path} finds spans and gives no label, and --labelled is about the accuracy of labels. Leave one of "
                "the two out: times need no labels, and figures are neurolite-eval's."
            )


def _knowing(item: Planned, labels: set[str]) -> Planned:
    """Accuracy means something where the model has the labels of the rows."""
    return replace(item, learned=bool(labels) and labels <= set(item.labels))


def _kernels(item: Planned, kernel: str) -> list[Planned]:
    """One subject for each kernel that the hash can run by, where all are asked for."""
    if kernel != "all" or item.kind != "onnx" or not library_path().is_file():
        return [item]
    return [
        replace(item, environment={KERNEL_VARIABLE: FUNCTION_BODY}),
        replace(item, name=f"{item.name}, native op", environment={KERNEL_VARIABLE: NATIVE}),
    ]


def _peers(request: Request, train: Split | None, tell: Tell) -> list[Planned]:
    wanted = PeerRequest(train=train, teacher=request.teacher, seed=request.seed)
    planned = []
    names = peers_named(request.peers)
    for number, name in enumerate(names):
        tell(f"building {name}", number / len(names))
        peer = PEERS[name]
        built = peer.build(wanted, request.out / PEER_FILES)
        planned.append(
            Planned(
                name=name,
                role="peer",
                kind=peer.kind,
                path=built.path.resolve(),
                max_words=max(LENGTHS),
                size_bytes=built.size_bytes,
                precision=peer.precision,
                parameters=built.parameters,
                train_seconds=built.train_seconds,
                learned=peer.learns and train is not None,
            )
        )
    return planned
