"""Running an ExecuTorch file through its Python binding, which needs PyTorch."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType, ModuleType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.formats.pte import method_name, stage_name
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import INDICES, NGRAMS, WORDS
from neurolite_core.ground.errors import ArtifactError, InputError
from neurolite_core.ground.extras import require
from neurolite_core.ground.silence import silent_stderr

EXTRA: Final = "executorch"
_HALF: Final = 0.5  # a gate is 0 or 1
_UINT8: Final = 0  # of torch's scalar types
_STATE_TYPES: Final = {"float32": 6, "int32": 3}


class _Pool:
    """XNNPACK's threads: one pool a process, and loaded methods hold on to it."""

    threads: int | None = None


class PteProgram:
    """A .pte file, opened; the library trusts what it is given, so its seal is to be checked before.

    Args:
        content: the file's bytes.
        source: its path, for messages.
        threads: of XNNPACK's pool, 0 for as many as it takes by itself.

    Attributes:
        metadata: what the file says of itself.
        version: of ExecuTorch.

    Raises:
        ArtifactError: damaged, not exported by NeuroLite, or of a newer version.
        InputError: the pool of this process has another number of threads already.
        MissingDependencyError: executorch or PyTorch is not installed.
    """

    def __init__(self, content: bytes, source: str, threads: int) -> None:
        self._torch = require("torch", extra=EXTRA)
        library = _library()
        _set_threads(library, threads)
        self.version = version("executorch")
        try:
            # The program reads from the buffer, which must stay.
            self._content = content
            self._program = library._load_program_from_buffer(
                content, program_verification=library.Verification.InternalConsistency
            )
            names = {
                self._program.get_method_name(number)
                for number in range(self._program.num_methods())
            }
            found = self._call(METADATA_KEY) if METADATA_KEY in names else [None]
        except RuntimeError as error:
            raise ArtifactError(f"{source}: ExecuTorch cannot read it: {error}") from error
        if not isinstance(found[0], str):
            raise ArtifactError(f"{source} has no method {METADATA_KEY!r} that gives its metadata.")
        self.metadata = ArtifactMetadata.from_json(found[0], source)
        self._methods: dict[str, Any] = {}
        self._check_interface(names, source)

    def run(
        self,
        position: int,
        row: NDArray[np.uint8],
        state: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    ) -> Mapping[str, NDArray[Any]]:
        """One bucket on uint8 [1, its bytes] and a state, name -> [1, ...].

        Returns:
            Outputs by name, the next state, ``words`` int32 [1], ``indices`` [1, L, K] and, with a wide path,
            ``ngrams`` [1, P, O].
        """
        name = method_name(self.metadata.buckets, position)
        specs = self.metadata.state
        given = [row, *(np.ascontiguousarray(state[spec.name]) for spec in specs)]
        values = self._run(name, [self._torch.from_numpy(each) for each in given])
        following = (spec.next_name for spec in specs)
        names = (*self.metadata.outputs, *following, WORDS, INDICES, NGRAMS)
        if self.metadata.exits is not None:
            values = self._asked_on(name, values, self.metadata.exits.layers)
        return {name: value.numpy() for name, value in zip(names, values, strict=False)}

    def _asked_on(self, name: str, values: list[Any], layers: int) -> list[Any]:
        """What the first layer that is sure says, of what the first says: layer by layer until one is."""
        carried = self._carried(name)
        first = len(values) - carried - 1
        found, (gate, *left) = values[:first], values[first:]
        answers = len(self.metadata.outputs)
        for layer in range(2, layers + 1):
            if float(gate.reshape(-1)[0]) > _HALF:
                break
            values = self._run(stage_name(name, layer), left)
            found[:answers], rest = values[:answers], values[answers:]
            gate, left = (rest[0], rest[1:]) if rest else (gate, left)
        return found

    def _carried(self, name: str) -> int:
        """How many tensors the first layer's method leaves to the second's."""
        return int(self._program.method_meta(stage_name(name, 2)).num_inputs())

    def _run(self, name: str, given: list[Any]) -> list[Any]:
        if name not in self._methods:
            self._methods[name] = self._program.load_method(name)
        values: list[Any] = self._methods[name].call(given)
        return values

    def _call(self, name: str) -> list[Any]:
        values: list[Any] = self._program.load_method(name).call([])
        return values

    def _check_interface(self, names: set[str], source: str) -> None:
        buckets = self.metadata.buckets
        if not buckets or self.metadata.input_type != "uint8":
            raise ArtifactError(f"{source}: its metadata has no buckets of uint8 bytes.")
        for position, bucket in enumerate(buckets):
            name = method_name(buckets, position)
            if name not in names:
                raise ArtifactError(f"{source} lacks the method {name!r} its metadata tells of.")
            meta = self._program.method_meta(name)
            specs = self.metadata.state
            more = meta.num_outputs() - len(self.metadata.outputs) - len(specs)
            if self.metadata.exits is not None:
                staged = [stage_name(name, 1 + each) for each in range(self.metadata.exits.layers)]
                missing = next((each for each in staged if each not in names), None)
                if missing is not None:
                    raise ArtifactError(f"{source} lacks the method {missing!r} of a layer.")
                more -= 1 + self._carried(name)
            # Words and indices, and n-grams where there is a wide path.
            if meta.num_inputs() == 1 + len(specs) and more in (2, 3):
                wanted: list[tuple[int, tuple[int, ...]]] = [(_UINT8, (1, bucket.num_bytes))]
                wanted += [(_STATE_TYPES[spec.dtype], (1, *spec.shape)) for spec in specs]
                taken = [meta.input_tensor_meta(place) for place in range(len(wanted))]
                if [(each.dtype(), tuple(each.sizes())) for each in taken] == wanted:
                    continue
            raise ArtifactError(
                f"{source}: the inputs and outputs of {name!r} are not what its metadata says."
            )


def _library() -> ModuleType:
    """The binding, without what it and PyTorch say of themselves while they are imported."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the binding calls itself experimental
            return require("executorch.extension.pybindings.portable_lib", extra=EXTRA)
    finally:
        logging.disable(before)


def _set_threads(library: ModuleType, threads: int) -> None:
    """Sizes the pool before the first method is loaded; afterwards it would be pulled from under them."""
    if _Pool.threads is None:
        with silent_stderr():
            if threads:
                library._unsafe_reset_threadpool(threads)
            else:
                library._threadpool_get_thread_count()
        _Pool.threads = threads
    if _Pool.threads != threads:
        raise InputError(
            f"threads is {threads}, but ExecuTorch has one pool a process and it has "
            f"{_Pool.threads or 'all'} already. Use the same number, or another process."
        )
