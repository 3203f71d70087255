"""The device of a measurement: what it is, how it fares at a moment, and what that does to figures."""

from __future__ import annotations

from neurolite_bench.device.cautions import warnings_of as warnings_of
from neurolite_bench.device.conditions import conditions as conditions
from neurolite_bench.device.describe import describe as describe
from neurolite_bench.device.noise import noise_warnings as noise_warnings
