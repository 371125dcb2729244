"""The lanes of a real trial: requests of several clients, recorded inside a real app."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

from harness.design.design import Design
from harness.design.profile import profile_named
from harness.experiment.measure import measuring
from harness.load.locust import Locust
from harness.model.evidence import Lanes
from harness.places.host import Host
from harness.system import cores
from harness.system.processes import ProcessSupervisor
from tests.support import nap
from tests.support.drive import naps
from tests.support.simulated import begun

HANDLERS = {
    "first": "async def nap(key: int):\n    time.sleep(0.01)\n    return key\n",
    "second": "async def nap(key: int):\n    await asyncio.sleep(0.01)\n    return key\n",
}
CLIENTS = 4


def side_by_side(found: Lanes) -> bool:
    """Return whether any two requests were inside the app at the same time."""
    return any(
        one[1] < other[2] and other[1] < one[2] for one, other in combinations(found.requests, 2)
    )


def test_lanes_show_that_a_blocked_loop_serves_one_after_the_other(
    supervisor: ProcessSupervisor, tmp_path: Path
) -> None:
    """And which line holds it; on a free loop they are served at once, each client in its lane."""
    scenario = replace(naps(tmp_path, HANDLERS, app=nap.FASTAPI), lanes=CLIENTS)
    split, run = cores.split(1), begun(tmp_path / "run", scenario, on="host")
    place = Host(supervisor, split, 0, 0)
    trials = Design(scenario, profile_named("smoke")).evidence(1)
    with measuring(place, split, scenario, run, supervisor, Locust()) as bench:
        runner = bench.runner(scenario, lambda variant: scenario.app(variant, tmp_path))
        with runner.together(trials):
            seen = [runner(trial).evidence for trial in trials]
    blocked, free = (one.lanes for one in seen if one and one.lanes)
    assert blocked.requests
    assert not side_by_side(blocked)
    assert side_by_side(free)
    assert {lane for lane, _, _ in free.requests} == set(range(CLIENTS))
    for found in (blocked, free):
        assert all(0 <= began < ended for _, began, ended in found.requests)
    lines = (tmp_path / "scenarios" / "nap" / "first.py").read_text().splitlines()
    holds = f"first.py:{lines.index('    time.sleep(0.01)') + 1}"
    assert max(blocked.held, key=lambda one: one[1] - one[0])[2] == holds
