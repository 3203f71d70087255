"""Running a Core AI asset by Apple's runtime, which its package for Linux carries.

The runtime answers through asyncio, and its asset must be a folder; so each opened asset has a thread with an event
loop of its own, and a folder, which go when nobody holds it any more.
"""

from __future__ import annotations

import asyncio
import platform
import shutil
import tempfile
import threading
import warnings
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from neurolite_core.artifact.buckets import Bucket
from neurolite_core.artifact.formats.aimodel import check_files, function_name, read_metadata
from neurolite_core.artifact.metadata import METADATA_KEY, ArtifactMetadata
from neurolite_core.artifact.outputs import WORDS
from neurolite_core.artifact.package import Package, write_content
from neurolite_core.ground.errors import ArtifactError
from neurolite_core.ground.extras import require
from neurolite_core.ground.silence import silent_stderr

EXTRA: Final = "coreai"
_PATIENCE: Final = 10.0  # seconds, until a thread that was told to end has ended
Port = tuple[str, tuple[int, ...]]  # type and shape


class AimodelProgram:
    """A .aimodel folder, opened; the runtime trusts what it is given, so its seal is to be checked before.

    Args:
        content: the folder's files.
        source: its path, for messages.

    Attributes:
        metadata: what the file says of itself.
        runtime: Apple's package and its version.

    Raises:
        ArtifactError: damaged, not exported by NeuroLite, or of a newer version.
        MissingDependencyError: coreai-core is not installed.
    """

    def __init__(self, content: Package, source: str) -> None:
        try:
            check_files(content)
            found = read_metadata(content)
        except ArtifactError as error:
            raise ArtifactError(f"{source} cannot be opened: {error}. Export it again.") from error
        if found is None:
            raise ArtifactError(
                f"{source} is a Core AI asset, but was not exported by neurolite-export: it has no {METADATA_KEY!r} "
                "metadata."
            )
        self.metadata = ArtifactMetadata.from_json(found, source)
        if not self.metadata.buckets:
            raise ArtifactError(f"{source}: its metadata names no buckets. Export it again.")
        self._coreai = _library()
        self.runtime = f"Core AI on {platform.system()}, coreai-core {version('coreai-core')}"
        names = tuple(
            function_name(self.metadata.buckets, place)
            for place in range(len(self.metadata.buckets))
        )
        self._runner = _Runner(content, names)
        self._close = weakref.finalize(self, self._runner.close)
        try:
            self._functions: Sequence[Any] = self._runner.start()
        except Exception as error:  # whatever Apple's reader throws
            self._close()
            raise ArtifactError(f"{source}: Core AI cannot read it: {error}") from error
        for bucket, function in zip(self.metadata.buckets, self._functions, strict=True):
            self._check_interface(bucket, function.desc, source)

    def run(
        self,
        position: int,
        row: NDArray[np.uint8],
        state: Mapping[str, NDArray[Any]] = MappingProxyType({}),
    ) -> Mapping[str, NDArray[Any]]:
        """One bucket on uint8 [1, its bytes] and a state, name -> [1, ...].

        Returns:
            Outputs by name, the next state, ``words`` int32 [1], ``indices`` [1, L, K]; with a wide path ``ngrams``
            [1, P, O].
        """
        array = self._coreai.NDArray
        # The runtime writes the next state in the place of the one that it was given: a copy of ours.
        kept = {
            spec.name: array(np.ascontiguousarray(state[spec.name])) for spec in self.metadata.state
        }
        given = {self.metadata.input_name: array(row)}
        answered = self._runner.ask(self._functions[position](given, kept))
        found = {name: value.numpy() for name, value in answered.items()}
        following = {spec.next_name: kept[spec.name].numpy() for spec in self.metadata.state}
        return {name: np.array(value) for name, value in (found | following).items()}

    def _check_interface(self, bucket: Bucket, said: Any, source: str) -> None:  # noqa: ANN401
        specs, name = self.metadata.state, self.metadata.input_name
        wanted: dict[str, Port] = {
            name: (self.metadata.input_type, (1, bucket.num_bytes)),
            **{spec.name: (spec.dtype, (1, *spec.shape)) for spec in specs},
        }
        taken = {each: _port(said.input_descriptor(each)) for each in said.input_names}
        taken |= {each: _port(said.state_descriptor(each)) for each in said.state_names}
        missing = {*self.metadata.outputs, WORDS} - set(said.output_names)
        if taken != wanted or missing or set(said.state_names) != {spec.name for spec in specs}:
            raise ArtifactError(
                f"{source}: the inputs and outputs of {said.name!r} are not what its metadata says."
            )


class _Runner:
    """A thread that holds an asset open and awaits what the runtime answers; it knows nothing of who asks."""

    def __init__(self, content: Package, names: tuple[str, ...]) -> None:
        self._names = names
        self._folder = Path(tempfile.mkdtemp(prefix="neurolite-"))
        self._loop = asyncio.new_event_loop()
        self._end = asyncio.Event()
        self._ready: Future[list[Any]] = Future()
        self._thread = threading.Thread(target=self._serve, name="Core AI", daemon=True)
        write_content(self._folder / "m.aimodel", content)

    def start(self) -> list[Any]:
        """The asset's functions, loaded."""
        with silent_stderr():  # the runtime tells of each function that it loads
            self._thread.start()
            return self._ready.result()

    def ask(self, answer: Any) -> Any:  # noqa: ANN401  # a coroutine of the runtime
        """What an awaitable gives."""
        return asyncio.run_coroutine_threadsafe(answer, self._loop).result()

    def close(self) -> None:
        """Ends the thread and removes the folder."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(_PATIENCE)
        if not self._loop.is_running():
            self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _serve(self) -> None:
        self._loop.run_until_complete(self._hold())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())

    async def _hold(self) -> None:
        try:
            asset = require("coreai.authoring", extra=EXTRA).AIModelAsset.load(
                self._folder / "m.aimodel"
            )
            async with asset.executable() as model:
                self._ready.set_result([model.load_function(name) for name in self._names])
                await self._end.wait()
        except BaseException as error:  # handed to who waits for it
            if self._ready.done():
                raise
            self._ready.set_exception(error)


def _library() -> Any:  # noqa: ANN401
    """The runtime; what Apple's packages say of themselves stays off the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        require("coreai.authoring", extra=EXTRA)
        return require("coreai.runtime", extra=EXTRA)


def _port(descriptor: Any) -> Port:  # noqa: ANN401
    return str(descriptor.dtype), tuple(descriptor.shape)
