"""Puts changes into copied trees one by one, asks the tests, and takes them back."""

from __future__ import annotations

import queue
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from neurolite_bench.mutants.covering import Measured, choose
from neurolite_bench.mutants.records import CAUGHT, SURVIVED, TIMEOUT, UNCOVERED, Mutant, Outcome
from neurolite_bench.mutants.testing import Run, Tester
from neurolite_bench.mutants.tree import copy_tree, mutated
from neurolite_bench.mutants.warm import PRELOADED

# A change that makes a program wait for ever is noticed, too: by its taking so many times as long, and a minute.
_LONGER: Final = 4.0
_MORE: Final = 60.0
# Equal draws of property tests, so that an outcome is the same tomorrow.
_OPTIONS: Final = ("--hypothesis-seed=0",)
_NOT_FOUND: Final = 4  # pytest's exit code
_DIED: Final = "the process of the tests died"

Found = Callable[[Mutant, Outcome], None]


def ask(tester: Tester, mutant: Mutant, measured: Mapping[str, Measured], most: float) -> Outcome:
    """What the tests say of one change.

    A test that fails has to pass without the change, which is tried; the others are asked where it does not.

    Args:
        tester: of a copied tree.
        mutant: the change.
        measured: by test file.
        most: seconds of tests without a change that are started at most.

    Raises:
        InputError: the place holds something else.
    """
    chosen = choose(mutant, tester.root, measured, most, without=tester.unsound)
    if not chosen.files:
        return Outcome(outcome=UNCOVERED, by="", seconds=0.0, files=0, left_out=0)
    limit = _MORE + _LONGER * chosen.seconds
    with mutated(tester.root, mutant):
        run = tester.run(chosen.files, limit, options=_OPTIONS)
    if not run.passed and not _fails_only_so(tester, run, chosen.files, limit):
        return ask(tester, mutant, measured, most)
    outcome = TIMEOUT if run.timeout else SURVIVED if run.passed else CAUGHT
    return Outcome(
        outcome=outcome,
        by=run.by or (_DIED if outcome == CAUGHT else ""),
        seconds=run.seconds,
        files=len(chosen.files),
        left_out=len(chosen.left_out),
    )


def _fails_only_so(tester: Tester, run: Run, files: Sequence[str], limit: float) -> bool:
    """Whether what failed passes in the tree as it is; else its file is not asked again."""
    suspects = [run.by] if run.by else list(files)
    if tester.sound.issuperset(suspects):
        return True
    again = tester.run(suspects, limit, options=_OPTIONS)
    if again.code == _NOT_FOUND:  # a name that pytest does not take as an argument
        suspects = [run.by.partition("::")[0]]
        again = tester.run(suspects, limit, options=_OPTIONS)
    if again.passed:
        tester.sound.update(suspects)
    else:
        tester.unsound.update(
            test.partition("::")[0] for test in [again.by or run.by, *suspects] if test
        )
    return again.passed


def ask_all(
    checkout: Path,
    revision: str | None,
    mutants: Sequence[Mutant],
    measured: Mapping[str, Measured],
    found: Found,
    *,
    most: float,
    processes: int = 1,
    preloaded: Sequence[str] = PRELOADED,
) -> None:
    """Asks for many changes; ``found`` is told of each as it is known, by one thread at a time.

    Args:
        checkout: that the trees are copied from; it is only read.
        revision: a commit of it, or None for its files as they are.
        mutants: made for that tree.
        measured: by test file.
        found: told of each.
        most: as in ``ask``.
        processes: trees beside each other.
        preloaded: packages that each process imports once.

    Raises:
        InputError: as for ``copy_tree``, ``Tester`` and ``ask``.
    """
    waiting: queue.SimpleQueue[Mutant] = queue.SimpleQueue()
    for mutant in mutants:
        waiting.put(mutant)
    lock = threading.Lock()
    errors: list[BaseException] = []

    def work(root: Path) -> None:
        try:
            copy_tree(checkout, root, revision)
            with Tester(root, checkout.absolute(), preloaded) as tester:
                while not errors:
                    mutant = waiting.get_nowait()
                    outcome = ask(tester, mutant, measured, most)
                    with lock:
                        found(mutant, outcome)
        except queue.Empty:
            pass
        except BaseException as error:  # told to the caller, below
            errors.append(error)

    with tempfile.TemporaryDirectory(prefix="neurolite-mutants-") as name:
        threads = [
            threading.Thread(target=work, args=(Path(name, f"tree-{number}"),), daemon=True)
            for number in range(min(processes, len(mutants)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
