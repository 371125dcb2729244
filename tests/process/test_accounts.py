"""What a measurement uses itself is not taken for the work of others."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from harness.system import machine

CHILDREN, EACH_S = 40, 0.004  # below a tick of 10 ms
FORKS = f"""
import os, signal, sys, time
for _ in range({CHILDREN}):
    if not os.fork():
        while time.process_time() < {EACH_S}:
            pass
        os.write(1, b".")
        signal.pause()
signal.pause()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has clocks of other processes")
def test_what_many_children_use_below_a_tick_each_is_counted() -> None:
    """As PostgreSQL does, which has a process for each connection."""
    before_s = machine.family_s()
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], stdout=subprocess.PIPE, start_new_session=True
    ) as parent:
        try:
            assert parent.stdout is not None
            assert len(parent.stdout.read(CHILDREN)) == CHILDREN
            used_s = machine.family_s() - before_s
        finally:
            os.killpg(parent.pid, signal.SIGKILL)
    assert used_s >= CHILDREN * EACH_S
