"""The instrument checks itself, on real servers, in short windows."""

from __future__ import annotations

import re
import signal
from contextlib import suppress

import psutil
import pytest

from tests.support.project_copy import Copy, wait_until

# A selfcheck in half a minute: one block, from which no answer can come.
SHORT = {
    "WINDOWS.ceiling_s": "1.0",
    "WINDOWS.clock_s": "1.0",
    "WINDOWS.stall_s": "6.0",
    "WINDOWS.driver_s": "1.0",
    "WINDOWS.rounds": "1",
    "PROFILE.few": "1",
    "PROFILE.blocks": "1",
    "PROFILE.most": "1",
    "PROFILE.judged": "False",
    "PROFILE.open_s": "1.0",
}


@pytest.fixture
def short(copy: Copy) -> Copy:
    """Check in short windows."""
    module = "harness.experiment.selfcheck"
    copy.patches = [f"{module}:{name}={value}" for name, value in SHORT.items()]
    return copy


def test_selfcheck_measures_on_real_servers_and_leaves_nothing(short: Copy) -> None:
    """The whole way, to the sentence that sums it up."""
    said = short.bench("selfcheck", code=1)
    for words in (
        "the generator's ceiling: ",
        "the clock at 200/s: ",
        "the clock at 1000/s: ",
        "the stall of 1 s: p99 ",
        "capacity by ",
    ):
        assert words in said
    (ceiling,) = re.findall(r"ceiling: ([\d,]+) requests", said)
    assert 1_000 < int(ceiling.replace(",", "")) < 500_000
    assert "http_call/awaiting against itself, block 1 of 1, the other" in said
    assert "✗ A/A" in said  # one block is too few, or void
    assert "The instrument is not sound here, as for" in said
    assert [path.name for path in short.results.iterdir()] == [".lock"]
    assert short.nothing_left()


def test_selfcheck_can_be_interrupted_even_while_a_server_is_stopped(short: Copy) -> None:
    """Which would not end by itself."""
    bench = short.start("selfcheck")
    bench.wait_for("a stall")

    def stopped() -> bool:
        with suppress(psutil.NoSuchProcess):
            return any(one.status() == psutil.STATUS_STOPPED for one in short.processes())
        return False

    assert wait_until(stopped)
    bench.process.send_signal(signal.SIGINT)
    bench.end(130, seconds=60)
    assert short.nothing_left()
