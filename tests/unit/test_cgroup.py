"""What a container uses, from the files of both versions of control groups."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.system.cgroup import ControlGroup

FILES = {
    "version 1": {
        "proc/7/cgroup": "5:memory:/docker/abc\n4:cpu,cpuacct:/docker/abc\n0::/\n",
        "proc/mounts": "cgroup {root}/acct cgroup rw,cpu,cpuacct 0 0\n"
        "cgroup {root}/mem cgroup rw,memory 0 0\n"
        "cgroup2 {root}/two cgroup2 rw 0 0\n",
        "acct/docker/abc/cpuacct.usage": "1500000000\n",
        "mem/docker/abc/memory.stat": "cache 900\ntotal_rss 4096\n",
    },
    "version 2": {
        "proc/7/cgroup": "0::/system.slice/docker-abc.scope\n",
        "proc/mounts": "proc /proc proc rw 0 0\ncgroup2 {root}/two cgroup2 rw,nsdelegate 0 0\n",
        "two/system.slice/docker-abc.scope/cpu.stat": "usage_usec 1500000\nuser_usec 1000000\n",
        "two/system.slice/docker-abc.scope/memory.current": "5096\n",
        "two/system.slice/docker-abc.scope/memory.stat": "anon 4000\ninactive_file 1000\n",
    },
}


@pytest.mark.parametrize("version", FILES)
def test_cpu_and_memory_are_read_from_either_version(version: str, tmp_path: Path) -> None:
    """A second and a half of CPU and four KiB, page cache left out.

    A process that has ended uses nothing.
    """
    for name, text in FILES[version].items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text.format(root=tmp_path))
    here, ended = (ControlGroup(pid, tmp_path / "proc") for pid in (7, 8))
    assert (here.cpu_s(), here.memory_bytes()) == (1.5, 4096)
    assert (ended.cpu_s(), ended.memory_bytes()) == (0.0, 0)
