"""How many processors there are: files of control groups as kernels write them, and this machine's own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from neurolite_core.ground.processors import available_processors, cgroup_quota

V2 = "0::{}\n"
V1 = "4:memory:/x\n3:cpu,cpuacct:{}\n0::/ignored\n"


def files(root: Path, groups: str, contents: dict[str, str]) -> Path:
    for name, text in {"proc/self/cgroup": groups, **contents}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


@pytest.mark.parametrize(
    ("groups", "contents", "quota"),
    [
        (V2.format("/"), {"sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        (V2.format("/"), {"sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (V2.format("/a/b"), {"sys/fs/cgroup/a/b/cpu.max": "20000 10000\n"}, 2.0),
        # The narrowest of all above counts.
        (
            V2.format("/a/b"),
            {
                "sys/fs/cgroup/a/b/cpu.max": "max 100000\n",
                "sys/fs/cgroup/a/cpu.max": "300000 100000\n",
                "sys/fs/cgroup/cpu.max": "400000 100000\n",
            },
            3.0,
        ),
        # In a container the path is the host's, and the mount is the group.
        (V2.format("/docker/0123"), {"sys/fs/cgroup/cpu.max": "50000 100000\n"}, 0.5),
        (V2.format("/a"), {"sys/fs/cgroup/unified/a/cpu.max": "100000 100000\n"}, 1.0),
        (
            V1.format("/a"),
            {
                "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us": "250000\n",
                "sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us": "100000\n",
            },
            2.5,
        ),
        (
            V1.format("/a"),
            {
                "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "80000\n",
                "sys/fs/cgroup/cpu/cpu.cfs_period_us": "40000\n",
            },
            2.0,
        ),
        (V1.format("/"), {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n"}, None),
        # A quota of another controller's hierarchy says nothing.
        ("4:cpuset:/\n", {"sys/fs/cgroup/cpu/cpu.cfs_quota_us": "100000\n"}, None),
        (V2.format("/"), {"sys/fs/cgroup/cpu.max": "lots\n"}, None),
        (V2.format("/"), {"sys/fs/cgroup/cpu.max": "100000 0\n"}, None),
        (V2.format("/"), {}, None),
        ("", {}, None),
        ("nonsense\n:::\n", {}, None),
    ],
)
def test_quotas(groups: str, contents: dict[str, str], quota: float | None, tmp_path: Path) -> None:
    root = files(tmp_path, groups, contents)
    assert cgroup_quota(root) == quota


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no processor masks here")
@pytest.mark.parametrize(("quota", "most"), [("10000", 1), ("100000", 1), ("100001", 2)])
def test_a_part_of_a_processor_counts_as_one(quota: str, most: int, tmp_path: Path) -> None:
    root = files(tmp_path, V2.format("/"), {"sys/fs/cgroup/cpu.max": f"{quota} 100000\n"})
    assert available_processors(root) == min(most, len(os.sched_getaffinity(0)))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="no processor masks here")
def test_this_machine(tmp_path: Path) -> None:
    assert available_processors(tmp_path) == len(os.sched_getaffinity(0))
    assert 1 <= available_processors() <= len(os.sched_getaffinity(0))
    one = min(os.sched_getaffinity(0))
    code = (
        f"import os; os.sched_setaffinity(0, {{{one}}}); "
        "from neurolite_core.ground.processors import available_processors as n; print(n())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "1"


@pytest.mark.parametrize(
    ("given", "names", "found"),
    [
        ({}, 1, ("PASSIVE", str(available_processors()))),
        ({}, 10_000, ("PASSIVE", "1")),
        ({"OMP_WAIT_POLICY": "ACTIVE", "OMP_NUM_THREADS": "7"}, 1, ("ACTIVE", "7")),
        ({"GOMP_SPINCOUNT": "5", "MKL_NUM_THREADS": "3"}, 1, ("None", "None")),
        ({"KMP_BLOCKTIME": "5"}, 1, ("None", str(available_processors()))),
    ],
)
def test_what_the_user_has_set_stays(
    given: dict[str, str], names: int, found: tuple[str, str]
) -> None:
    code = (
        "import os; from neurolite_core.ground.threads import share_processors, user_threads; "
        f"before = dict(os.environ); share_processors({names}); "
        "print(os.environ.get('OMP_WAIT_POLICY'), os.environ.get('OMP_NUM_THREADS')); "
        "assert user_threads() == before"
    )
    unset = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_THREAD_LIMIT")
    environment = {k: v for k, v in os.environ.items() if k not in unset} | given
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert tuple(done.stdout.split()) == found


def test_torch_waits_passively_with_these_threads() -> None:
    """What OpenMP itself says it read: the variable comes before PyTorch in the command."""
    code = (
        "from neurolite_core.ground.threads import share_processors; share_processors(); "
        "import torch; print(torch.__config__.parallel_info())"
    )
    unset = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OMP_THREAD_LIMIT")
    environment = {k: v for k, v in os.environ.items() if k not in unset}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"OMP_DISPLAY_ENV": "TRUE"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    said = done.stderr.replace("'", "").replace('"', "")
    if "OMP_WAIT_POLICY" not in said:
        pytest.skip("this PyTorch's OpenMP does not show its settings")
    assert "OMP_WAIT_POLICY = PASSIVE" in said
    assert f"at::get_num_threads() : {available_processors()}" in done.stdout
