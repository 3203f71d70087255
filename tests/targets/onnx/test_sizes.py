"""The size of an int8 file, estimated from a config, beside that of the file."""

import pytest

from artifacts import SOURCES, Store
from neurolite_core.training.choosing.sizes import onnx_bytes


@pytest.mark.parametrize("name", ["tiny", "english", "one", "packed", "several"])
def test_the_size_of_a_file_is_known_before_it_is_made(exported: Store, name: str) -> None:
    network = SOURCES[name]().network
    found = exported("onnx", name, "int8").path.stat().st_size
    assert onnx_bytes(network.config, network.task, network.labels) == pytest.approx(
        found, rel=0.02
    )
